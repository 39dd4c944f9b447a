"""Which member of a group of consumers holds which partitions, as the broker says. Changes nothing."""

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocol


async def held_partitions(bootstrap: str, group: str, topic: str) -> dict[str, frozenset[int]]:
    """By the client's id, of members that hold any."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        (answer,) = await admin.describe_consumer_groups([group])
    finally:
        await admin.close()
    found = {}
    for described in answer.groups:
        for _member_id, client_id, _host, _metadata, assignment in (member[:5] for member in described[5]):
            if not assignment:
                continue
            places = ConsumerProtocol.ASSIGNMENT.decode(assignment).partitions()
            mine = frozenset(place.partition for place in places if place.topic == topic)
            if mine:
                found[client_id] = mine
    return found
