"""What people do with an alert: take note of it, say what came of it, look at a note. One transaction each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from schemas.events.base import SealedBox
from schemas.events.operations import AlertNote
from schemas.trust.sealing import BoxRefused, Opener, Sealer
from services.alerts import store, waiting
from services.alerts.dispositions import EFFECTS, Disposition, needed_words
from services.alerts.incident import AlertState, Because
from services.alerts.store import Alert, acted_id
from services.audit import chain
from services.database.connection import Connection
from services.errors import Conflict, FieldError, NotFound, NotValid

PURPOSES = ("FOLLOW_UP", "ANSWER_COMPLAINT", "ASKED_BY_AUTHORITY")


async def acknowledge(conn: Connection, alert_id: UUID, by: str, at: datetime) -> Alert:
    """Take note of the alert for ``by``; doing so again changes nothing.

    Runs inside the caller's transaction. Raises NotFound, or Conflict when the alert has ended.
    """
    alert = await store.one(conn, alert_id, lock=True)
    if alert.state is AlertState.ACKNOWLEDGED:
        return alert
    if alert.state is AlertState.ENDED:
        raise Conflict("ALERT_ENDED", "Cảnh báo đã kết thúc.", "The alert has ended.")
    changed = replace(
        alert,
        version=alert.version + 1,
        state=AlertState.ACKNOWLEDGED,
        changed_at=at,
        acknowledged_by=by,
        acknowledged_at=at,
    )
    await _wait(conn, changed, at)
    await store.record_act(conn, changed, "acknowledged", by, at)
    return changed


@dataclass(frozen=True)
class Said:
    """What whoever disposes of an alert writes beside it. It may name somebody, and is sealed."""

    note: str = ""
    record_number: str = ""
    passed_to: str = ""

    def field(self, name: str) -> str:
        return {"note": self.note, "record_number": self.record_number, "passed_to": self.passed_to}[name].strip()


async def dispose(
    conn: Connection,
    alert_id: UUID,
    disposition: Disposition,
    said: Said,
    *,
    seen_version: int | None,
    sealer: Sealer,
    by: str,
    at: datetime,
) -> Alert:
    """Say what came of the alert; the newest word counts, and the history keeps the former ones.

    Raises NotFound, NotValid when something is missing, Conflict when somebody else disposed of it in between.
    """
    effect = EFFECTS[disposition]
    if effect.needs and not said.field(effect.needs):
        words = needed_words(effect.needs)
        raise NotValid(FieldError(effect.needs, "missing", words.vi, words.en))
    alert = await store.one(conn, alert_id, lock=True)
    _check_not_disposed_since(alert, seen_version)
    version = alert.version + 1
    event_id = acted_id(alert_id, version)
    note = AlertNote(
        record_id=event_id,
        note=said.field("note") or None,
        record_number=said.field("record_number") or None,
        passed_to=said.field("passed_to") or None,
    )
    box = sealer.seal(note)
    ended_by_findings = alert.state is AlertState.ENDED and alert.ended_because not in frozenset(Because)
    to = AlertState.ENDED if ended_by_findings else effect.to
    because = alert.ended_because if ended_by_findings else Because.DISPOSED if to is AlertState.ENDED else None
    changed = replace(
        alert,
        version=version,
        state=to,
        ended_because=because,
        changed_at=at,
        acknowledged_by=None if to is AlertState.NEW else alert.acknowledged_by or by,
        acknowledged_at=None if to is AlertState.NEW else alert.acknowledged_at or at,
        disposition=disposition.value,
        disposed_by=by,
        disposed_at=at,
        note=box.model_dump(mode="json"),
        note_id=event_id,
    )
    # "Not ours" asks for the eyes of others from now on, even where it was new before.
    await _wait(conn, changed, at, news=alert.state is AlertState.ENDED)
    await store.record_act(
        conn, changed, "disposed", by, at, because=disposition.value, disposition=disposition.value, sealed=box
    )
    return changed


def _check_not_disposed_since(alert: Alert, seen_version: int | None) -> None:
    if seen_version is None or alert.disposed_by is None or alert.version == seen_version:
        return
    raise Conflict(
        "ALERT_CHANGED",
        f"{alert.disposed_by} vừa ghi kết quả cho cảnh báo này. Xem lại rồi ghi tiếp.",
        f"{alert.disposed_by} has just disposed of this alert. Look again before you go on.",
    )


async def _wait(conn: Connection, now: Alert, at: datetime, *, news: bool = False) -> None:
    await waiting.alert_changed(
        conn,
        now.alert_id,
        now.state,
        asks=True,
        news=news,
        severity=now.severity,
        alert_class=now.alert_class,
        at=at,
    )


async def open_note(
    conn: Connection, alert_id: UUID, purpose: str, opener: Opener, by: str, at: datetime
) -> AlertNote:
    """What was written beside the newest disposition. Raises NotFound, NotValid, Conflict."""
    if purpose not in PURPOSES:
        raise NotValid(FieldError("purpose", "missing", "Chọn mục đích xem.", "Choose a purpose."))
    alert = await store.one(conn, alert_id)
    if alert.note is None or alert.note_id is None:
        raise NotFound
    try:
        note = opener.open(SealedBox.model_validate(alert.note), alert.note_id, AlertNote)
    except BoxRefused as exc:
        raise Conflict(exc.reason, "Không mở được ghi chú này.", "This note cannot be opened.") from None
    await chain.record(conn, at, by, "alert_note_opened", alert_id, purpose=purpose)
    return note
