"""The topics of a new post. They are made by us, never by themselves, before the post is published."""

from __future__ import annotations

import logging

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from schemas.topics import ALL, Topic
from services.errors import Conflict

log = logging.getLogger(__name__)


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
        except (KafkaError, OSError, TimeoutError) as exc:
            log.warning("the topics of a post cannot be made: %s", type(exc).__name__)
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
        answer = await admin.create_topics(
            [
                NewTopic(name, topic.partitions, replication_factor=-1, topic_configs=_configuration(topic))
                for name, topic in missing.items()
            ]
        )
        for _, code, *_ in answer.topic_errors:
            error = for_code(code)
            if code and error is not TopicAlreadyExistsError:
                raise error


def _configuration(topic: Topic) -> dict[str, str]:
    if topic.keep is None:
        return {"cleanup.policy": "compact", "max.message.bytes": str(topic.max_bytes + 100_000)}
    return {
        "cleanup.policy": "delete",
        "retention.ms": str(int(topic.keep.total_seconds() * 1000)),
        "max.message.bytes": str(topic.max_bytes + 100_000),
    }
