"""Cases in the database: made by burials, moved on by programs' reports. Each change is history and feed too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.events.operations import DeadLetter
from schemas.trust.again import Again
from services.database.connection import Connection
from services.dead_letters.reading import Claimed
from services.dead_letters.states import State, after_report
from services.errors import NotFound
from services.feed import store as feed

STREAM = "dead-letters"


@dataclass(frozen=True)
class Case:
    case_id: UUID
    topic: str
    partition: int
    offset: int
    state: State
    revision: int
    reason: str
    detail: str | None
    type_name: str | None
    station_id: str | None
    post_id: str | None
    lane: int | None
    number: int | None
    happened_at: datetime | None
    buried_at: datetime
    buried_by: list[str]
    attempt: int
    through_at: list[str]
    buried_again: bool
    because: str | None
    changed_at: datetime
    changed_by: str


def case_of(row: Any) -> Case:
    return Case(**dict(row) | {"state": State(row["state"])})


async def one(conn: Connection, case_id: UUID, *, lock: bool = False) -> Case:
    """Raises NotFound."""
    row = await conn.fetchrow(
        f"SELECT * FROM dead_letter_cases WHERE case_id = $1 {'FOR UPDATE' if lock else ''}", case_id
    )
    if row is None:
        raise NotFound
    return case_of(row)


async def take_letter(
    conn: Connection, letter: DeadLetter, claimed: Claimed, again: Again | None, at: datetime
) -> UUID:
    """The case that the letter is about: the one that it was sent again for, that of its place, or a new one."""
    known = await _locked(conn, again.case_id) if again else None
    if known is None:
        known = await _of_place(conn, letter)
    if known is None:
        return await _open(conn, letter, claimed, at)
    if again is None:
        await _buried_by_another(conn, known, letter.by, at)
    elif again.attempt == known.attempt:
        await _buried_again(conn, known, letter, at)
    return known.case_id


async def _locked(conn: Connection, case_id: UUID) -> Case | None:
    row = await conn.fetchrow("SELECT * FROM dead_letter_cases WHERE case_id = $1 FOR UPDATE", case_id)
    return case_of(row) if row else None


async def _of_place(conn: Connection, letter: DeadLetter) -> Case | None:
    row = await conn.fetchrow(
        'SELECT * FROM dead_letter_cases WHERE topic = $1 AND "partition" = $2 AND "offset" = $3 FOR UPDATE',
        letter.topic,
        letter.partition,
        letter.offset,
    )
    return case_of(row) if row else None


async def _open(conn: Connection, letter: DeadLetter, claimed: Claimed, at: datetime) -> UUID:
    await conn.execute(
        """
        INSERT INTO dead_letter_cases (case_id, topic, "partition", "offset", reason, detail, type_name,
            station_id, post_id, lane, number, happened_at, buried_at, buried_by, changed_at, changed_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, ARRAY[$14::text], $15, $14)
        """,
        letter.event_id,
        letter.topic,
        letter.partition,
        letter.offset,
        letter.reason,
        letter.detail,
        claimed.type_name,
        letter.station_id or claimed.station_id,
        letter.post_id or claimed.post_id,
        claimed.lane,
        letter.number or claimed.number,
        claimed.occurred_at,
        letter.occurred_at,
        letter.by,
        at,
    )
    await tell(conn, await one(conn, letter.event_id), "new", letter.reason)
    return letter.event_id


async def _buried_by_another(conn: Connection, case: Case, by: str, at: datetime) -> None:
    """The other program could not take it either, and says so now."""
    if by in case.buried_by:
        return
    await _reported(conn, replace(case, buried_by=sorted({*case.buried_by, by})), by, "also_buried", at)


async def _buried_again(conn: Connection, case: Case, letter: DeadLetter, at: datetime) -> None:
    now = replace(
        case,
        buried_by=sorted({*case.buried_by, letter.by}),
        buried_again=True,
        reason=letter.reason,
        detail=letter.detail,
    )
    await _reported(conn, now, letter.by, "buried_again", at)


async def take_through(conn: Connection, again: Again, by: str, at: datetime) -> None:
    """A record that was sent again came through at ``by``. What is said of an older try changes nothing."""
    case = await _locked(conn, again.case_id)
    if case is None or again.attempt != case.attempt or by in case.through_at:
        return
    await _reported(conn, replace(case, through_at=sorted({*case.through_at, by})), by, "came_through", at)


async def _reported(conn: Connection, case: Case, by: str, what: str, at: datetime) -> None:
    state = after_report(
        case.state, buried_by=case.buried_by, through_at=case.through_at, buried_again=case.buried_again
    )
    await write(conn, replace(case, state=state), what, by, at, because=case.reason if case.buried_again else None)


async def write(
    conn: Connection, case: Case, what: str, by: str, at: datetime, *, because: str | None = None
) -> Case:
    """Keep the case as its next revision. Its row is locked by the caller."""
    row = await conn.fetchrow(
        """
        UPDATE dead_letter_cases SET state = $2, revision = revision + 1, reason = $3, detail = $4, buried_by = $5,
            attempt = $6, through_at = $7, buried_again = $8, because = $9, changed_at = $10, changed_by = $11
        WHERE case_id = $1 RETURNING *
        """,
        case.case_id,
        case.state,
        case.reason,
        case.detail,
        case.buried_by,
        case.attempt,
        case.through_at,
        case.buried_again,
        case.because,
        at,
        by,
    )
    changed = case_of(row)
    await tell(conn, changed, what, because)
    return changed


async def tell(conn: Connection, case: Case, what: str, because: str | None) -> None:
    await conn.execute(
        """
        INSERT INTO dead_letter_history (case_id, revision, at, what, by, because)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        case.case_id,
        case.revision,
        case.changed_at,
        what,
        case.changed_by,
        because,
    )
    content = {"id": str(case.case_id), "revision": case.revision, "by": case.changed_by, "post_id": case.post_id}
    await feed.add(conn, STREAM, "case", case.case_id, content, case.changed_at)


async def history(conn: Connection, case_id: UUID) -> Sequence[Any]:
    rows: Sequence[Any] = await conn.fetch(
        "SELECT revision, at, what, by, because FROM dead_letter_history WHERE case_id = $1 ORDER BY revision",
        case_id,
    )
    return rows


async def corrections(conn: Connection, case_id: UUID) -> Sequence[Any]:
    rows: Sequence[Any] = await conn.fetch(
        """
        SELECT attempt, sealed, sealed_id, fields, because, corrected_by, corrected_at
        FROM dead_letter_corrections WHERE case_id = $1 ORDER BY attempt
        """,
        case_id,
    )
    return rows
