"""The later half of a long what-if, in a process of its own over the same snapshot: two cores take half the time.

Spoken through one pipe: how many crossings are compared so far, and at last the tally. What ends it otherwise ends
the pipe, and the process that asked sees that.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from multiprocessing.connection import Connection as Pipe
from typing import Final

from schemas.whatif import WhatIfAsked
from stream_processors.database.pool import Connection
from stream_processors.questions import snapshot
from stream_processors.questions.process import settle_for_a_question, tied_to
from stream_processors.questions.snapshot import Period
from stream_processors.whatif import reading
from stream_processors.whatif.tally import Tally
from stream_processors.whatif.through import through
from stream_processors.world import database_is_away

WORTH_A_PROCESS: Final = 5_000
"""Crossings. A process is started in about the time that these take."""


_AWAY: Final = "the database is away"


class Half:
    """What the other process does, as far as it said."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self.crossings = 0

    async def tally(self) -> Tally:
        """Returns when it is done. Raises ConnectionError when it could not reach the database."""
        while True:
            try:
                said = await asyncio.to_thread(self._pipe.recv)
            except EOFError:
                raise RuntimeError("the other half of a what-if ended without an answer") from None
            if isinstance(said, Tally):
                return said
            if said == _AWAY:
                raise ConnectionError(_AWAY)
            self.crossings = said


async def middle_of(store: Connection, period: Period, expected: int) -> datetime | None:
    """Half of the crossings are earlier. None where another process is not worth its start, or has no core."""
    if expected < WORTH_A_PROCESS or len(os.sched_getaffinity(0)) < 2:
        return None
    at: datetime | None = await store.fetchval(
        f"""
        SELECT occurred_at FROM crossings WHERE occurred_at >= $1 AND occurred_at < $2 AND {reading.COUNTED}
        ORDER BY occurred_at OFFSET $3 LIMIT 1
        """,
        period.begins_at,
        period.ends_at,
        expected // 2,
    )
    return at


@asynccontextmanager
async def another_process(store: Connection, url: str, asked: WhatIfAsked, period: Period) -> AsyncIterator[Half]:
    """``period`` of ``asked`` as ``store``, a snapshot, sees it. Never outlives the block, nor this process."""
    exported = await snapshot.exported(store)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(
        target=_compare, args=(theirs, os.getpid(), url, exported, asked.model_dump_json(), period), daemon=True
    )
    process.start()
    theirs.close()
    try:
        yield Half(ours)
    finally:
        process.kill()
        await asyncio.to_thread(process.join)
        ours.close()


def _compare(pipe: Pipe, parent: int, url: str, exported: str, text: str, period: Period) -> None:
    settle_for_a_question()
    if tied_to(parent):
        asyncio.run(_compared(pipe, url, exported, WhatIfAsked.model_validate_json(text), period))


async def _compared(pipe: Pipe, url: str, exported: str, asked: WhatIfAsked, period: Period) -> None:
    tally = Tally(asked)
    try:
        async with snapshot.snapshot(url, exported=exported) as store:
            async for crossings in through(store, period, tally):
                pipe.send(crossings)
    except Exception as exc:
        if not database_is_away(exc):
            raise
        pipe.send(_AWAY)
    else:
        pipe.send(tally)
