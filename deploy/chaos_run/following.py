"""Reads topics from their beginning for ever, into a ledger. The broker being away is waited for."""

import asyncio
import contextlib
from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from deploy.chaos_run.ledger import Held, Ledger

TRY_AGAIN_S = 1.0


async def follow(bootstrap: str, topics: Sequence[str], ledger: Ledger) -> None:
    """Until cancelled. Each record is taken once, whatever happens to the broker."""
    positions: dict[TopicPartition, int] = {}
    while True:
        with contextlib.suppress(KafkaError, OSError, TimeoutError):
            await _follow(bootstrap, topics, ledger, positions)
        await asyncio.sleep(TRY_AGAIN_S)


async def _follow(
    bootstrap: str, topics: Sequence[str], ledger: Ledger, positions: dict[TopicPartition, int]
) -> None:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, request_timeout_ms=15_000)
    await consumer.start()
    try:
        cluster = await consumer._client.fetch_all_metadata()
        places = [TopicPartition(topic, n) for topic in topics for n in cluster.partitions_for_topic(topic) or ()]
        consumer.assign(places)
        for place in places:
            consumer.seek(place, positions.get(place, 0))
        while True:
            for place, records in (await consumer.getmany(timeout_ms=500, max_records=2000)).items():
                ledger.take(
                    Held(place.topic, place.partition, record.timestamp / 1000, record.value) for record in records
                )
                positions[place] = records[-1].offset + 1
    finally:
        await consumer.stop()
