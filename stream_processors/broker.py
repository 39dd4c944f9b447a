"""Waits until the broker answers. Faust itself ends at the first failure to reach it, at its start."""

from __future__ import annotations

import asyncio
import logging

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

log = logging.getLogger(__name__)

TRY_AGAIN_S = 1.0


async def wait_for_broker(bootstrap: str, *, retry_s: float = TRY_AGAIN_S) -> None:
    """Returns when a metadata request was answered with a broker; says once that it waits."""
    said = False
    while not await broker_answers(bootstrap):
        if not said:
            log.warning("the broker is away, the worker waits for it before it begins")
        said = True
        await asyncio.sleep(retry_s)
    if said:
        log.info("the broker is back")


async def broker_answers(bootstrap: str, *, within_s: float = 5.0) -> bool:
    client = AIOKafkaClient(bootstrap_servers=bootstrap, request_timeout_ms=int(within_s * 1000))
    try:
        async with asyncio.timeout(within_s):
            await client.bootstrap()
        return bool(client.cluster.brokers())
    except (KafkaError, OSError, TimeoutError):
        return False
    finally:
        await client.close()
