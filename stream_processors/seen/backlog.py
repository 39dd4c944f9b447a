"""How far partitions are behind, as the broker says to connections of our own.

The worker's own connections may be what is stuck.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from schemas.topics import CROSSINGS
from stream_processors.seen.watch import Place

WITHIN_S = 10.0


class BrokerAway(Exception):
    """It did not answer, or not in time."""


@dataclass(frozen=True)
class Backlog:
    lag: dict[Place, int]
    acknowledged: dict[Place, int]
    oldest_crossing_at_ms: int | None
    """When the oldest crossing that is not acknowledged came to the broker."""


class BacklogReader:
    """Its connections are opened at the first question, and anew after a failure."""

    def __init__(self, bootstrap: str, group: str) -> None:
        self._bootstrap, self._group = bootstrap, group
        self._consumer: AIOKafkaConsumer | None = None
        self._admin: AIOKafkaAdminClient | None = None

    async def read(self, places: Iterable[Place]) -> Backlog:
        """Raises BrokerAway."""
        try:
            async with asyncio.timeout(WITHIN_S):
                return await self._read([TopicPartition(*place) for place in places])
        except (KafkaError, OSError, TimeoutError) as exc:
            await self.close()
            raise BrokerAway from exc

    async def close(self) -> None:
        consumer, self._consumer, admin, self._admin = self._consumer, None, self._admin, None
        for closing in (consumer and consumer.stop, admin and admin.close):
            if closing is not None:
                with contextlib.suppress(KafkaError, OSError, TimeoutError):
                    async with asyncio.timeout(2):
                        await closing()

    async def _read(self, places: list[TopicPartition]) -> Backlog:
        consumer, admin = await self._opened()
        ends = await consumer.end_offsets(places) if places else {}
        begins = await consumer.beginning_offsets(places) if places else {}
        done = await admin.list_consumer_group_offsets(self._group)
        known = {place: done[place].offset if place in done else -1 for place in places}
        # Nothing acknowledged yet: all that is still kept is to be done.
        next_ = {place: max(known[place], begins[place]) for place in places}
        lag = {tuple(place): max(0, ends[place] - next_[place]) for place in places}
        behind = [place for place in places if place.topic == CROSSINGS.name and lag[tuple(place)]]
        oldest = [at for place in behind if (at := await _appended_at(consumer, place, next_[place])) is not None]
        return Backlog(lag, {tuple(place): known[place] for place in places}, min(oldest, default=None))

    async def _opened(self) -> tuple[AIOKafkaConsumer, AIOKafkaAdminClient]:
        """Kept before it is started, so that one that cannot start is closed as well."""
        if self._consumer is None:
            self._consumer = AIOKafkaConsumer(
                bootstrap_servers=self._bootstrap,
                group_id=None,
                enable_auto_commit=False,
                max_partition_fetch_bytes=1,  # one batch is enough to see a time
            )
            await self._consumer.start()
        if self._admin is None:
            self._admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
            await self._admin.start()
        return self._consumer, self._admin


async def _appended_at(consumer: AIOKafkaConsumer, place: TopicPartition, offset: int) -> int | None:
    """None when it does not come at once: the number is worth no waiting."""
    consumer.assign([place])
    consumer.seek(place, offset)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.5):
            found: int = (await consumer.getone(place)).timestamp
            return found
    return None
