"""Takes questions from the table, runs each in a process of its own, and tells how far it is and what came out.

Whoever holds the claim runs it; a worker that is killed lets go of it, and another begins again. Judging and
this share nothing but the machine: no connection, no event loop while it runs, and the child is the nicer one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID, uuid4

from schemas.events.operations import CommandAnswered
from schemas.ids import derived_id
from schemas.questions import ANSWER, Answer
from schemas.topics import WHATIF_RESULTS
from stream_processors.clock import Clock
from stream_processors.database import questions
from stream_processors.database.claims import own_connection
from stream_processors.database.pool import Connection, Pool
from stream_processors.database.questions import Progress, Unsent
from stream_processors.database.statements import Output
from stream_processors.outputs.making import output
from stream_processors.outputs.sending import Sender
from stream_processors.questions.process import handed_down
from stream_processors.world import in_place

log = logging.getLogger(__name__)

LOOK_AGAIN_S = 0.5
MOST_ATTEMPTS = 3
"""Begun so often and never ended by itself: the command is answered as failed, and the others get their turn."""


@dataclass
class Questions:
    url: str
    pool: Pool
    sender: Sender
    clock: Clock

    async def run(self) -> None:
        """For ever."""
        while True:
            await self.tell_answers()
            if not await in_place("questions", self._run_next):
                await asyncio.sleep(LOOK_AGAIN_S)

    async def tell_answers(self) -> None:
        """What is stored and was not sent; after a crash the same bytes again."""
        unsent = await in_place("answers of questions", self._unsent)
        if unsent:
            await self.sender.send([_told(one) for one in unsent])
            await in_place("answers of questions", lambda: self._mark_sent(unsent))

    async def _unsent(self) -> list[Unsent]:
        async with self.pool.acquire() as connection:
            return await questions.unsent(connection)

    async def _mark_sent(self, sent: list[Unsent]) -> None:
        async with self.pool.acquire() as connection:
            await questions.mark_sent(connection, [one.command_id for one in sent])

    async def _run_next(self) -> bool:
        """True when one was run; the claim is held on a connection of its own for as long."""
        async with self.pool.acquire() as connection:
            waiting = await questions.waiting(connection)
        if not waiting:
            return False
        async with own_connection(self.url, "chotxanh-question-claim") as desk:
            for command_id in waiting:
                if await questions.claim(desk, command_id):
                    await self._run_one(desk, command_id)
                    return True
        return False

    async def _run_one(self, desk: Connection, command_id: UUID) -> None:
        times = await questions.begin(desk, command_id)
        if times is None:
            return
        if times > MOST_ATTEMPTS:
            log.critical("OUR FAULT: a question never came to its end", extra={"command": str(command_id)})
            await self._fail(desk, command_id)
            return
        log.info("a question begins", extra={"command": str(command_id), "attempt": times})
        status = await self._watched(desk, command_id)
        if status == os.EX_TEMPFAIL:
            await questions.forget_attempt(desk, command_id)
        log.info("a question ended", extra={"command": str(command_id), "status": status})

    async def _fail(self, desk: Connection, command_id: UUID) -> None:
        said = Answer(state="failed", reason="OUR_FAULT")
        await questions.answer(desk, command_id, said, at=self.clock.now())

    async def _watched(self, desk: Connection, command_id: UUID) -> int:
        """The child's exit status. Its progress is told as it comes; it never outlives us."""
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "stream_processors", "answer", str(command_id), "--parent", str(os.getpid())),
            env=_environment(self.url, os.environ),
        )
        told: Progress | None = None
        try:
            while child.returncode is None:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(child.wait(), LOOK_AGAIN_S)
                progress = await questions.progress_of(desk, command_id)
                if progress != told and child.returncode is None:
                    await self.sender.send([_progress(command_id, progress, self.clock)])
                told = progress
            return child.returncode
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()


def _environment(url: str, ours: Mapping[str, str]) -> dict[str, str]:
    given = handed_down(ours)
    return {**given, "CHOTXANH_DATABASE_URL": url, "OMP_NUM_THREADS": "1"}


def _progress(command_id: UUID, progress: Progress, clock: Clock) -> Output:
    """Said in passing: it may be lost, or said again under another id."""
    said = Answer(state="running", crossings=progress.crossings)
    event = CommandAnswered(
        event_id=uuid4(),
        occurred_at=clock.now(),
        command_id=command_id,
        done=False,
        progress=progress.progress,
        result={ANSWER: said.model_dump(mode="json")},
    )
    return output(WHATIF_RESULTS, event, cause=command_id, id_=event.event_id)


def _told(one: Unsent) -> Output:
    event = CommandAnswered(
        event_id=derived_id("answer", one.command_id),
        occurred_at=one.answered_at,
        command_id=one.command_id,
        done=True,
        progress=100,
        result={ANSWER: one.answer},
    )
    return output(WHATIF_RESULTS, event, cause=one.command_id, id_=event.event_id)
