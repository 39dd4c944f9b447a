"""Says in the database that this process lives, for as long as it does.

A rebalance gives to one worker what another has begun. Had that one ended, it would be an attempt that failed, and
after two of them all of it is taken record by record, fifty a second: so did two rebalances in a row, when workers
joined and nobody had ended.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from stream_processors.database.attempts import claim_life
from stream_processors.database.claims import own_connection
from stream_processors.world import in_place

AGAIN_S = 1.0


@dataclass
class Alive:
    url: str
    said: asyncio.Event = field(default_factory=asyncio.Event)
    """Once it was said. Whoever begins anything waits for it."""

    async def run(self) -> None:
        """For ever; anew after the database was away."""
        await in_place("saying that we live", self._say)

    async def _say(self) -> None:
        async with own_connection(self.url, "chotxanh-processors-life") as mine:
            while True:
                # Refused while the database has not seen that our last connection ended. Said again by the same
                # one, it stands as before.
                if await claim_life(mine):
                    self.said.set()
                await asyncio.sleep(AGAIN_S)
