"""What an officer does with a case: open, send again, correct, discard, reopen. One transaction, one audit record.

Who acts names the revision that they saw. Another's act in between is a Conflict that says whose it was.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from schemas.events.operations import DeadLetterSecrets
from schemas.ids import derived_id
from schemas.topics import Unreadable
from schemas.trust.again import AGAIN_HEADER, Again
from services.audit import chain
from services.database.connection import Connection
from services.dead_letters import boxes, cases
from services.dead_letters.cases import Case
from services.dead_letters.correcting import CannotCorrect, Correctable, Wrong, correctable, corrected, to_send
from services.dead_letters.reading import RawLetter
from services.dead_letters.reasons import DISCARDS, PURPOSES
from services.dead_letters.states import STEPS, Act, State
from services.errors import Conflict, FieldError, NotValid
from services.intake.records import topic_of
from services.keys import CentreKeys
from services.outbox import store as outbox


@dataclass(frozen=True)
class Officer:
    """Who acts, with what in hand."""

    name: str
    keys: CentreKeys
    at: datetime


async def open_record(conn: Connection, case_id: UUID, purpose: str, who: Officer) -> RawLetter:
    """The record's contents, looked at with a purpose. Raises NotFound, NotValid, Conflict."""
    if purpose not in PURPOSES:
        raise NotValid(FieldError("purpose", "missing", "Chọn mục đích mở xem.", "Choose a purpose."))
    await cases.one(conn, case_id)
    letter = await boxes.original(conn, who.keys.opener, case_id)
    await chain.record(conn, who.at, who.name, "dead_letter_opened", case_id, purpose=purpose)
    return letter


async def requeue(conn: Connection, case_id: UUID, revision: int, who: Officer) -> Case:
    """Send the unchanged bytes again to their topic; where a correction was sent before, that one."""
    case = await _taken_up(conn, case_id, revision, Act.REQUEUE)
    letter = await boxes.newest_correction(conn, who.keys.opener, case_id)
    if letter is None:
        letter = await boxes.original(conn, who.keys.opener, case_id)
    if letter.value is None:
        raise Conflict(
            "NOTHING_TO_SEND", "Bản ghi trống, không có gì để gửi.", "The record is empty: nothing to send."
        )
    changed = await _send(conn, case, letter, State.REQUEUED, who)
    await chain.record(
        conn, who.at, who.name, "dead_letter_requeued", case_id, details={"attempt": changed.attempt}
    )
    return changed


async def correct(conn: Connection, case_id: UUID, revision: int, text: str, because: str, who: Officer) -> Case:
    """Send what ``text`` makes of the original; the original stays. Raises NotValid with the fields at fault."""
    case = await _taken_up(conn, case_id, revision, Act.CORRECT)
    if not because.strip():
        raise NotValid(FieldError("because", "missing", "Ghi căn cứ sửa.", "Say what the correction rests on."))
    letter = await boxes.original(conn, who.keys.opener, case_id)
    base = await correctable_of(conn, case, letter, who.keys)
    try:
        event = corrected(base, text)
    except Wrong as exc:
        raise NotValid(*exc.fields) from None
    value, headers = to_send(letter, event, case_id)
    fixed = RawLetter(letter.key, value, headers)
    changed = await _send(conn, case, fixed, State.CORRECTED, who)
    await _keep_correction(conn, changed, fixed, base, because.strip()[:300], who)
    await chain.record(
        conn,
        who.at,
        who.name,
        "dead_letter_corrected",
        case_id,
        details={"attempt": changed.attempt, "fields": sorted(base.at_fault)},
    )
    return changed


async def correctable_of(conn: Connection, case: Case, letter: RawLetter, keys: CentreKeys) -> Correctable:
    """Raises Conflict where this record is not ours to correct."""
    first_reason = await conn.fetchval("SELECT reason FROM dead_letters WHERE event_id = $1", case.case_id)
    try:
        topic = topic_of(case.topic)
        return correctable(letter, topic, case.topic, first_reason or case.reason, keys.station_key)
    except Unreadable:
        raise _cannot_correct("REASON_NOT_OF_FORM") from None
    except CannotCorrect as exc:
        raise _cannot_correct(exc.code) from None


_CANNOT = {
    "REASON_NOT_OF_FORM": (
        "Lỗi không nằm ở dạng viết của bản ghi, sửa nội dung không giúp gì.",
        "The fault is not in the record's form: correcting it would not help.",
    ),
    "PUBLISHED_AT_REGISTRY": (
        "Đây là thông tin do trung tâm ban hành: ban hành lại ở sổ đăng ký.",
        "The centre published this: publish it again at the registry.",
    ),
    "NOT_JSON": (
        "Bản ghi không phải JSON, không biết mục nào đúng để giữ: chỉ gửi lại hoặc loại bỏ.",
        "The record is not JSON, so what is right in it cannot be told: send again or discard.",
    ),
    "STATION_NOT_NAMED": (
        "Không rõ máy trạm nào viết, nên không được sửa thay.",
        "It does not say which station wrote it, so nobody may correct it in its place.",
    ),
    "NOT_BY_THE_STATION": (
        "Mã xác thực không đúng: không phải do máy trạm viết, nên không được sửa.",
        "Its authentication code is wrong: the station did not write this, so it may not be corrected.",
    ),
    "FORM_IS_RIGHT_NOW": (
        "Theo phiên bản hiện nay bản ghi đúng dạng: chỉ cần gửi lại.",
        "By today's version the record is well formed: just send it again.",
    ),
}


def _cannot_correct(code: str) -> Conflict:
    return Conflict(code, *_CANNOT[code])


async def discard(conn: Connection, case_id: UUID, revision: int, reason: str, who: Officer) -> Case:
    if reason not in DISCARDS:
        raise NotValid(FieldError("reason", "missing", "Chọn lý do loại bỏ.", "Choose why it is discarded."))
    return await _decide(conn, case_id, revision, Act.DISCARD, reason, who)


async def reopen(conn: Connection, case_id: UUID, revision: int, who: Officer) -> Case:
    """Undo a discard: nothing was deleted."""
    return await _decide(conn, case_id, revision, Act.REOPEN, None, who)


async def _decide(
    conn: Connection, case_id: UUID, revision: int, act: Act, reason: str | None, who: Officer
) -> Case:
    case = await _taken_up(conn, case_id, revision, act)
    state = STEPS[act][1]
    changed = await cases.write(
        conn, replace(case, state=state, because=reason), act, who.name, who.at, because=reason
    )
    action = {Act.DISCARD: "dead_letter_discarded", Act.REOPEN: "dead_letter_reopened"}[act]
    await chain.record(conn, who.at, who.name, action, case_id, details={"reason": reason} if reason else None)
    return changed


async def _taken_up(conn: Connection, case_id: UUID, revision: int, act: Act) -> Case:
    """The case, its row locked until the transaction ends. Raises NotFound, Conflict."""
    case = await cases.one(conn, case_id, lock=True)
    if case.revision != revision:
        raise Conflict(
            "CASE_CHANGED",
            f"{case.changed_by} vừa thay đổi bản ghi này. Xem lại rồi làm tiếp.",
            f"{case.changed_by} has just changed this one. Look again before you go on.",
        )
    if case.state not in STEPS[act][0]:
        raise Conflict(
            "ACT_NOT_POSSIBLE",
            "Việc này không làm được ở trạng thái hiện tại.",
            "This cannot be done in its present state.",
        )
    return case


async def _send(conn: Connection, case: Case, letter: RawLetter, state: State, who: Officer) -> Case:
    """Written to the outbox with the change itself: sent when it is committed, and never without it."""
    attempt = case.attempt + 1
    mark = (AGAIN_HEADER, Again(case.case_id, attempt).header())
    headers = [*((name, value) for name, value in letter.headers if name != AGAIN_HEADER), mark]
    await outbox.add_raw(conn, case.topic, letter.key, letter.value or b"", headers, who.at)
    fresh = replace(case, state=state, attempt=attempt, through_at=[], buried_again=False, because=None)
    return await cases.write(conn, fresh, state, who.name, who.at)


async def _keep_correction(
    conn: Connection, case: Case, fixed: RawLetter, base: Correctable, because: str, who: Officer
) -> None:
    record_id = derived_id("dead-letter-correction", case.case_id, case.attempt)
    secrets = DeadLetterSecrets(
        record_id=record_id,
        key=_base64(fixed.key) if fixed.key is not None else None,
        value=_base64(fixed.value or b""),
        headers=tuple((name, _base64(value)) for name, value in fixed.headers),
    )
    await conn.execute(
        """
        INSERT INTO dead_letter_corrections (case_id, attempt, sealed, sealed_id, fields, because, corrected_by,
            corrected_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        case.case_id,
        case.attempt,
        who.keys.sealer.seal(secrets).model_dump(mode="json"),
        record_id,
        sorted(base.at_fault),
        because,
        who.name,
        who.at,
    )


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
