"""The topics of a new post. They are made by us, never by themselves, before the post is published."""

from __future__ import annotations

import asyncio
import logging

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from schemas.topics import ALL, Topic
from services.errors import Conflict

log = logging.getLogger(__name__)


SEEN_WITHIN_S = 10.0
MOST_COPIES = 3
"""On a cluster with as many brokers; a lone broker holds the only one."""


class TopicMaker:
    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap

    async def make_for_post(self, post_id: str) -> list[str]:
        """The names of those that were missing and are there now. Raises Conflict when Kafka cannot be asked."""
        wanted = {topic.name_for(post_id): topic for topic in ALL if topic.per_post}
        admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap, request_timeout_ms=10_000)
        try:
            await admin.start()
            there = set(await admin.list_topics())
            missing = {name: topic for name, topic in wanted.items() if name not in there}
            await self._make(admin, missing)
            await self._until_seen(admin, set(wanted))
        except (KafkaError, OSError, TimeoutError) as exc:
            log.warning("the topics of a post cannot be made", extra={"error": type(exc).__name__})
            raise Conflict(
                "POST_TOPICS_NOT_MADE",
                "Chưa tạo được kênh của chốt trên Kafka, chốt chưa được ghi. Thử lại khi Kafka hoạt động.",
                "The post's topics could not be made on Kafka, and the post is not recorded. "
                "Try again when Kafka is in reach.",
            ) from None
        finally:
            await admin.close()
        return sorted(missing)

    async def _make(self, admin: AIOKafkaAdminClient, missing: dict[str, Topic]) -> None:
        if not missing:
            return
        copies = min(MOST_COPIES, len((await admin.describe_cluster())["brokers"]))
        answer = await admin.create_topics(
            [
                NewTopic(name, topic.partitions, copies, topic_configs=_configuration(topic))
                for name, topic in missing.items()
            ]
        )
        for _, code, *_ in answer.topic_errors:
            error = for_code(code)
            if code and error is not TopicAlreadyExistsError:
                raise error

    async def _until_seen(self, admin: AIOKafkaAdminClient, names: set[str]) -> None:
        """A topic is listed a moment after it was made, and those who hear of the post look at once."""
        async with asyncio.timeout(SEEN_WITHIN_S):
            while not names <= set(await admin.list_topics()):  # noqa: ASYNC110 - the broker rings no bell
                await asyncio.sleep(0.05)


def _configuration(topic: Topic) -> dict[str, str]:
    """As set-up makes them: room for what is too large, so that a reader can bury it; the broker's own time."""
    common = {"max.message.bytes": str(2 * topic.max_bytes), "message.timestamp.type": "LogAppendTime"}
    if topic.keep is None:
        return common | {"cleanup.policy": "compact"}
    return common | {"cleanup.policy": "delete", "retention.ms": str(int(topic.keep.total_seconds() * 1000))}
