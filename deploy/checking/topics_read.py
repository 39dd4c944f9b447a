"""Reads topics from their beginning to their end, and how far a group of consumers is behind. Sends nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import AsyncExitStack

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient


async def topic_names(bootstrap: str) -> list[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        return sorted(name for name in await admin.list_topics() if not name.startswith("__"))
    finally:
        await admin.close()


async def all_records(bootstrap: str, names: Iterable[str]) -> list[ConsumerRecord]:
    """Every record that the topics hold now, decompressed."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, request_timeout_ms=15_000)
    await consumer.start()
    try:
        places = await _places(consumer, names)
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        ends = await consumer.end_offsets(places)
        found: list[ConsumerRecord] = []
        while [place for place in places if await consumer.position(place) < ends[place]]:
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += records
        return found
    finally:
        await consumer.stop()


async def behind(bootstrap: str, group: str, topics: str) -> int:
    """Records of topics like ``topics`` that ``group`` has not acknowledged."""
    async with AsyncExitStack() as closing:
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
        for client, close in ((admin, admin.close), (consumer, consumer.stop)):
            await client.start()
            closing.push_async_callback(close)
        names = [name for name in await admin.list_topics() if re.fullmatch(topics, name)]
        places = await _places(consumer, names)
        ends = await consumer.end_offsets(places)
        done = await admin.list_consumer_group_offsets(group)
        return sum(end - max(0, done[place].offset if place in done else 0) for place, end in ends.items())


async def _places(consumer: AIOKafkaConsumer, names: Iterable[str]) -> list[TopicPartition]:
    """The partitions of topics that are there."""
    cluster = await consumer._client.fetch_all_metadata()
    return [TopicPartition(name, number) for name in names for number in cluster.partitions_for_topic(name) or ()]
