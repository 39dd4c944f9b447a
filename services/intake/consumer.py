"""Reads Kafka, batch by batch: commit in the database first, in Kafka afterwards. At least once, for ever."""

from __future__ import annotations

import asyncio
import logging

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from services.clock import Clock
from services.database.connection import is_worth_again
from services.intake.batch import Batches
from services.intake.records import NAMES, Record
from services.seen import metrics

log = logging.getLogger(__name__)


class Intake:
    def __init__(self, bootstrap: str, group: str, batches: Batches, clock: Clock) -> None:
        self._bootstrap = bootstrap
        self._group = group
        self._batches = batches
        self._clock = clock
        self.reachable = True
        self.taken = 0
        """Records since the start."""

    async def run(self, *, retry_s: float = 1.0) -> None:
        """For ever; starts again when Kafka is away. A bug is raised."""
        while True:
            consumer = self._consumer()
            try:
                await consumer.start()
                self._say(reachable=True)
                await self._read(consumer, retry_s)
            except KafkaError as exc:
                self._say(reachable=False, why=type(exc).__name__)
                await asyncio.sleep(retry_s)
            finally:
                await consumer.stop()

    def _consumer(self) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            group_id=self._group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=10_000,
            heartbeat_interval_ms=1_000,
            rebalance_timeout_ms=15_000,
            metadata_max_age_ms=5_000,  # so soon is the topic of a new post found
            max_partition_fetch_bytes=5_000_000,
        )
        consumer.subscribe(pattern=f"^({NAMES.pattern})$")
        return consumer

    async def _read(self, consumer: AIOKafkaConsumer, retry_s: float) -> None:
        while True:
            found = await consumer.getmany(timeout_ms=500, max_records=500)
            records = [
                Record(one.topic, one.partition, one.offset, one.key, one.value, one.headers)
                for batch in found.values()
                for one in batch
            ]
            if records:
                await self._take(records, retry_s)
                await self._commit(consumer)

    async def _take(self, records: list[Record], retry_s: float) -> None:
        """Waits in place while the database is away; what was read is not read again."""
        away = False
        while True:
            try:
                await self._batches.take(records, self._clock.now())
            except Exception as exc:
                if not is_worth_again(exc):
                    raise
                if not away:
                    log.warning(
                        "the database cannot take records now, they wait", extra={"error": type(exc).__name__}
                    )
                away = True
                metrics.RETRIES.labels("records").inc()
                await asyncio.sleep(retry_s)
            else:
                if away:
                    log.info("the database takes records again")
                self.taken += len(records)
                metrics.RECORDS.inc(len(records))
                return

    async def _commit(self, consumer: AIOKafkaConsumer) -> None:
        """A rebalance in between only means that somebody reads these again, to no effect."""
        try:
            await consumer.commit()
        except (CommitFailedError, IllegalStateError):
            log.info("partitions moved before their offsets were committed")

    def _say(self, *, reachable: bool, why: str = "") -> None:
        if reachable and not self.reachable:
            log.info("Kafka is in reach: reading again")
        if self.reachable and not reachable:
            log.warning("Kafka is out of reach", extra={"error": why})
        self.reachable = reachable
