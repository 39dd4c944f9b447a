"""Sends outputs to Kafka and returns when the broker has all of them. The broker being away is waited for."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from stream_processors.database.statements import Output
from stream_processors.seen import metrics
from stream_processors.stopping import ends_if_told_to_stop
from stream_processors.world import FIRST_WAIT_S, LONGEST_WAIT_S, broker_is_away

log = logging.getLogger(__name__)
LARGEST_REQUEST = 4_200_000
"""A dead letter of the largest record, in its box, in base64."""
ASK_AGAIN_S = 5.0


@dataclass(frozen=True)
class Sent:
    """``no_topic`` could not be sent, since the broker does not know their topic."""

    no_topic: tuple[Output, ...] = ()


class Sender:
    """One idempotent producer (acks=all); made anew when it fails for good."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._producer: AIOKafkaProducer | None = None
        self._missing: dict[str, float] = {}
        self._lock = asyncio.Lock()

    async def start(self) -> None:
        """Returns when the broker is there."""
        await self.send(())

    async def stop(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(producer.stop(), 5)

    async def send(self, outputs: Sequence[Output]) -> Sent:
        """At least once: after a failure the whole sequence goes out again, with the same ids and bytes."""
        wait_s, away = FIRST_WAIT_S, False
        while True:
            try:
                sent = await self._try(outputs)
            except MessageSizeTooLargeError:
                raise
            except (KafkaError, OSError, TimeoutError) as exc:
                if not broker_is_away(exc):
                    raise
                ends_if_told_to_stop()
                if not away:  # say it once, not every retry of a long night
                    log.warning("the broker is away, outputs wait", extra={"error": type(exc).__name__})
                away = True
                await self._drop()
            else:
                if away:
                    log.info("the broker is back")
                metrics.OUTPUTS.inc(len(outputs) - len(sent.no_topic))
                return sent
            metrics.RETRIES.labels("outputs").inc()
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)

    async def _try(self, outputs: Sequence[Output]) -> Sent:
        producer = await self._started()
        missing = await self._unknown_topics(producer, {one.topic for one in outputs})
        acknowledged = [
            await producer.send(one.topic, key=one.key, value=one.value, headers=list(one.headers))
            for one in outputs
            if one.topic not in missing
        ]
        # Every one is waited for, so that none fails unseen behind the first that did.
        answers = await asyncio.gather(*acknowledged, return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        return Sent(tuple(one for one in outputs if one.topic in missing))

    async def _started(self) -> AIOKafkaProducer:
        async with self._lock:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    bootstrap_servers=self._bootstrap,
                    acks="all",
                    enable_idempotence=True,
                    max_request_size=LARGEST_REQUEST,
                    request_timeout_ms=20_000,
                )
                try:
                    await producer.start()
                except BaseException:
                    with contextlib.suppress(Exception):
                        await producer.stop()
                    raise
                self._producer = producer
            return self._producer

    async def _drop(self) -> None:
        """A producer that failed may stay so (a broker that lost its memory): the next try makes another."""
        async with self._lock:
            await self.stop()

    async def _unknown_topics(self, producer: AIOKafkaProducer, topics: set[str]) -> set[str]:
        """Of ``topics``, those that the broker does not have. Without asking, a send would hang on each."""
        there: set[str] = set(producer.client.cluster.topics())
        asked_long_ago = time.monotonic() - ASK_AGAIN_S
        unsure = {topic for topic in topics - there if self._missing.get(topic, 0.0) < asked_long_ago}
        if unsure:
            metadata = await producer.client.fetch_all_metadata()
            if not metadata.brokers():
                raise KafkaError("no broker answered")
            there |= metadata.topics()
            for topic in unsure - there:
                self._missing[topic] = time.monotonic()
                log.error("a topic is missing, its outputs are held", extra={"topic": topic})
        return topics - there
