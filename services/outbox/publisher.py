"""From the outbox to Kafka, in order, at least once. One instance of the services publishes at a time.

Signs what readers believe only when signed; the private key is used nowhere else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas.events.base import Event, Trust
from schemas.topics import ALL, header
from schemas.trust.again import corrected_of
from schemas.trust.signing import SIGNATURE_HEADER, CentreSigner
from services.clock import Clock
from services.database.connection import Connection, connect, is_away
from services.database.listening import Bell
from services.outbox import store
from services.seen import metrics

log = logging.getLogger(__name__)

LOCK = 0x63785F6F7574626F
MODELS: Mapping[str, type[Event]] = {name: model for topic in ALL for name, model in topic.models.items()}


class Publisher:
    def __init__(self, url: str, bootstrap: str, signer: CentreSigner, clock: Clock, bell: Bell) -> None:
        self._url = url
        self._bootstrap = bootstrap
        self._signer = signer
        self._clock = clock
        self._bell = bell
        self.reachable = True

    async def run(self, *, retry_s: float = 1.0) -> None:
        """For ever. While Kafka or the database is away everything stays where it is."""
        while True:
            try:
                await self._publish_while_possible()
            except Exception as exc:
                if not (is_away(exc) or isinstance(exc, KafkaError)):
                    raise
                self._say(reachable=False, why=type(exc).__name__)
                metrics.RETRIES.labels("events").inc()
                await asyncio.sleep(retry_s)

    async def _publish_while_possible(self) -> None:
        conn = await connect(self._url)
        producer = self._producer()
        try:
            await self._wait_for_turn(conn)
            await producer.start()
            self._say(reachable=True)
            while True:
                rings = self._bell.rings
                if not await self.send_oldest(conn, producer):
                    await self._bell.after(rings, at_most_s=2.0)
        finally:
            conn.terminate()  # and with it the lock, whatever state the connection is in
            await producer.stop()

    async def _wait_for_turn(self, conn: Connection) -> None:
        """Two publishers at once would mix up the order of one thing's revisions."""
        # No event to wait for: the one who holds the lock is another process.
        while not await conn.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):  # noqa: ASYNC110
            await asyncio.sleep(1.0)

    def _producer(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            enable_idempotence=True,
            acks="all",
            linger_ms=0,
            request_timeout_ms=10_000,
            max_request_size=5_000_000,
        )

    async def send_oldest(self, conn: Connection, producer: AIOKafkaProducer, limit: int = 500) -> int:
        """Send up to ``limit`` rows in order and mark them once Kafka has them; how many were taken up.

        Raises KafkaError when Kafka is away. Then only what stands before the first failure is marked: the
        rest goes out again in order, so that the newest revision is the last one on its topic.
        """
        waiting = await store.oldest(conn, limit)
        answers = await self._sent(producer, waiting)
        sent: list[int] = []
        try:
            for row, answer in zip(waiting, answers, strict=True):
                match answer:
                    case KafkaError(retriable=False):
                        await store.refuse(conn, row.row_id, type(answer).__name__)
                        log.error(
                            "Kafka refuses an event for good",
                            extra={"error": type(answer).__name__, "topic": row.topic},
                        )
                    case BaseException():
                        raise answer
                    case _:
                        sent.append(row.row_id)
        finally:
            await store.mark_sent(conn, sent, self._clock.now())
            metrics.EVENTS_SENT.inc(len(sent))
        return len(waiting)

    async def _sent(self, producer: AIOKafkaProducer, waiting: list[store.Waiting]) -> list[object]:
        """Handed over one after the other, which keeps the order; waited for together."""
        pending = [await self._handed_over(producer, row) for row in waiting]
        return await asyncio.gather(*pending, return_exceptions=True)

    async def _handed_over(self, producer: AIOKafkaProducer, row: store.Waiting) -> Awaitable[object]:
        headers = list(row.headers)
        if (signed := signed_type(row)) is not None:
            headers.append((SIGNATURE_HEADER, self._signer.signature(row.topic, signed, row.value)))
        try:
            handed: Awaitable[object] = await producer.send(
                row.topic, key=row.key, value=row.value, headers=headers
            )
        except KafkaError as exc:
            return _failed(exc)
        return handed

    def _say(self, *, reachable: bool, why: str = "") -> None:
        """Once a change, not every retry of a long night."""
        if reachable and not self.reachable:
            log.info("Kafka and the database are in reach: events go out again")
        if self.reachable and not reachable:
            log.warning("Kafka or the database is out of reach, events stay in the outbox", extra={"error": why})
        self.reachable = reachable


def signed_type(row: store.Waiting) -> str | None:
    """What the centre signs a row as; None for what it does not sign, such as bytes that are not ours."""
    corrected = corrected_of(row.headers)
    if row.type_name == store.AS_IT_WAS:
        name = (header(row.headers, "ce_type") or b"").decode("ascii", "replace")
        return corrected.signed_type(name) if corrected else None
    return row.type_name if MODELS[row.type_name].trust is Trust.SIGNED else None


async def _failed(exc: KafkaError) -> object:
    raise exc
