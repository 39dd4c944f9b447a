"""One what-if: the crossings of its period under the policy of then and under the draft, counted."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from pydantic import ValidationError

from schemas.whatif import WhatIfAnswer, WhatIfAsked
from stream_processors.database.pool import Connection
from stream_processors.questions import snapshot
from stream_processors.questions.running import Running
from stream_processors.questions.snapshot import Period
from stream_processors.whatif import halves, reading
from stream_processors.whatif.tally import Tally
from stream_processors.whatif.through import through

LOOK_AGAIN_S = 0.5


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
        expected = await snapshot.count(store, period, reading.COUNTED)
        middle = await halves.middle_of(store, period, expected)
        if middle is None:
            return await _alone(running, store, period, tally, expected)
        earlier, later = Period(period.begins_at, middle), Period(middle, period.ends_at)
        async with halves.another_process(store, running.url, asked, later) as half:
            return await _beside(running, store, earlier, tally, expected, half)


async def _alone(running: Running, store: Connection, period: Period, tally: Tally, expected: int) -> bool:
    async with aclosing(through(store, period, tally)) as counted:
        async for crossings in counted:
            if await running.stopped(crossings, expected):
                return False
    return True


async def _beside(
    running: Running, store: Connection, period: Period, tally: Tally, expected: int, half: halves.Half
) -> bool:
    """``tally`` is of both halves in the end. Raises as ``Half.tally`` does."""
    theirs = asyncio.create_task(half.tally())
    try:
        async with aclosing(through(store, period, tally)) as counted:
            async for crossings in counted:
                if await running.stopped(crossings + half.crossings, expected):
                    return False
        while not (await asyncio.wait((theirs,), timeout=LOOK_AGAIN_S))[0]:
            if await running.stopped(tally.crossings + half.crossings, expected):
                return False
        tally.followed_by(theirs.result())
    finally:
        theirs.cancel()
    return True
