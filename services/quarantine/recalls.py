"""Recalls: crossings that were let through and should not have been. Each is first a call to make.

One that is withdrawn when somebody was reached already is a second call: whoever was told is told that too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.events.verdict import Recall
from schemas.words import FactState
from services.audit import chain
from services.database.connection import Connection
from services.errors import FieldError, NotFound, NotValid
from services.feed import store as feed

CALLS = ("reached", "no_answer", "wrong_number")


@dataclass(frozen=True)
class RecallRow:
    recall_id: UUID
    revision: int
    state: str
    crossing_id: UUID
    post_id: str
    station_id: str
    passed_at: datetime
    direction: str
    vehicle_class: str
    counted: dict[str, Any]
    outcome_now: str
    reasons: list[str]
    destination_commune: str | None
    withdrawn_because: str | None
    sealed: dict[str, Any]
    call: str
    called_by: str | None
    called_at: datetime | None
    changed_at: datetime
    withdrawn_at: datetime | None

    @property
    def owes_a_call(self) -> bool:
        """They were told to turn round or to stay, and nobody has told them yet that it was withdrawn."""
        return (
            self.state == FactState.WITHDRAWN
            and self.call == "reached"
            and self.called_at is not None
            and self.withdrawn_at is not None
            and self.called_at < self.withdrawn_at
        )

    @property
    def places(self) -> tuple[str | None, ...]:
        return (self.post_id, self.destination_commune)


async def take_recall(conn: Connection, recall: Recall, at: datetime) -> None:
    """Store the newest revision; a withdrawn one stays on the page, and says why."""
    plain = recall.model_dump(mode="json")
    status = await conn.execute(
        """
        INSERT INTO recalls AS known (recall_id, revision, state, crossing_id, post_id, station_id, passed_at,
            direction, vehicle_class, counted, outcome_now, reasons, destination_commune, withdrawn_because,
            sealed, changed_at, withdrawn_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        ON CONFLICT (recall_id) DO UPDATE SET
            revision = excluded.revision, state = excluded.state, counted = excluded.counted,
            outcome_now = excluded.outcome_now, reasons = excluded.reasons,
            withdrawn_because = excluded.withdrawn_because, sealed = excluded.sealed,
            changed_at = excluded.changed_at, withdrawn_at = excluded.withdrawn_at
        WHERE known.revision < excluded.revision
        """,
        recall.event_id,
        recall.revision,
        recall.state,
        recall.crossing_id,
        recall.post_id,
        recall.station_id,
        recall.passed_at,
        recall.direction,
        recall.vehicle_class,
        plain["counted"],
        recall.outcome_now,
        list(recall.reasons),
        recall.destination_commune,
        recall.withdrawn_because,
        plain["sealed"],
        at,
        at if recall.state is FactState.WITHDRAWN else None,
    )
    if status.endswith(" 1"):
        await _tell(conn, await one(conn, recall.event_id), "processors", at)


async def one(conn: Connection, recall_id: UUID, *, lock: bool = False) -> RecallRow:
    """Raises NotFound."""
    row = await conn.fetchrow(
        f"SELECT * FROM recalls WHERE recall_id = $1 {'FOR UPDATE' if lock else ''}", recall_id
    )
    if row is None:
        raise NotFound
    return RecallRow(**dict(row))


async def note_call(conn: Connection, recall_id: UUID, call: str, by: str, at: datetime) -> RecallRow:
    """What came of calling. Raises NotFound, NotValid."""
    if call not in CALLS:
        raise NotValid(FieldError("call", "enum", "Chọn kết quả cuộc gọi.", "Choose what came of the call."))
    await one(conn, recall_id, lock=True)
    await conn.execute(
        "UPDATE recalls SET call = $2, called_by = $3, called_at = $4, changed_at = $4 WHERE recall_id = $1",
        recall_id,
        call,
        by,
        at,
    )
    called = await one(conn, recall_id)
    await _tell(conn, called, by, at)
    await chain.record(conn, at, by, "recall_called", recall_id, details={"call": call})
    return called


async def _tell(conn: Connection, recall: RecallRow, by: str, at: datetime) -> None:
    content = {
        "revision": recall.revision,
        "state": recall.call,
        "step": "called" if recall.called_at == at else "recall",
        "by": by,
        "post_id": recall.post_id,
        "commune": recall.destination_commune,
        "place_id": None,
    }
    await feed.add(conn, feed.QUEUE, "recall", recall.recall_id, content, at)


async def newest(conn: Connection, areas: frozenset[str], limit: int = 100) -> list[RecallRow]:
    """Those still to be called first, a call that is owed among them, then the newest."""
    rows = await conn.fetch(
        """
        SELECT * FROM recalls
        WHERE cardinality($1::text[]) = 0 OR post_id = ANY($1) OR destination_commune = ANY($1)
        ORDER BY ((state = 'in_force' AND call <> 'reached')
                  OR (state = 'withdrawn' AND call = 'reached' AND called_at < withdrawn_at)) DESC,
                 passed_at DESC, recall_id LIMIT $2
        """,
        sorted(areas),
        limit,
    )
    return [RecallRow(**dict(row)) for row in rows]
