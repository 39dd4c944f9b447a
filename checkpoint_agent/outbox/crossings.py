"""One row a crossing from its first scan on: the day's gapless counter, and what the page lists afterwards.

Holds nothing that names anybody: clear parts of events only.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from checkpoint_agent.outbox.database import Database
from schemas.bounded import instant_text
from schemas.events.base import StationEvent
from schemas.events.crossing import CrossingAbandoned, CrossingRecord
from schemas.events.decision import DecisionMade
from schemas.events.verdict import VerdictReached
from schemas.words import Outcome


@dataclass(frozen=True, slots=True)
class Opening:
    """A crossing that was opened. ``counter`` is the lane's gapless counter of the local day."""

    crossing_id: UUID
    counter: int
    opened_at: datetime
    sheet_id: str | None = None


@dataclass(frozen=True, slots=True)
class CrossingRow:
    """What the list of the last crossings shows; nothing personal."""

    crossing_id: UUID
    sheet_id: str | None
    counter: int
    opened_at: str
    closed_at: str | None
    state: str
    revision: int
    readings: list[dict[str, Any]]
    advice: dict[str, Any] | None
    decision: dict[str, Any] | None
    written: bool
    sent: bool
    refused: bool
    verdict: VerdictReached | None
    verdict_changes: int
    verdict_before: Outcome | None = None
    """The outcome that the centre said before it said the present one."""


class Crossings:
    def __init__(self, database: Database, *, time_zone: str = "Asia/Ho_Chi_Minh") -> None:
        self._database = database
        self._zone = ZoneInfo(time_zone)

    def open(self, crossing_id: UUID, opened_at: datetime, *, sheet_id: str | None = None) -> Opening:
        """Take the next counter of the day, durably; the same one when this crossing was opened before."""
        day = opened_at.astimezone(self._zone).date().isoformat()
        with self._database.writing() as tx:
            known = tx.execute(
                "SELECT counter, opened_at FROM crossings WHERE crossing_id = ?", (str(crossing_id),)
            ).fetchone()
            if known is not None:
                first_opened_at = datetime.fromisoformat(known["opened_at"])
                return Opening(crossing_id, known["counter"], first_opened_at, sheet_id)
            counter = tx.execute("SELECT coalesce(max(counter), 0) + 1 FROM crossings WHERE day = ?", (day,))
            number = int(counter.fetchone()[0])
            tx.execute(
                "INSERT INTO crossings (crossing_id, sheet_id, day, counter, opened_at) VALUES (?, ?, ?, ?, ?)",
                (str(crossing_id), sheet_id, day, number, instant_text(opened_at)),
            )
        return Opening(crossing_id, number, opened_at, sheet_id)

    def left_open(self, *, except_for: Collection[UUID] = ()) -> list[Opening]:
        """Crossings that were opened and neither closed nor abandoned, oldest first."""
        with self._database.reading() as db:
            rows = db.execute("SELECT * FROM crossings WHERE state = 'open' ORDER BY day, counter").fetchall()
        openings = [
            Opening(UUID(r["crossing_id"]), r["counter"], datetime.fromisoformat(r["opened_at"]), r["sheet_id"])
            for r in rows
        ]
        return [opening for opening in openings if opening.crossing_id not in except_for]

    def recent(self, limit: int = 50, *, crossing_id: UUID | None = None) -> list[CrossingRow]:
        """The last crossings that were closed or abandoned, newest first."""
        condition = "c.crossing_id = ?" if crossing_id else "c.state <> 'open'"
        with self._database.reading() as db:
            rows = db.execute(
                f"""
                SELECT c.*, r.event_id IS NOT NULL AS kept, r.sent_at, r.refused,
                       d.event_id IS NOT NULL AS decision_kept, d.sent_at AS decision_sent_at,
                       d.refused AS decision_refused, v.value AS verdict, v.changes,
                       b.outcome AS outcome_before
                FROM crossings c
                LEFT JOIN records r ON r.event_id = c.record_event_id
                LEFT JOIN records d ON d.event_id = c.decision_event_id
                LEFT JOIN verdicts v ON v.crossing_id = c.crossing_id
                LEFT JOIN verdicts_before b ON b.crossing_id = c.crossing_id
                WHERE {condition}
                ORDER BY coalesce(c.closed_at, c.opened_at) DESC, c.day DESC, c.counter DESC LIMIT ?
                """,
                (str(crossing_id), limit) if crossing_id else (limit,),
            ).fetchall()
        return [_row(row) for row in rows]

    def keep_verdict(self, verdict: VerdictReached, value: bytes, received_at: datetime) -> bool:
        """Store it; False when this revision or a later one is here already."""
        with self._database.writing() as tx:
            return add_verdict(tx, verdict, value, received_at)


def add_verdict(tx: sqlite3.Connection, verdict: VerdictReached, value: bytes, received_at: datetime) -> bool:
    """A new revision counts as changed only when the officer would read something else: most revisions merely
    take the officer's own decision into account.
    """
    _note_outcome_before(tx, verdict)
    done = tx.execute(
        """
        INSERT INTO verdicts (crossing_id, revision, value, received_at) VALUES (?, ?, ?, ?)
        ON CONFLICT (crossing_id) DO UPDATE SET
            changes = changes + (
                json_extract(CAST(excluded.value AS TEXT), '$.outcome', '$.reasons', '$.state')
                <> json_extract(CAST(value AS TEXT), '$.outcome', '$.reasons', '$.state')
            ),
            revision = excluded.revision, value = excluded.value, received_at = excluded.received_at
        WHERE excluded.revision > revision
        """,
        (str(verdict.crossing_id), verdict.revision, value, instant_text(received_at)),
    )
    return done.rowcount == 1


def _note_outcome_before(tx: sqlite3.Connection, verdict: VerdictReached) -> None:
    tx.execute(
        """
        INSERT OR REPLACE INTO verdicts_before (crossing_id, outcome)
        SELECT crossing_id, json_extract(CAST(value AS TEXT), '$.outcome') FROM verdicts
        WHERE crossing_id = ? AND revision < ? AND json_extract(CAST(value AS TEXT), '$.outcome') <> ?
        """,
        (str(verdict.crossing_id), verdict.revision, verdict.outcome.value),
    )


def note_event(tx: sqlite3.Connection, event: StationEvent) -> None:
    """Keep the row in step with the record that is being written, in the same transaction."""
    match event:
        case CrossingRecord():
            _note_record(tx, event)
        case DecisionMade():
            _note_decision(tx, event)
        case CrossingAbandoned():
            tx.execute(
                "UPDATE crossings SET state = 'abandoned', closed_at = ?, record_event_id = ?"
                " WHERE crossing_id = ?",
                (instant_text(event.occurred_at), str(event.event_id), str(event.crossing_id)),
            )
        case _:
            pass


def _note_record(tx: sqlite3.Connection, event: CrossingRecord) -> None:
    tx.execute(
        "UPDATE crossings SET state = 'closed', revision = ?, closed_at = coalesce(closed_at, ?), readings = ?,"
        " advice = ?, record_event_id = ? WHERE crossing_id = ?",
        (
            event.revision,
            instant_text(event.occurred_at),
            json.dumps([reading.model_dump(mode="json") for reading in event.readings]),
            event.advice.model_dump_json(),
            str(event.event_id),
            str(event.crossing_id),
        ),
    )


def _note_decision(tx: sqlite3.Connection, event: DecisionMade) -> None:
    tx.execute(
        "UPDATE crossings SET decision = ?, decision_revision = ?, decision_event_id = ? WHERE crossing_id = ?",
        (
            event.model_dump_json(include={"outcome", "occurred_at", "reason", "shown", "officer_id", "revision"}),
            event.revision,
            str(event.event_id),
            str(event.crossing_id),
        ),
    )


def _row(row: sqlite3.Row) -> CrossingRow:
    decision = json.loads(row["decision"]) if row["decision"] else None
    # A record that was dropped after its week had been sent.
    sent = row["sent_at"] is not None or not row["kept"]
    decision_sent = decision is None or row["decision_sent_at"] is not None or not row["decision_kept"]
    return CrossingRow(
        crossing_id=UUID(row["crossing_id"]),
        sheet_id=row["sheet_id"],
        counter=row["counter"],
        opened_at=row["opened_at"],
        closed_at=row["closed_at"],
        state=row["state"],
        revision=row["revision"],
        readings=json.loads(row["readings"]) if row["readings"] else [],
        advice=json.loads(row["advice"]) if row["advice"] else None,
        decision=decision,
        written=row["state"] != "open",
        sent=row["state"] != "open" and sent and decision_sent,
        refused=row["refused"] is not None or row["decision_refused"] is not None,
        verdict=VerdictReached.model_validate_json(row["verdict"]) if row["verdict"] else None,
        verdict_changes=row["changes"] or 0,
        verdict_before=Outcome(row["outcome_before"]) if row["outcome_before"] else None,
    )
