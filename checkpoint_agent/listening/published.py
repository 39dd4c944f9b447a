"""What the centre published: believed only with its signature and a rising revision, kept on the disk as it came.

Refuses what is unsigned, altered, or older than what is here, and counts it for the page.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from checkpoint_agent.outbox import Database
from schemas.events.base import SignedEvent
from schemas.topics import (
    LISTS,
    NOTICES,
    POLICIES,
    POSTS,
    STATIONS,
    ZONES,
    Headers,
    Topic,
    Unreadable,
    decode,
    header,
)
from schemas.trust.signing import SIGNATURE_HEADER, CentreVerifier

OLDER_THAN_HELD = "OLDER_THAN_HELD"
"""Genuine, and there is a newer one here: every restart reads some of these again."""

PUBLISHED = (POSTS, STATIONS, ZONES, LISTS, NOTICES, POLICIES)
BY_NAME = {topic.name: topic for topic in PUBLISHED}


@dataclass(frozen=True, slots=True)
class Record:
    """One record of Kafka, or of the disk."""

    topic: str
    key: bytes
    value: bytes | None
    headers: Headers
    partition: int = 0
    offset: int = 0


def believed(record: Record, verifier: CentreVerifier) -> SignedEvent:
    """The event of a record that the centre signed. Raises Unreadable with the reason."""
    topic = BY_NAME[record.topic]
    event = decode(topic, record.value, record.headers)
    signature = header(record.headers, SIGNATURE_HEADER)
    if signature is None:
        raise Unreadable("NOT_SIGNED")
    if not verifier.is_right(record.topic, event.type_name, record.value or b"", signature):
        raise Unreadable("SIGNATURE_WRONG")
    if not isinstance(event, SignedEvent) or topic.key_of(event) != record.key:
        raise Unreadable("KEY_OF_ANOTHER_RECORD")
    return event


class Published:
    """The newest of each key, on the disk."""

    def __init__(self, database: Database, verifier: CentreVerifier) -> None:
        self._database = database
        self._verifier = verifier
        self.refused: Counter[str] = Counter()

    def load(self) -> list[SignedEvent]:
        """Everything held, verified again: the disk may have been altered while we were off."""
        with self._database.reading() as db:
            rows = db.execute("SELECT * FROM published ORDER BY topic, key").fetchall()
        events = []
        for row in rows:
            headers: Headers = [("ce_type", row["type_name"].encode()), (SIGNATURE_HEADER, row["signature"])]
            try:
                events.append(believed(Record(row["topic"], row["key"], row["value"], headers), self._verifier))
            except (Unreadable, KeyError):
                self.refused["SIGNATURE_WRONG"] += 1
        return events

    def take(self, tx: sqlite3.Connection, records: Sequence[Record]) -> list[SignedEvent]:
        """Keep, within the caller's transaction, what is believed and newer; returns that."""
        return [event for record in records if (event := self._taken(tx, record)) is not None]

    def _taken(self, tx: sqlite3.Connection, record: Record) -> SignedEvent | None:
        if record.value is None:  # a tombstone: compaction's own, and no withdrawal (that is a revision)
            return None
        try:
            event = believed(record, self._verifier)
        except Unreadable as exc:
            self.refused[exc.reason] += 1
            return None
        held = tx.execute(
            "SELECT revision, value FROM published WHERE topic = ? AND key = ?", (record.topic, record.key)
        ).fetchone()
        if held is not None and held["revision"] >= event.revision:
            if held["revision"] > event.revision or held["value"] != record.value:
                self.refused[OLDER_THAN_HELD] += 1
            return None
        signature = header(record.headers, SIGNATURE_HEADER)
        tx.execute(
            "INSERT OR REPLACE INTO published (topic, key, type_name, revision, value, signature)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (record.topic, record.key, event.type_name, event.revision, record.value, signature),
        )
        return event

    def drop_all(self, tx: sqlite3.Connection) -> None:
        """This station was revoked: it holds no list any more."""
        tx.execute("DELETE FROM published")


def topic_names(topics: Sequence[Topic] = PUBLISHED) -> list[str]:
    return [topic.name for topic in topics]
