"""Opens what a worker works with: pool, keys, sender; and reads the registry whole before anything is judged."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from schemas.topics import LOG_APPEND_TIME
from stream_processors.batches import Batches
from stream_processors.clock import Clock, SystemClock
from stream_processors.database.migrate import require_migrated
from stream_processors.database.pool import Pool, open_pool
from stream_processors.database.registry import RegistryInForce
from stream_processors.intake.records import RawRecord
from stream_processors.intake.shell import REGISTRY_TOPICS, TOPICS, Intake
from stream_processors.judging_shell import Judging
from stream_processors.keeping import Keeping
from stream_processors.keys import read_keys
from stream_processors.memory import settle
from stream_processors.outputs.sending import Sender
from stream_processors.settings import ProcessorSettings
from stream_processors.timing import Timing
from stream_processors.world import in_place

log = logging.getLogger(__name__)
TRY_AGAIN_S = 1.0


@dataclass(frozen=True)
class Shell:
    """Everything that a batch needs."""

    pool: Pool
    sender: Sender
    clock: Clock
    batches: Batches
    timing: Timing
    keeping: Keeping

    async def close(self) -> None:
        await self.sender.stop()
        self.pool.terminate()


async def open_shell(settings: ProcessorSettings, clock: Clock | None = None) -> Shell:
    """Waits for database and broker; raises for what waiting does not mend (a key file, no migrations)."""
    keys, clock = read_keys(settings.keys), clock or SystemClock()
    pool = await in_place("pool", lambda: open_pool(settings.database_url))
    await in_place("migrations", lambda: _require_migrated(pool))
    sender = Sender(settings.kafka_bootstrap)
    await sender.start()
    in_force = RegistryInForce()
    intake = Intake(pool, keys, clock, in_force, keep=settings.keep)
    await read_registry(settings.kafka_bootstrap, intake)
    judging = Judging(pool, keys, in_force, clock)
    keeping = Keeping(pool, clock, in_force, settings.keep)
    batches = Batches(pool, intake, judging, sender)
    settle()
    return Shell(pool, sender, clock, batches, Timing(pool, clock, judging, sender, batches.turns), keeping)


async def _require_migrated(pool: Pool) -> None:
    async with pool.acquire() as connection:
        await require_migrated(connection)


async def read_registry(bootstrap: str, intake: Intake) -> None:
    """Store every registry topic from its beginning to its present end, so that stations and policies are known.

    Only stored here: what a fact changes is judged when the group's own copy of the record comes.
    """
    consumer = await _consumer(bootstrap)
    try:
        count = 0
        async for records in _whole(consumer):
            await intake.take_in(records)
            count += len(records)
    finally:
        await consumer.stop()
    log.info("the registry was read whole", extra={"records": count})


async def _consumer(bootstrap: str) -> AIOKafkaConsumer:
    """At the beginning of every registry topic. Waits until the broker has every topic of ours."""
    said: list[str] = []
    while True:
        consumer = AIOKafkaConsumer(
            *(topic.name for topic in REGISTRY_TOPICS),
            bootstrap_servers=bootstrap,
            group_id=None,
            auto_offset_reset="earliest",
        )
        missing = await _missing_topics(consumer)
        if missing == []:
            return consumer
        await consumer.stop()
        if missing and missing != said:  # say it once, not every second of a long night
            log.error("topics are missing, waiting for them", extra={"topics": missing})
            said = missing
        await asyncio.sleep(TRY_AGAIN_S)


async def _missing_topics(consumer: AIOKafkaConsumer) -> list[str] | None:
    """None when the broker cannot be asked, or did not yet say all it knows."""
    try:
        await consumer.start()
        missing = sorted(TOPICS.keys() - await consumer.topics())
    except (KafkaError, OSError, TimeoutError):
        return None
    assigned = {partition.topic for partition in consumer.assignment()}
    return missing or ([] if assigned == {topic.name for topic in REGISTRY_TOPICS} else None)


async def _whole(consumer: AIOKafkaConsumer) -> AsyncIterator[Sequence[RawRecord]]:
    """Everything up to where the topics end now."""
    partitions = list(consumer.assignment())
    ends = await consumer.end_offsets(partitions)
    while any([await consumer.position(one) < ends[one] for one in partitions]):
        found = await consumer.getmany(timeout_ms=1000, max_records=500)
        records = [record_of(message) for messages in found.values() for message in messages]
        if records:
            yield records


def record_of(message: object) -> RawRecord:
    """From aiokafka's record and from Faust's message alike."""
    get = message.__getattribute__
    headers = get("headers") or ()
    pairs = headers.items() if isinstance(headers, dict) else headers
    return RawRecord(
        topic=get("topic"),
        partition=get("partition"),
        offset=get("offset"),
        key=get("key"),
        value=get("value"),
        headers=tuple((name, value if value is not None else b"") for name, value in pairs),
        appended_at=_appended_at(get("timestamp"), get("timestamp_type")),
    )


def _appended_at(timestamp: float | None, timestamp_type: int | None) -> datetime | None:
    """aiokafka gives milliseconds, Faust seconds."""
    if timestamp is None or timestamp_type != LOG_APPEND_TIME:
        return None
    seconds = timestamp / 1000 if isinstance(timestamp, int) else timestamp
    return datetime.fromtimestamp(seconds, UTC)
