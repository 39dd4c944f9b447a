"""Consumes what the centre says to this station. Position and contents are kept in one transaction.

Verdicts and requests go on where they stopped. What is compacted is read from its beginning at each start: it
is small, the highest revision counts, and a cluster that was set up anew cannot hide behind an old position.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from checkpoint_agent.camera.availability import BackOff
from checkpoint_agent.clock import Clock
from checkpoint_agent.identity import Identity
from checkpoint_agent.listening.held import Held, holding, opened
from checkpoint_agent.listening.published import BY_NAME, Published, Record, topic_names
from checkpoint_agent.outbox import Database, Outbox, OutboxTrouble
from checkpoint_agent.outbox.crossings import add_verdict
from schemas.bounded import instant_text
from schemas.events.base import Event
from schemas.events.operations import SendAgain, StationRevoked
from schemas.events.verdict import VerdictReached
from schemas.topics import STATION_REQUESTS, VERDICTS, Unreadable, decode

log = logging.getLogger(__name__)

POLL_MS = 1000
KEEP_HEARD_EVERY = timedelta(seconds=30)
"""The disk need not know it to the second."""


@dataclass
class Heard:
    """What one batch changed."""

    verdicts: list[VerdictReached] = field(default_factory=list)
    lists: bool = False
    revoked: bool = False
    sent_again: int = 0


class Listening:
    """What the station knows from the centre, and how each batch changes it."""

    def __init__(self, database: Database, identity: Identity, outbox: Outbox, clock: Clock) -> None:
        self._database = database
        self._identity = identity
        self._outbox = outbox
        self._clock = clock
        self._published = Published(database, identity.verifier)
        self.unreadable: Counter[str] = Counter()
        self.revoked = self._fact("revoked") == str(identity.enrolment)
        self.heard_at: str | None = self._fact("heard_at")
        """When the centre was last heard: the age of the lists is counted from here."""
        self._kept_heard_at: datetime | None = None
        self.held = Held() if self.revoked else self._opened(holding(Held(), self._published.load()))

    @property
    def refused(self) -> Counter[str]:
        """Reasons for which published records were refused since the start."""
        return self._published.refused

    def topics(self) -> list[str]:
        post = self._identity.post_id
        return [VERDICTS.name_for(post), STATION_REQUESTS.name_for(post), *topic_names()]

    def positions(self) -> dict[tuple[str, int], int]:
        with self._database.reading() as db:
            rows = db.execute("SELECT topic, partition, next_offset FROM positions").fetchall()
        return {(row["topic"], row["partition"]): row["next_offset"] for row in rows}

    def take(self, records: Sequence[Record]) -> Heard:
        """Keep a batch, with the position behind it. Raises OutboxTrouble, and then nothing of it is kept.

        Where nothing was said to this station, a power cut may undo the position: the same is passed over again.
        """
        heard = Heard()
        said = self._said_to_us(records)
        # Before the position is kept: a request that is done twice is the same thing, one that is lost is not.
        heard.sent_again = sum(
            self._outbox.ask_again(one.numbers, one.enrolment) for one, _ in said if isinstance(one, SendAgain)
        )
        published = [record for record in records if record.topic in BY_NAME]
        with self._database.writing(lasting=bool(said or published)) as tx:
            for event, value in said:
                match event:
                    case VerdictReached():
                        if add_verdict(tx, event, value, self._clock.now()):
                            heard.verdicts.append(event)
                    case StationRevoked() if event.enrolment == self._identity.enrolment:
                        heard.revoked = True
                    case _:
                        pass
            fresh = [] if self.revoked else self._published.take(tx, published)
            held = self._opened(holding(self.held, fresh)) if fresh else self.held
            ours = (self._identity.station_id, self._identity.enrolment)
            heard.revoked = (heard.revoked or ours in held.enrolments) and not self.revoked
            if heard.revoked:
                self._drop_lists(tx)
            _keep_positions(tx, records)
        heard.lists = bool(fresh)
        self.held = Held() if heard.revoked else held
        self.revoked = self.revoked or heard.revoked
        return heard

    def _opened(self, held: Held) -> Held:
        return opened(held, self._identity.station_id, self._identity.opener)

    def note_heard(self) -> None:
        """The centre is in reach and we have all it said: the lists are as new as can be."""
        now = self._clock.now()
        self.heard_at = instant_text(now)
        if self._kept_heard_at is not None and now - self._kept_heard_at < KEEP_HEARD_EVERY:
            return
        self._kept_heard_at = now
        with self._database.writing() as tx:
            _keep_fact(tx, "heard_at", self.heard_at)

    def _said_to_us(self, records: Sequence[Record]) -> list[tuple[Event, bytes]]:
        by_name = {topic.name_for(self._identity.post_id): topic for topic in (VERDICTS, STATION_REQUESTS)}
        ours = self._identity.station_id.encode()
        said = []
        for record in records:
            topic = by_name.get(record.topic)
            # Other stations of the post read the same topic; what is theirs need not be read to be left out.
            if topic is None or record.value is None or record.key != ours:
                continue
            try:
                event = decode(topic, record.value, record.headers)
            except Unreadable as exc:
                self.unreadable[exc.reason] += 1
                continue
            if getattr(event, "station_id", None) == self._identity.station_id:
                said.append((event, record.value))
        return said

    def _drop_lists(self, tx: sqlite3.Connection) -> None:
        log.warning("this station was revoked: its lists are dropped")
        self._published.drop_all(tx)
        _keep_fact(tx, "revoked", str(self._identity.enrolment))

    def _fact(self, name: str) -> str | None:
        with self._database.reading() as db:
            row = db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return row["value"] if row else None


def _keep_fact(tx: sqlite3.Connection, name: str, value: str) -> None:
    tx.execute("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", (name, value))


def _keep_positions(tx: sqlite3.Connection, records: Sequence[Record]) -> None:
    ends: dict[tuple[str, int], int] = {}
    for record in records:
        place = (record.topic, record.partition)
        ends[place] = max(ends.get(place, 0), record.offset + 1)
    tx.executemany(
        "INSERT OR REPLACE INTO positions (topic, partition, next_offset) VALUES (?, ?, ?)",
        [(topic, partition, end) for (topic, partition), end in ends.items()],
    )


def a_consumer(bootstrap: str, topics: Sequence[str]) -> AIOKafkaConsumer:
    """Without a group: the station keeps its own position."""
    return AIOKafkaConsumer(
        *topics,
        bootstrap_servers=bootstrap,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        metadata_max_age_ms=30_000,
        fetch_max_wait_ms=500,
        retry_backoff_ms=200,
    )


async def listen_forever(
    listening: Listening,
    open_consumer: Callable[[], AIOKafkaConsumer],
    on_heard: Callable[[Heard], None],
    *,
    back_off: BackOff | None = None,
) -> None:
    """Hear the centre for ever. That Kafka is away is said by the publisher; here it is only waited out."""
    back_off = back_off or BackOff(0.5, 5.0)
    while True:
        try:
            async with _started(open_consumer()) as consumer:
                _go_on(consumer, listening.positions())
                while True:
                    await _hear(consumer, listening, on_heard)
                    back_off.reset()
        except (KafkaError, OSError, TimeoutError):
            log.debug("Kafka out of reach, listening again soon")
        except OutboxTrouble as exc:
            log.warning("what was heard cannot be kept", extra={"error": type(exc).__name__})
        await asyncio.sleep(back_off.pause_s())


async def _hear(consumer: AIOKafkaConsumer, listening: Listening, on_heard: Callable[[Heard], None]) -> None:
    batches = await consumer.getmany(timeout_ms=POLL_MS, max_records=500)
    records = [_record(message) for messages in batches.values() for message in messages]
    if records:
        on_heard(await asyncio.to_thread(listening.take, records))
    elif await _all_heard(consumer):
        await asyncio.to_thread(listening.note_heard)


async def _all_heard(consumer: AIOKafkaConsumer) -> bool:
    """Ask the broker itself: an empty answer from memory would make old lists look new."""
    partitions = list(consumer.assignment())
    async with asyncio.timeout(5):
        ends = await consumer.end_offsets(partitions)
        for partition, end in ends.items():
            if await consumer.position(partition) < end:
                return False
    return bool(partitions)


def _go_on(consumer: AIOKafkaConsumer, positions: dict[tuple[str, int], int]) -> None:
    for partition in consumer.assignment():
        place = (partition.topic, partition.partition)
        if partition.topic not in BY_NAME and place in positions:
            consumer.seek(TopicPartition(*place), positions[place])


def _record(message: Any) -> Record:
    headers = [(name, value) for name, value in message.headers]
    return Record(message.topic, message.key or b"", message.value, headers, message.partition, message.offset)


@contextlib.asynccontextmanager
async def _started(consumer: AIOKafkaConsumer) -> AsyncIterator[AIOKafkaConsumer]:
    try:
        await consumer.start()
        yield consumer
    finally:
        # Where a start fails at once (a broker that is back and does not know its topics yet), aiokafka's stop
        # raises CancelledError. Nobody cancelled us: it would end this task without a word.
        await asyncio.gather(consumer.stop(), return_exceptions=True)
