"""Workers that share a backlog go through it abreast: none begins what arrived after all that another has begun.

What belongs together lies in the partitions of several workers. One that ran ahead had judged a vehicle's evening
when another came to its noon, and each of those evenings was judged again. Being abreast costs no time: what waits
is done when the slowest has done its part, and that one has less to do.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from stream_processors.database import workers_begun
from stream_processors.database.attempts import LIFE
from stream_processors.database.pool import Pool
from stream_processors.intake.records import RawRecord
from stream_processors.world import in_place

PATIENCE_S = 1.0
"""Another worker is waited for this long at most, and only if it began something within that time: it may have
ended, have nothing more to do, or hang."""
LOOK_AGAIN_S = 0.02


@dataclass
class Abreast:
    pool: Pool
    full: int
    """Records of a batch behind which more may wait. With fewer a worker is up to date, and waits for nobody."""
    life: UUID = LIFE

    async def wait(self, records: Sequence[RawRecord]) -> None:
        """Until each of the others has begun what arrived up to the first of ``records``."""
        arrived = [one.appended_at for one in records if one.appended_at is not None]
        if len(records) < self.full or not arrived:
            return
        until = time.monotonic() + PATIENCE_S
        await in_place("how far this worker is", lambda: self._begin(max(arrived)))
        while time.monotonic() < until:
            slowest = await in_place("how far the others are", self._slowest)
            if slowest is None or slowest >= min(arrived):
                return
            await asyncio.sleep(LOOK_AGAIN_S)

    async def _begin(self, arrived: datetime) -> None:
        async with self.pool.acquire() as connection:
            await workers_begun.begin(connection, self.life, arrived)

    async def _slowest(self) -> datetime | None:
        async with self.pool.acquire() as connection:
            return await workers_begun.slowest_but(connection, self.life, timedelta(seconds=PATIENCE_S))
