"""Topics on the real broker: made once, put right afterwards, never made smaller."""

import asyncio

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from deploy.topics import WantedTopic, ensure_topics, wanted


async def settings_of(bootstrap, topic):
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
        return {entry[0]: entry[1] for answer in answers for entry in answer.resources[0][4]}
    finally:
        await admin.close()


async def partitions_of(bootstrap, topic):
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        return len((await admin.describe_topics([topic]))[0]["partitions"])
    finally:
        await admin.close()


async def test_every_topic_is_made_and_a_second_time_none(kafka):
    topics = wanted(["rach-mieu", "co-chien"])
    assert sorted(await ensure_topics(kafka, topics)) == [topic.name for topic in topics]
    assert await ensure_topics(kafka, topics) == []
    assert (await settings_of(kafka, "policies.v1"))["cleanup.policy"] == "compact"
    assert (await settings_of(kafka, "crossings.v1"))["message.timestamp.type"] == "LogAppendTime"


async def test_what_was_made_otherwise_is_put_right_and_grows(kafka):
    small = WantedTopic("crossings.v1", 2, {"retention.ms": "1000"})
    await ensure_topics(kafka, [small])
    right = next(topic for topic in wanted([]) if topic.name == "crossings.v1")
    assert await ensure_topics(kafka, [right]) == []
    # The controller has it when it answers; the broker that is asked hears of it a moment later.
    await _eventually(lambda: partitions_of(kafka, "crossings.v1"), right.partitions)
    await _eventually(lambda: retention_of(kafka, "crossings.v1"), right.settings["retention.ms"])


async def retention_of(bootstrap, topic):
    return (await settings_of(bootstrap, topic))["retention.ms"]


async def _eventually(read, wanted_value):
    async with asyncio.timeout(30):
        while (found := await read()) != wanted_value:
            assert found is not None
            await asyncio.sleep(0.1)
