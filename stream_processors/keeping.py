"""What is done now and then so that the store does not grow for ever: partitions made, the past let go."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from stream_processors.clock import Clock
from stream_processors.database import partitions, retention
from stream_processors.database.pool import Pool
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
        dropped = await in_place("partitions", self._drop_outputs)
        if made or dropped:
            log.info("partitions of outputs", extra={"made": made, "dropped": dropped})
        while await in_place("retention", self._drop_some):
            pass  # one step, one transaction: batches go on in between

    async def _make_ahead(self) -> list[str]:
        async with self.pool.acquire() as connection:
            return await partitions.make_ahead(connection)

    async def _drop_outputs(self) -> list[str]:
        async with self.pool.acquire() as connection:
            # By the database's clock, as they were written by it.
            now: datetime = await connection.fetchval("SELECT now()")
            return await partitions.drop_past(connection, now - OUTPUTS_LAST)

    async def _drop_some(self) -> bool:
        until = kept_from(self.keep, self.in_force, self.clock.now())
        if until is None:
            return False
        async with self.pool.acquire() as connection:
            return await retention.drop_some(connection, until)
