"""The station's heartbeat: that it lives, how far its chain goes, and how wrong its clock may be."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import uuid4

from aiokafka import AIOKafkaProducer

from checkpoint_agent.clock import Clock
from checkpoint_agent.identity import Identity
from checkpoint_agent.outbox import Outbox
from checkpoint_agent.publishing.clock_error import Measured, clock_error_bound, clock_error_now, in_ms
from checkpoint_agent.publishing.reach import Reach
from schemas.events.operations import ChainHead, StationHealth
from schemas.topics import LOG_APPEND_TIME, STATION_HEALTH, encode
from schemas.trust.chain import MAC_HEADER

VERSION = "0.1.0"
EVERY_S = 3.0
ACKNOWLEDGED_WITHIN_S = 10.0


@dataclass(frozen=True)
class Condition:
    """What the rest of the station says about itself."""

    lists: dict[str, int]
    camera: Literal["online", "lost", "none"] = "none"
    decoder_restarts: int = 0
    fallback_decoder: bool = True


class StationClockError:
    """The newest measurement, growing until the next."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._measured: Measured | None = None

    def measured(self, bound: timedelta) -> None:
        self._measured = Measured(bound, self._monotonic())

    def in_ms(self) -> int | None:
        return in_ms(clock_error_now(self._measured, self._monotonic()))


class Heartbeat:
    def __init__(
        self,
        identity: Identity,
        outbox: Outbox,
        clock: Clock,
        clock_error: StationClockError,
        condition: Callable[[], Condition],
        reach: Reach,
        *,
        every_s: float = EVERY_S,
    ) -> None:
        """``clock`` is the machine's own, also where officer's sheets move the lane's."""
        self._identity = identity
        self._outbox = outbox
        self._clock = clock
        self._clock_error = clock_error
        self._condition = condition
        self._reach = reach
        self._every_s = every_s

    async def beat_for_ever(self, producer: AIOKafkaProducer) -> None:
        """Raises KafkaError or TimeoutError when Kafka is away."""
        while True:
            await self.beat(producer)
            await asyncio.sleep(self._every_s)

    async def beat(self, producer: AIOKafkaProducer) -> None:
        health = await asyncio.to_thread(self._health)
        key, value, headers = encode(STATION_HEALTH, health)
        name = STATION_HEALTH.name
        headers.append((MAC_HEADER, self._identity.mac(name, health.type_name, value)))
        sent_at, started_s = self._clock.now(), time.monotonic()
        async with asyncio.timeout(ACKNOWLEDGED_WITHIN_S):
            stored = await producer.send_and_wait(name, key=key, value=value, headers=headers)
        round_trip = timedelta(seconds=time.monotonic() - started_s)
        self._reach.found()
        if stored.timestamp_type == LOG_APPEND_TIME:
            broker_at = datetime.fromtimestamp(stored.timestamp / 1000, UTC)
            self._clock_error.measured(clock_error_bound(sent_at, round_trip, broker_at))

    def _health(self) -> StationHealth:
        identity, head, condition = self._identity, self._outbox.head(), self._condition()
        return StationHealth(
            event_id=uuid4(),
            occurred_at=self._clock.now(),
            station_id=identity.station_id,
            post_id=identity.post_id,
            lane=identity.lane,
            enrolment=identity.enrolment,
            unsent=self._outbox.unsent(),
            refused=self._outbox.refused_count(),
            last_number=head.number,
            head=ChainHead(
                number=head.number,
                record_sha256=head.sha256,
                signature=identity.head_signature(head.number, head.sha256),
            ),
            clock_error_ms=self._clock_error.in_ms(),
            lists=condition.lists,
            camera=condition.camera,
            decoder_restarts=condition.decoder_restarts,
            fallback_decoder=condition.fallback_decoder,
            version=VERSION,
        )
