"""What is done now and then so that the store does not grow for ever: partitions made, the past let go."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from stream_processors.clock import Clock
from stream_processors.database import partitions, retention
from stream_processors.database.pool import Connection, Pool
from stream_processors.database.registry import RegistryInForce
from stream_processors.world import in_place

log = logging.getLogger(__name__)

EVERY_S = 900.0
OUTPUTS_LAST = timedelta(days=16)
"""A fact comes again for as long as Kafka keeps it (14 days, schemas.topics), and with it what it caused."""


def kept_from(keep: timedelta | None, in_force: RegistryInForce, at: datetime) -> datetime | None:
    """What happened before this is let go, and not taken any more; None when all is kept.

    Never what a policy still looks back to, whatever the setting says.
    """
    if keep is None:
        return None
    registry = in_force.registry
    needed = (registry.widest("look_back"), registry.widest("positive_counts"), registry.neighbours_back)
    return at - max(keep, *(2 * span for span in needed))


@dataclass
class Keeping:
    pool: Pool
    clock: Clock
    in_force: RegistryInForce
    keep: timedelta | None

    async def run(self) -> None:
        while True:
            await self.once()
            await asyncio.sleep(EVERY_S)

    async def once(self) -> None:
        made = await in_place("partitions", self._make_ahead)
        while await in_place("retention", self._drop_some):
            pass  # one step, one transaction: batches go on in between
        dropped = await in_place("partitions", self._drop_past)
        if made or dropped:
            log.info("partitions", extra={"made": made, "dropped": dropped})

    async def _make_ahead(self) -> list[str]:
        async with self.pool.acquire() as connection:
            outputs = await partitions.make_ahead(connection, partitions.OUTPUTS, await _written_now(connection))
            return outputs + await partitions.make_ahead(connection, partitions.REFS, self.clock.now())

    async def _drop_past(self) -> list[str]:
        until = self._kept_from()
        async with self.pool.acquire() as connection:
            outputs_until = await _written_now(connection) - OUTPUTS_LAST
            dropped = await partitions.drop_past(connection, partitions.OUTPUTS, outputs_until)
            if until is not None:
                dropped += await partitions.drop_past(connection, partitions.REFS, until)
            return dropped

    async def _drop_some(self) -> bool:
        until = self._kept_from()
        if until is None:
            return False
        async with self.pool.acquire() as connection:
            return await retention.drop_some(connection, until)

    def _kept_from(self) -> datetime | None:
        return kept_from(self.keep, self.in_force, self.clock.now())


async def _written_now(connection: Connection) -> datetime:
    """By the database's clock, as outputs are written by it."""
    now: datetime = await connection.fetchval("SELECT now()")
    return now
