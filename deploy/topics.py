"""Creates the topics that ``schemas.topics`` names, with how long each is kept. Changes none that is there;
replicates each as far as there are brokers."""

from collections.abc import Collection, Iterable

from schemas.topics import ALL, Topic

MOST_REPLICAS = 3
OVERHEAD_BYTES = 10_000
"""Of a record's key and headers, beside its value."""


async def ensure_topics(bootstrap: str, post_ids: Collection[str], *, topics: Iterable[Topic] = ALL) -> None:
    """Create what is missing; returns when the broker has taken all of it. Raises KafkaError otherwise."""
    from aiokafka.admin import AIOKafkaAdminClient, NewTopic
    from aiokafka.errors import TopicAlreadyExistsError, for_code

    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        present = set(await admin.list_topics())
        wanted = {name: topic for topic in topics for name in names_of(topic, post_ids) if name not in present}
        if not wanted:
            return
        replicas = min(MOST_REPLICAS, len((await admin.describe_cluster())["brokers"]))
        answer = await admin.create_topics(
            [
                NewTopic(name, topic.partitions, replicas, topic_configs=settings_of(topic))
                for name, topic in wanted.items()
            ]
        )
        for _, code, *_ in answer.topic_errors:
            error = for_code(code)
            if code and error is not TopicAlreadyExistsError:  # another start was quicker
                raise error
    finally:
        await admin.close()


def names_of(topic: Topic, post_ids: Iterable[str]) -> list[str]:
    return [topic.name_for(post_id) for post_id in post_ids] if topic.per_post else [topic.name]


def settings_of(topic: Topic) -> dict[str, str]:
    largest = {"max.message.bytes": str(topic.max_bytes + OVERHEAD_BYTES)}
    if topic.keep is None:
        return {**largest, "cleanup.policy": "compact"}
    keep_ms = int(topic.keep.total_seconds() * 1000)
    return {**largest, "cleanup.policy": "delete", "retention.ms": str(keep_ms)}
