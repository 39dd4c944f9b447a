"""Sends records straight to Kafka, in order, at a pace or as fast as it goes. Makes up none."""

import asyncio
from collections import deque
from collections.abc import Iterable

from aiokafka import AIOKafkaProducer

from deploy.simulator.stream import Record

MOST_UNACKNOWLEDGED = 1000


async def send(records: Iterable[Record], bootstrap: str, *, per_second: float | None = None) -> int:
    """How many were sent; every one is acknowledged by then. Raises KafkaError when the broker is away."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, max_request_size=8_000_000
    )
    await producer.start()
    try:
        return await _send_all(producer, records, per_second)
    finally:
        await producer.stop()


async def _send_all(producer: AIOKafkaProducer, records: Iterable[Record], per_second: float | None) -> int:
    waiting: deque[asyncio.Future[object]] = deque()
    began = asyncio.get_running_loop().time()
    sent = 0
    for record in records:
        if per_second is not None:
            await asyncio.sleep(max(0.0, began + sent / per_second - asyncio.get_running_loop().time()))
        waiting.append(
            await producer.send(record.topic, key=record.key, value=record.value, headers=record.headers)
        )
        sent += 1
        while len(waiting) > MOST_UNACKNOWLEDGED:
            await waiting.popleft()
    while waiting:
        await waiting.popleft()
    return sent
