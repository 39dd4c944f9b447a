"""Puts records on the broker, sets where a group begins, and reads what was said. Knows no judge."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.demo.posts import POSTS
from deploy.topics import ensure_topics, wanted
from schemas.topics import DEAD_LETTERS, FINDINGS, RECALLS, REFERRALS, VERDICTS
from stream_processors.intake.shell import FACT_TOPICS, REGISTRY_TOPICS

Offsets = dict[TopicPartition, int]

VERDICT_TOPICS = tuple(VERDICTS.name_for(str(post["post_id"])) for post in POSTS)
SAID = (*VERDICT_TOPICS, FINDINGS.name, REFERRALS.name, RECALLS.name, DEAD_LETTERS.name)
FACTS = tuple(topic.name for topic in FACT_TOPICS)
REGISTRY = tuple(topic.name for topic in REGISTRY_TOPICS)
FREE_WITHIN_S = 30.0


async def make_anew(bootstrap: str) -> None:
    """Every topic empty, and with them gone what any group had read."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        async with asyncio.timeout(FREE_WITHIN_S):
            while names := [name for name in await admin.list_topics() if not name.startswith("__")]:
                await admin.delete_topics(names)
                await asyncio.sleep(0.1)
    finally:
        await admin.close()
    await ensure_topics(bootstrap, wanted(str(post["post_id"]) for post in POSTS))


async def ends_of(bootstrap: str, topics: Iterable[str]) -> Offsets:
    async with _reader(bootstrap) as reader:
        return dict(await reader.end_offsets(await _partitions(reader, topics)))


async def begin_at(bootstrap: str, group: str, offsets: Mapping[TopicPartition, int]) -> None:
    """Where ``group`` goes on from. Waits for whoever was in it to be gone."""
    async with asyncio.timeout(FREE_WITHIN_S), _reader(bootstrap, group) as reader:
        reader.assign(list(offsets))
        while True:
            try:
                await reader.commit(dict(offsets))
                return
            except KafkaError:
                await asyncio.sleep(0.5)


async def read_up_to(admin: AIOKafkaAdminClient, group: str, ends: Mapping[TopicPartition, int]) -> bool:
    """Whether ``group`` has committed everything before ``ends``."""
    committed = await admin.list_consumer_group_offsets(group)
    return all(place in committed and committed[place].offset >= end for place, end in ends.items())


async def members_of(admin: AIOKafkaAdminClient, group: str) -> int:
    """How many share the group's partitions; none while it is being made out."""
    (answer,) = await admin.describe_consumer_groups([group])
    _, _, state, _, _, members, *_ = answer.groups[0]
    return len(members) if state == "Stable" else 0


async def said_since(bootstrap: str, starts: Mapping[TopicPartition, int]) -> list[Any]:
    """Every record from ``starts`` to the present ends, each topic's partitions in order."""
    async with _reader(bootstrap) as reader:
        ends = await reader.end_offsets(list(starts))
        waiting = {place for place, end in ends.items() if end > starts[place]}
        reader.assign(list(waiting))
        for place in waiting:
            reader.seek(place, starts[place])
        found: list[Any] = []
        while waiting:
            for place, messages in (await reader.getmany(timeout_ms=1000)).items():
                found += messages
                if messages and messages[-1].offset + 1 >= ends[place]:
                    waiting.discard(place)
        return found


async def _partitions(reader: AIOKafkaConsumer, topics: Iterable[str]) -> list[TopicPartition]:
    known = await reader._client.fetch_all_metadata()
    return [TopicPartition(topic, part) for topic in topics for part in known.partitions_for_topic(topic) or ()]


@asynccontextmanager
async def _reader(bootstrap: str, group: str | None = None) -> AsyncIterator[AIOKafkaConsumer]:
    reader = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False, max_partition_fetch_bytes=8_000_000
    )
    await reader.start()
    try:
        yield reader
    finally:
        await reader.stop()
