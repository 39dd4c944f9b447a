"""Fires what is due: keeps as a fact that an instant has passed, judges again, sends. And calls stations silent.

The fact is committed before anything is judged, as every fact is, so that of a timer and a record that meet on two
workers one sees the other. A worker that dies between leaves the timer to another, and its outputs are held until
they were sent. While nothing is due this is one look at an index.

What ends the process is found out as with records (batches.py): a timer whose judging was begun twice and not
finished is judged by itself, and put aside when that ends the process as well.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from stream_processors.batches import MOST_TIMES_ALONE
from stream_processors.clock import Clock
from stream_processors.database import heads, heard, statements, timers
from stream_processors.database.pool import Pool
from stream_processors.database.statements import Output
from stream_processors.database.timers import Due
from stream_processors.judging.context import DECISION_DEADLINE, Registry
from stream_processors.judging.heads import Head, HeadState, state_of
from stream_processors.judging.heard import not_heard_beyond
from stream_processors.judging_shell import Judging
from stream_processors.outputs.sending import Sender
from stream_processors.seen import metrics
from stream_processors.turns import Turns
from stream_processors.world import in_place

log = logging.getLogger(__name__)

LOOK_S = 1.0
PATIENCE = timedelta(minutes=10)
"""A decision may still be at its station. After this the crossing counts as let through, silent station or not."""
SILENT_LOOK_S = 15.0
MOST_TIMES_TOGETHER = 2
"""A timer that was begun this often and not finished is judged by itself: it may be what ended the process."""


@dataclass
class Timing:
    pool: Pool
    clock: Clock
    judging: Judging
    sender: Sender
    turns: Turns = field(default_factory=Turns)
    """Shared with the batches: what ends the process here is not to count against a record."""

    async def run(self) -> None:
        """For ever."""
        looked_s = -SILENT_LOOK_S
        while True:
            if not await self.fire_due():
                await asyncio.sleep(LOOK_S)
            now_s = asyncio.get_running_loop().time()
            if now_s - looked_s >= SILENT_LOOK_S:
                await self.call_silent()
                await self.check_heads()
                looked_s = now_s

    async def fire_due(self) -> int:
        """How many were found to have passed. What they make known is judged and sent when this returns."""
        async with self.turns.together():
            passed = await in_place("timers", self._found_passed)
            await self._judge([one for one in passed if one.begun < MOST_TIMES_TOGETHER])
        for one in passed:
            if one.begun >= MOST_TIMES_TOGETHER:
                async with self.turns.alone():
                    await self._judge_alone(one)
        return len(passed)

    async def _judge(self, fired: Sequence[Due]) -> None:
        if fired:
            outputs = await self.judging.judge_deadlines(sorted({one.crossing_id for one in fired}))
            await self._send(outputs)
            log.info("timers fired", extra={"timers": len(fired), "outputs": len(outputs)})

    async def _judge_alone(self, one: Due) -> None:
        times = await in_place("timers", lambda: self._begin_alone(one))
        if not times:
            return  # another worker finished it meanwhile
        if times <= MOST_TIMES_TOGETHER + MOST_TIMES_ALONE:
            log.warning("a timer did not get judged twice: judged by itself", extra={"timer": one.kind})
            await self._judge([one])
            return
        # The alarm: this is a bug of ours, and a deadline waits aside for its fix.
        log.critical(
            "OUR FAULT: a timer ended the process again and again and is put aside",
            extra={"timer": one.kind, "crossing_id": str(one.crossing_id)},
        )
        metrics.TIMERS_PUT_ASIDE.labels(one.kind).inc()
        await in_place("timers", lambda: self._put_aside(one))

    async def _begin_alone(self, one: Due) -> int:
        async with self.pool.acquire() as connection:
            return await timers.begin_alone(connection, one, at=self.clock.now())

    async def _put_aside(self, one: Due) -> None:
        async with self.pool.acquire() as connection:
            await timers.put_aside(connection, one, at=self.clock.now())

    async def call_silent(self) -> None:
        """Said once for each silence; heartbeats end it."""
        silent = await in_place("silent stations", self._silent)
        if silent:
            log.warning("stations are silent", extra={"stations": silent})

    async def check_heads(self) -> None:
        """What stations signed of their chains, beside what stands here. Whatever does not agree is told once."""
        for head, state in (await in_place("chain heads", self._heads_that_are_wrong)).items():
            metrics.HEADS_WRONG.labels(state.value).inc()
            log.critical(
                "the signed head of a station's chain does not agree",
                extra={"station": head.station_id, "number": head.number, "because": state.value},
            )

    async def _heads_that_are_wrong(self) -> Mapping[Head, HeadState]:
        async with self.pool.acquire() as connection:
            await self.judging.in_force.refresh(connection)
            stations = self.judging.in_force.registry.stations
            async with connection.transaction():
                found = await heads.to_check(connection)
                states = {head: state_of(head, stations, stands) for head, stands in found}
                await heads.checked(
                    connection, {one: state for one, state in states.items() if state != one.state}
                )
        return heads.told(states)

    async def _found_passed(self) -> list[Due]:
        at = self.clock.now()
        async with self.pool.acquire() as connection:
            if not await timers.any_due(connection, at=at):
                return []
            async with connection.transaction():
                await self.judging.in_force.refresh(connection)
                due = await timers.claim_due(connection, at=at)
                until = await heard.heard_until(connection)
                waits = {one: _waits_for(one, until, self.judging.in_force.registry, at) for one in due}
                passed = [one for one in due if not waits[one]]
                await timers.found_passed(connection, passed, at=at, count_below=MOST_TIMES_TOGETHER)
                await timers.wait_on(connection, {one: posts for one, posts in waits.items() if posts}, at=at)
        return passed

    async def _send(self, outputs: Sequence[Output]) -> None:
        unsent = {one.output_id for one in (await self.sender.send(outputs)).no_topic}
        gone = [one for one in outputs if one.output_id not in unsent]
        if gone:
            await in_place("outputs of timers", lambda: self._release(gone))

    async def _release(self, outputs: Sequence[Output]) -> None:
        async with self.pool.acquire() as connection:
            await statements.release(connection, outputs)

    async def _silent(self) -> list[str]:
        async with self.pool.acquire() as connection:
            await self.judging.in_force.refresh(connection)
            await heard.forget_proven(connection)
            since = self.clock.now() - self.judging.in_force.silent_after()
            return await heard.call_silent(connection, heard_before=since)


def _waits_for(
    due: Due, until: Mapping[tuple[str, int], datetime], registry: Registry, at: datetime
) -> tuple[str, ...]:
    """The posts that stand in its way; none for what was found before and is only to be judged."""
    if due.fired:
        return ()
    if due.kind != DECISION_DEADLINE:
        return not_heard_beyond(due.posts, due.deadline, registry.stations, until)
    if at >= due.set_at + PATIENCE:
        return ()
    mine = [one for one in registry.stations if one.station_id == due.station_id]
    return not_heard_beyond({one.post_id for one in mine}, due.deadline, mine, until)
