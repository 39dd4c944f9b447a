"""The outbox: records numbered without gaps, chained, sealed and signed as they will be sent.

The law: number, hash, MAC and insert are one transaction, and ``add`` returns when the disk has it.
"""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from checkpoint_agent.clock import Clock
from checkpoint_agent.crossing.link import Link
from checkpoint_agent.identity import Identity
from checkpoint_agent.outbox.crossings import note_event
from checkpoint_agent.outbox.database import Database
from schemas.bounded import instant_text
from schemas.events.base import FIRST_PREVIOUS, StationEvent
from schemas.topics import Headers, Topic, encode
from schemas.trust.chain import MAC_HEADER, record_hash

KEPT_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Written:
    """On the disk. ``is_new`` is False when this event had been written before."""

    number: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record that Kafka does not have yet, or that the centre asks for again."""

    enrolment: int
    number: int
    topic: str
    key: bytes
    value: bytes
    headers: Headers


@dataclass(frozen=True, slots=True)
class Head:
    """The newest record of the chain; number 0 before the first."""

    number: int
    sha256: str


class Outbox:
    def __init__(
        self, database: Database, identity: Identity, clock: Clock, *, on_commit: Callable[[], None] = lambda: None
    ) -> None:
        """``clock`` is the machine's, for keeping and dropping; ``on_commit`` may be called from any thread."""
        self._database = database
        self._identity = identity
        self._clock = clock
        self._on_commit = on_commit

    def add(self, topic: Topic, event_id: UUID, draft: Callable[[Link], StationEvent]) -> Written:
        """Write the event that ``draft`` makes of its place; nothing when ``event_id`` was written before.

        Raises OutboxTrouble, and then nothing was written and no number was used.
        """
        with self._database.writing() as tx:
            if (number := _number_of(tx, event_id)) is not None:
                return Written(number, is_new=False)
            head = _head(tx, self._identity.enrolment)
            link = Link(head.number + 1, head.sha256)
            self._insert(tx, topic, draft(link), link)
        self._on_commit()
        return Written(link.number, is_new=True)

    def _insert(self, tx: sqlite3.Connection, topic: Topic, event: StationEvent, link: Link) -> None:
        key, value, headers = encode(topic, event)
        name = topic.name_for(event.post_id)
        mac = self._identity.mac(name, event.type_name, value)
        enrolment = self._identity.enrolment
        tx.execute(
            "INSERT INTO records (enrolment, number, event_id, topic, key, value, headers, written_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(enrolment, link.number, str(event.event_id), name, key, value),
                *(_headers_text([*headers, (MAC_HEADER, mac)]), instant_text(self._clock.now())),
            ),
        )
        tx.execute(
            "INSERT INTO chains (enrolment, last_number, last_sha256) VALUES (?, ?, ?)"
            " ON CONFLICT (enrolment) DO UPDATE SET last_number = excluded.last_number,"
            " last_sha256 = excluded.last_sha256",
            (enrolment, link.number, record_hash(value)),
        )
        note_event(tx, event)

    def holds(self, event_id: UUID) -> bool:
        with self._database.reading() as db:
            return _number_of(db, event_id) is not None

    def head(self) -> Head:
        with self._database.reading() as db:
            return _head(db, self._identity.enrolment)

    def oldest(self, limit: int) -> list[Waiting]:
        """What is to be sent next, in the order of numbers; an earlier enrolment's records first."""
        with self._database.reading() as db:
            rows = db.execute(
                "SELECT enrolment, number, topic, key, value, headers FROM records"
                " WHERE refused IS NULL AND (sent_at IS NULL OR send_again = 1)"
                " ORDER BY enrolment, number LIMIT ?",
                (limit,),
            ).fetchall()
        return [
            Waiting(r["enrolment"], r["number"], r["topic"], r["key"], r["value"], _headers(r["headers"]))
            for r in rows
        ]

    def mark_sent(self, records: Iterable[Waiting]) -> None:
        """Kafka has them. They are kept, sealed, for ``KEPT_FOR``. A power cut may have them sent once more."""
        now = instant_text(self._clock.now())
        with self._database.writing(lasting=False) as tx:
            tx.executemany(
                "UPDATE records SET sent_at = coalesce(sent_at, ?), send_again = 0"
                " WHERE enrolment = ? AND number = ?",
                [(now, record.enrolment, record.number) for record in records],
            )

    def refuse(self, record: Waiting, reason: str) -> None:
        """Put aside what Kafka will never take; the page shows it, and the rest goes on."""
        with self._database.writing() as tx:
            tx.execute(
                "UPDATE records SET refused = ?, send_again = 0 WHERE enrolment = ? AND number = ?",
                (reason[:100], record.enrolment, record.number),
            )

    def ask_again(self, ranges: Sequence[tuple[int, int]], enrolment: int | None = None) -> int:
        """The centre misses these numbers, both ends included. Returns how many of them we still have."""
        enrolment = self._identity.enrolment if enrolment is None else enrolment
        with self._database.writing() as tx:
            found = sum(
                tx.execute(
                    "UPDATE records SET send_again = 1, refused = NULL WHERE enrolment = ?"
                    " AND number BETWEEN ? AND ?",
                    (enrolment, first, last),
                ).rowcount
                for first, last in ranges
            )
        if found:
            self._on_commit()
        return found

    def unsent(self) -> int:
        return self._count("sent_at IS NULL AND refused IS NULL")

    def oldest_unsent_s(self) -> float:
        """Since the oldest of them was written; 0 when all is sent."""
        with self._database.reading() as db:
            written_at = db.execute(
                "SELECT min(written_at) FROM records WHERE sent_at IS NULL AND refused IS NULL"
            ).fetchone()[0]
        if written_at is None:
            return 0.0
        return max(0.0, (self._clock.now() - datetime.fromisoformat(written_at)).total_seconds())

    def refused(self) -> list[tuple[int, str, str]]:
        """Number, topic and reason of what Kafka will never take."""
        with self._database.reading() as db:
            rows = db.execute(
                "SELECT number, topic, refused FROM records WHERE refused IS NOT NULL"
                " ORDER BY enrolment, number LIMIT 100"
            ).fetchall()
        return [(row["number"], row["topic"], row["refused"]) for row in rows]

    def refused_count(self) -> int:
        return self._count("refused IS NOT NULL")

    def _count(self, condition: str) -> int:
        with self._database.reading() as db:
            return int(db.execute(f"SELECT count(*) FROM records WHERE {condition}").fetchone()[0])

    def drop_old(self) -> int:
        """Forget what was sent longer than ``KEPT_FOR`` ago. What was never sent is never dropped."""
        before = instant_text(self._clock.now() - KEPT_FOR)
        with self._database.writing() as tx:
            dropped = tx.execute("DELETE FROM records WHERE sent_at < ? AND send_again = 0", (before,)).rowcount
            tx.execute(
                "DELETE FROM verdicts WHERE received_at < ? AND crossing_id NOT IN (SELECT crossing_id FROM"
                " crossings WHERE state = 'open')",
                (before,),
            )
            tx.execute("DELETE FROM verdicts_before WHERE crossing_id NOT IN (SELECT crossing_id FROM verdicts)")
            tx.execute(
                "DELETE FROM crossings WHERE state <> 'open' AND coalesce(closed_at, opened_at) < ?"
                " AND NOT EXISTS (SELECT 1 FROM records WHERE event_id IN (record_event_id, decision_event_id))",
                (before,),
            )
        return int(dropped)


def _head(db: sqlite3.Connection, enrolment: int) -> Head:
    row = db.execute("SELECT last_number, last_sha256 FROM chains WHERE enrolment = ?", (enrolment,)).fetchone()
    return Head(row["last_number"], row["last_sha256"]) if row else Head(0, FIRST_PREVIOUS)


def _number_of(db: sqlite3.Connection, event_id: UUID) -> int | None:
    row = db.execute("SELECT number FROM records WHERE event_id = ?", (str(event_id),)).fetchone()
    return row["number"] if row else None


def _headers_text(headers: Headers) -> str:
    return json.dumps([[name, base64.b64encode(value).decode()] for name, value in headers])


def _headers(text: str) -> Headers:
    return [(name, base64.b64decode(value)) for name, value in json.loads(text)]
