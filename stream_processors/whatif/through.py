"""Through the crossings of a period, each under the policy of then and under the draft."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

from stream_processors.database.pool import Connection
from stream_processors.questions.snapshot import Period
from stream_processors.whatif import reading
from stream_processors.whatif.comparing import Comparing, Draft
from stream_processors.whatif.reading import Known
from stream_processors.whatif.tally import Tally

BREATHE = 25
"""Crossings between two looks at the connection, so that the next chunk comes in meanwhile."""


async def through(store: Connection, period: Period, tally: Tally) -> AsyncGenerator[int, None]:
    """Counts into ``tally``; gives, chunk by chunk, how many are counted."""
    comparing = Comparing(await reading.registry_of(store), Draft.of(tally.asked.policy))
    both = comparing.draft.beside(comparing.registry)
    async for chunk in reading.chunks(store, period, both):
        await _compare(chunk, comparing, tally)
        yield tally.crossings


async def _compare(chunk: Sequence[Known], comparing: Comparing, tally: Tally) -> None:
    for number, (crossing, context) in enumerate(chunk):
        tally.add(comparing.compare(crossing, context))
        if number % BREATHE == 0:
            await asyncio.sleep(0)
