"""Sends the outbox to Kafka in order, for ever. What is not acknowledged stays; nothing is forgotten."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any, Protocol

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)

from checkpoint_agent.camera.availability import BackOff
from checkpoint_agent.outbox import OutboxTrouble
from checkpoint_agent.outbox.records import Waiting
from checkpoint_agent.publishing.bell import Bell
from checkpoint_agent.publishing.reach import Reach

log = logging.getLogger(__name__)

FOR_GOOD = (MessageSizeTooLargeError, RecordListTooLargeError, InvalidTopicError)
"""What Kafka will never take, however often it is offered. A missing right or topic is waited for."""
ACKNOWLEDGED_WITHIN_S = 15.0
LOOK_AGAIN_S = 30.0
AT_ONCE = 200
LARGEST_BYTES = 2_000_000

Session = Callable[[AIOKafkaProducer], Awaitable[None]]


class Unsent(Protocol):
    """What is to be sent, in order; ``Outbox`` is one. Its methods are called from a thread."""

    def oldest(self, limit: int) -> list[Waiting]: ...

    def mark_sent(self, records: Iterable[Waiting]) -> None: ...

    def refuse(self, record: Waiting, reason: str) -> None: ...


def a_producer(bootstrap: str) -> AIOKafkaProducer:
    """Idempotent: a retry inside it is not a second record."""
    return AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        enable_idempotence=True,
        acks="all",
        linger_ms=0,
        request_timeout_ms=10_000,
        retry_backoff_ms=100,
        max_request_size=LARGEST_BYTES,
    )


async def send_oldest(outbox: Unsent, producer: AIOKafkaProducer, limit: int = AT_ONCE) -> int:
    """Send up to ``limit`` records in order and mark them sent once Kafka has them all.

    At least once: if we stop in between, the same records go out again with the same numbers.
    Returns how many were settled. Raises KafkaError or TimeoutError, and marks nothing, when Kafka is away.
    """
    waiting = await asyncio.to_thread(outbox.oldest, limit)
    if not waiting:
        return 0
    async with asyncio.timeout(ACKNOWLEDGED_WITHIN_S):
        answers = [await _offered(producer, record) for record in waiting]
        done = await asyncio.gather(*answers, return_exceptions=True)
    sent = []
    for record, answer in zip(waiting, done, strict=True):
        match answer:
            case KafkaError() if isinstance(answer, FOR_GOOD):
                # Without its number in the log nobody would look at the page of a headless station.
                log.warning("refused by Kafka for good", extra={"record": record.number, "topic": record.topic})
                await asyncio.to_thread(outbox.refuse, record, type(answer).__name__)
            case BaseException():
                raise answer
            case _:
                sent.append(record)
    await asyncio.to_thread(outbox.mark_sent, sent)
    return len(waiting)


async def _offered(producer: AIOKafkaProducer, record: Waiting) -> asyncio.Future[Any]:
    """The future of its acknowledgement; a refusal before sending is in the future too."""
    try:
        future: asyncio.Future[Any] = await producer.send(
            record.topic, key=record.key, value=record.value, headers=record.headers
        )
    except FOR_GOOD as exc:
        refused: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        refused.set_exception(exc)
        return refused
    return future


async def send_all_that_comes(
    outbox: Unsent,
    producer: AIOKafkaProducer,
    bell: Bell,
    reach: Reach,
    on_sent: Callable[[], None] = lambda: None,
) -> None:
    """Until Kafka is away. Woken by the commit: polling would cost the verdict its time."""
    while True:
        bell.silence()
        sent = await send_oldest(outbox, producer)
        if sent:
            reach.found()
            on_sent()
        if sent < AT_ONCE:  # that was all there is, but for what rang meanwhile
            await bell.wait(LOOK_AGAIN_S)


async def publish_forever(
    open_producer: Callable[[], AIOKafkaProducer],
    sessions: tuple[Session, ...],
    reach: Reach,
    *,
    back_off: BackOff | None = None,
) -> None:
    """Run ``sessions`` beside each other on one producer, and anew on a new one whenever Kafka was away.

    A new producer: an idempotent one that gave up on a batch refuses everything behind it.
    """
    back_off = back_off or BackOff(0.5, 5.0)
    while True:
        try:
            async with _started(open_producer()) as producer, asyncio.TaskGroup() as together:
                back_off.reset()
                for session in sessions:
                    together.create_task(_run(session, producer))
        except* (KafkaError, TimeoutError, OSError) as group:
            reach.lost(_first(group))
        except* OutboxTrouble as group:
            log.warning("the outbox cannot be read or marked", extra={"error": _first(group).__class__.__name__})
        await asyncio.sleep(back_off.pause_s())


async def _run(session: Session, producer: AIOKafkaProducer) -> None:
    await session(producer)


def _first(group: BaseExceptionGroup[Any]) -> BaseException:
    exc: BaseException = group
    while isinstance(exc, BaseExceptionGroup):
        exc = exc.exceptions[0]
    return exc


@contextlib.asynccontextmanager
async def _started(producer: AIOKafkaProducer) -> AsyncIterator[AIOKafkaProducer]:
    try:
        await producer.start()
        yield producer
    finally:
        await _stopped(producer)


async def _stopped(producer: AIOKafkaProducer) -> None:
    """Close it without waiting for batches that will never go out: they are in the outbox."""
    closing = asyncio.create_task(producer.stop())
    done, _ = await asyncio.wait({closing}, timeout=1.0)
    if done:
        with contextlib.suppress(KafkaError, OSError):
            closing.result()
        return
    # stop() waits for the accumulator, which waits for a broker that is away.
    sender = producer._sender.sender_task if producer._sender is not None else None
    if sender is not None:
        sender.cancel()
        await asyncio.gather(sender, return_exceptions=True)
    await asyncio.wait({closing}, timeout=2.0)
    closing.cancel()
    await asyncio.gather(closing, return_exceptions=True)
