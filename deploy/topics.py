"""Makes the topics of ``schemas.topics`` on a cluster, and puts right the settings of those that are there.

Deletes nothing, and takes no partition away: that would move every key.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from deploy.refusals import CannotStart
from schemas.topics import ALL, Topic

ROOM_FOR_TOO_LARGE = 2
"""What is over ``max_bytes`` must reach a reader, who buries it with its reason: the broker takes twice that."""
SEEN_WITHIN_S = 15.0


@dataclass(frozen=True)
class WantedTopic:
    name: str
    partitions: int
    settings: dict[str, str]


def wanted(post_ids: Iterable[str], topics: Sequence[Topic] = ALL) -> list[WantedTopic]:
    """What a province with these posts needs, by name."""
    posts = sorted(set(post_ids))
    found = {
        name: WantedTopic(name, topic.partitions, _settings(topic))
        for topic in topics
        for name in ({topic.name_for(post) for post in posts} if topic.per_post else {topic.name})
    }
    return [found[name] for name in sorted(found)]


def _settings(topic: Topic) -> dict[str, str]:
    settings = {
        "max.message.bytes": str(ROOM_FOR_TOO_LARGE * topic.max_bytes),
        # A station's clock may be wrong; how long a record is kept, and when it arrived, is the broker's to say.
        "message.timestamp.type": "LogAppendTime",
    }
    if topic.keep is None:
        return settings | {"cleanup.policy": "compact"}
    return settings | {"cleanup.policy": "delete", "retention.ms": str(int(topic.keep.total_seconds() * 1000))}


async def ensure_topics(bootstrap: str, topics: Sequence[WantedTopic], *, copies: int = 1) -> list[str]:
    """Make what is missing and put the rest right; the names of those made. Raises CannotStart when refused."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        there = set(await admin.list_topics())
        made = await _create(admin, [topic for topic in topics if topic.name not in there], copies)
        await _put_right(admin, [topic for topic in topics if topic.name not in made])
        await _until_seen(admin, {topic.name for topic in topics})
    except (KafkaError, TimeoutError) as exc:
        raise CannotStart(f"The topics could not be made on Kafka at {bootstrap} ({type(exc).__name__}).") from exc
    finally:
        await admin.close()
    return made


async def _create(admin: AIOKafkaAdminClient, topics: Sequence[WantedTopic], copies: int) -> list[str]:
    """Those made now: a topic that was made a moment ago may be there and not yet listed."""
    if not topics:
        return []
    made = []
    answer = await admin.create_topics(
        [NewTopic(topic.name, topic.partitions, copies, topic_configs=topic.settings) for topic in topics]
    )
    for name, code, *_ in answer.topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            raise CannotStart(f"The topic {name} could not be made: {error.__name__}.")
        if not code:
            made.append(name)
    return made


async def _until_seen(admin: AIOKafkaAdminClient, names: set[str]) -> None:
    """Programs that start next must find them."""
    async with asyncio.timeout(SEEN_WITHIN_S):
        while not names <= set(await admin.list_topics()):  # noqa: ASYNC110 - the broker rings no bell
            await asyncio.sleep(0.05)


async def _put_right(admin: AIOKafkaAdminClient, topics: Sequence[WantedTopic]) -> None:
    if not topics:
        return
    described = await admin.describe_topics([topic.name for topic in topics])
    partitions = {topic["topic"]: len(topic["partitions"]) for topic in described}
    grown = {
        topic.name: NewPartitions(total_count=topic.partitions)
        for topic in topics
        if partitions.get(topic.name, topic.partitions) < topic.partitions
    }
    if grown:
        await admin.create_partitions(grown)
    await admin.alter_configs(
        [ConfigResource(ConfigResourceType.TOPIC, topic.name, topic.settings) for topic in topics]
    )
