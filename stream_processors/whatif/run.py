"""One what-if from its question to its answer, in a process of its own that holds no key.

``python -m stream_processors whatif COMMAND_ID`` is started by a worker that has claimed the command. It is
nicer than anything live, and ends with the worker that started it. It writes its own row of ``whatifs`` alone.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import logging
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
from pydantic import ValidationError

from schemas.whatif import WhatIfAnswer, WhatIfAsked
from stream_processors.clock import Clock, SystemClock
from stream_processors.database import whatifs
from stream_processors.database.migrate import SCHEMA
from stream_processors.database.pool import Connection
from stream_processors.database.whatifs import Progress
from stream_processors.whatif import reading
from stream_processors.whatif.comparing import Comparing, Draft
from stream_processors.whatif.reading import Known, Period
from stream_processors.whatif.tally import Tally
from stream_processors.world import database_is_away, ends_the_process_on_a_bug

log = logging.getLogger(__name__)

BREATHE = 25
"""Crossings between two looks at the connection, so that the next chunk comes in meanwhile."""
NICENESS = 10
_DIE_WITH_PARENT = 1


def run_whatif(url: str, command_id: UUID, *, parent: int | None = None) -> int:
    """The exit status: 75 when the database was away and somebody should try again."""
    os.nice(NICENESS)
    # Values by the million, none of them in a cycle: looking for cycles among them takes a tenth of the run.
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    if parent is not None and not _tied_to(parent):
        return os.EX_TEMPFAIL
    with ends_the_process_on_a_bug():
        try:
            asyncio.run(answer_whatif(url, command_id, SystemClock()))
        except Exception as exc:
            if not database_is_away(exc):
                raise
            log.warning("the database is away, the what-if is left for later: %s", type(exc).__name__)
            return os.EX_TEMPFAIL
    return os.EX_OK


def _tied_to(parent: int) -> bool:
    """Ask the kernel to end us with our parent; False when it is gone already."""
    ctypes.CDLL(None, use_errno=True).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    return os.getppid() == parent


async def answer_whatif(url: str, command_id: UUID, clock: Clock) -> None:
    """Returns when the answer is stored, or when there is nothing to answer."""
    desk = await asyncpg.connect(
        url, timeout=10, server_settings={"search_path": SCHEMA, "application_name": "chotxanh-whatif"}
    )
    try:
        text = await whatifs.asked(desk, command_id)
        if text is not None:
            said = await _answer(url, desk, command_id, text)
            await whatifs.answer(desk, command_id, said, at=clock.now())
    finally:
        await desk.close()


async def _answer(url: str, desk: Connection, command_id: UUID, text: str) -> WhatIfAnswer:
    try:
        asked = WhatIfAsked.model_validate_json(text)
    except ValidationError:
        # The services checked it; what they take and we do not is another version of theirs.
        return WhatIfAnswer(state="failed", reason="DRAFT_NOT_VALID")
    return await Run(desk, command_id, asked).through(url)


@dataclass
class Run:
    desk: Connection
    command_id: UUID
    asked: WhatIfAsked
    begun: float = field(default_factory=time.monotonic)

    async def through(self, url: str) -> WhatIfAnswer:
        period = Period(self.asked.begins_at, self.asked.ends_at)
        tally = Tally(self.asked)
        async with reading.snapshot(url) as store:
            comparing = Comparing(await reading.registry_of(store), Draft.of(self.asked.policy))
            expected = await reading.count(store, period)
            both = comparing.draft.beside(comparing.registry)
            async for chunk in reading.chunks(store, period, both):
                await _compare(chunk, comparing, tally)
                if await self._stopped(tally.crossings, expected):
                    return WhatIfAnswer(state="stopped", crossings=tally.crossings, took_ms=self._took_ms)
        return WhatIfAnswer(
            state="done", crossings=tally.crossings, took_ms=self._took_ms, comparison=tally.comparison()
        )

    async def _stopped(self, crossings: int, expected: int) -> bool:
        progress = min(99, crossings * 100 // max(expected, 1))
        return await whatifs.get_on(self.desk, self.command_id, Progress(progress, crossings))

    @property
    def _took_ms(self) -> int:
        return int((time.monotonic() - self.begun) * 1000)


async def _compare(chunk: Sequence[Known], comparing: Comparing, tally: Tally) -> None:
    for number, (crossing, context) in enumerate(chunk):
        tally.add(comparing.compare(crossing, context))
        if number % BREATHE == 0:
            await asyncio.sleep(0)
