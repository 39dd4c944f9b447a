"""One what-if: the crossings of its period under the policy of then and under the draft, counted."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from pydantic import ValidationError

from schemas.whatif import WhatIfAnswer, WhatIfAsked
from stream_processors.questions import snapshot
from stream_processors.questions.running import Running
from stream_processors.questions.snapshot import Period
from stream_processors.whatif import reading
from stream_processors.whatif.comparing import Comparing, Draft
from stream_processors.whatif.reading import Known
from stream_processors.whatif.tally import Tally

BREATHE = 25
"""Crossings between two looks at the connection, so that the next chunk comes in meanwhile."""


async def answer_whatif(running: Running, text: str) -> WhatIfAnswer:
    try:
        asked = WhatIfAsked.model_validate_json(text)
    except ValidationError:
        # The services checked it; what they take and we do not is another version of theirs.
        return WhatIfAnswer(state="failed", reason="DRAFT_NOT_VALID")
    tally = Tally(asked)
    done = await _through(running, asked, tally)
    return WhatIfAnswer(
        state="done" if done else "stopped",
        crossings=tally.crossings,
        took_ms=running.took_ms,
        comparison=tally.comparison() if done else None,
    )


async def _through(running: Running, asked: WhatIfAsked, tally: Tally) -> bool:
    """False when it was stopped."""
    period = Period(asked.begins_at, asked.ends_at)
    async with snapshot.snapshot(running.url) as store:
        comparing = Comparing(await reading.registry_of(store), Draft.of(asked.policy))
        expected = await snapshot.count(store, period, reading.COUNTED)
        both = comparing.draft.beside(comparing.registry)
        async for chunk in reading.chunks(store, period, both):
            await _compare(chunk, comparing, tally)
            if await running.stopped(tally.crossings, expected):
                return False
    return True


async def _compare(chunk: Sequence[Known], comparing: Comparing, tally: Tally) -> None:
    for number, (crossing, context) in enumerate(chunk):
        tally.add(comparing.compare(crossing, context))
        if number % BREATHE == 0:
            await asyncio.sleep(0)
