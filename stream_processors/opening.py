"""Opens what a worker works with: pool, keys, sender; and reads the registry whole before anything is judged."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from stream_processors.batches import Batches
from stream_processors.clock import Clock, SystemClock
from stream_processors.database.migrate import require_migrated
from stream_processors.database.pool import Pool, open_pool
from stream_processors.database.registry import RegistryInForce
from stream_processors.intake.records import RawRecord
from stream_processors.intake.shell import REGISTRY_TOPICS, TOPICS, Intake
from stream_processors.judging_shell import Judging
from stream_processors.keys import read_keys
from stream_processors.outputs.sending import Sender
from stream_processors.settings import ProcessorSettings
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
    intake = Intake(pool, keys, clock, in_force)
    await read_registry(settings.kafka_bootstrap, intake)
    return Shell(pool, sender, clock, Batches(pool, intake, Judging(pool, keys, in_force), sender))


async def _require_migrated(pool: Pool) -> None:
    async with pool.acquire() as connection:
        await require_migrated(connection)


async def read_registry(bootstrap: str, intake: Intake) -> None:
    """Store every registry topic from its beginning to its present end, so that stations and policies are known.

    Only stored here: what a fact changes is judged when the group's own copy of the record comes.
    """
    async with _consumer(bootstrap) as consumer:
        for topic in REGISTRY_TOPICS:
            count = 0
            async for records in _whole(consumer, topic.name):
                await intake.take_in(records)
                count += len(records)
            log.info("a registry topic was read whole", extra={"topic": topic.name, "records": count})


@asynccontextmanager
async def _consumer(bootstrap: str) -> AsyncIterator[AIOKafkaConsumer]:
    """Connected, and sure that every topic of ours is there."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=None, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    said = False
    while True:
        try:
            await consumer.start()
            missing = sorted(TOPICS.keys() - await consumer.topics())
        except (KafkaError, OSError, TimeoutError):
            missing = []
            await asyncio.sleep(TRY_AGAIN_S)
            continue
        if not missing:
            break
        if not said:  # say it once, not every second of a long night
            log.error("topics are missing, waiting for them", extra={"topics": missing})
        said = True
        await asyncio.sleep(TRY_AGAIN_S)
    try:
        yield consumer
    finally:
        await consumer.stop()


async def _whole(consumer: AIOKafkaConsumer, topic: str) -> AsyncIterator[Sequence[RawRecord]]:
    partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
    consumer.assign(partitions)
    ends = await consumer.end_offsets(partitions)
    await consumer.seek_to_beginning(*partitions)
    while any([await consumer.position(one) < ends[one] for one in partitions]):
        found = await consumer.getmany(*partitions, timeout_ms=1000, max_records=500)
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
    )
