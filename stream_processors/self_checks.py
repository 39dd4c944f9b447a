"""Says what is found out about ourselves: which timers are put aside, which stations' heads do not agree.

Compares what stands with what was said, so whatever ends it (a command, another deadline, retention) is told, and
nothing is told twice. What is said goes out with the outputs that are held, whoever of the workers sends it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from schemas.events.base import RevisedEvent
from schemas.events.self_checks import ChainHeadWrong, TimerPutAside
from schemas.ids import derived_id
from schemas.topics import SELF_CHECKS
from stream_processors.clock import Clock
from stream_processors.database import heads, self_checks, statements, timers
from stream_processors.database.heads import WrongHeads
from stream_processors.database.pool import Connection, Pool
from stream_processors.database.timers import PutAside
from stream_processors.judging.self_checks import over, to_say
from stream_processors.outputs.making import output
from stream_processors.world import in_place

EVERY_S = 15.0
R = TypeVar("R", bound=RevisedEvent)


@dataclass
class SelfChecks:
    pool: Pool
    clock: Clock

    async def run(self) -> None:
        """For ever."""
        while True:
            await self.once()
            await asyncio.sleep(EVERY_S)

    async def once(self) -> None:
        await in_place("self-checks", self._say_what_stands)

    async def _say_what_stands(self) -> None:
        at = self.clock.now()
        async with self.pool.acquire() as connection, connection.transaction():
            if not await self_checks.turn_taken(connection):
                return
            aside = await timers.put_aside_now(connection, most=None)
            wrong = await heads.wrong_by_station(connection)
            await _say_all(connection, TimerPutAside, [_timer(one, at) for one in aside], at)
            await _say_all(connection, ChainHeadWrong, [_head(one, at) for one in wrong], at)


async def _say_all(connection: Connection, model: type[R], standing: Sequence[R], at: datetime) -> None:
    """``standing`` is all of this kind; what was said to stand and is not among it is over."""
    ended = over(await self_checks.in_force(connection, model), standing, at=at)
    await say(connection, model, standing)
    await _keep(connection, ended)


async def say(connection: Connection, model: type[R], events: Sequence[R]) -> dict[R, R | None]:
    """Keep what is new of it and have it sent, with what was said of each before. The caller has the turn."""
    former = await self_checks.said(connection, model, [one.event_id for one in events]) if events else {}
    new = [found for one in events if (found := to_say(former.get(one.event_id), one)) is not None]
    await _keep(connection, new)
    return {one: former.get(one.event_id) for one in new}


async def _keep(connection: Connection, events: Sequence[RevisedEvent]) -> None:
    await self_checks.keep(connection, events)
    outputs = [
        output(
            SELF_CHECKS,
            one,
            cause=one.event_id,
            id_=derived_id("output", one.type_name, one.event_id, one.revision),
        )
        for one in events
    ]
    await statements.store_outputs(connection, outputs, held=True)


def _timer(one: PutAside, at: datetime) -> TimerPutAside:
    return TimerPutAside(
        event_id=derived_id("timer-put-aside", one.crossing_id, one.kind),
        occurred_at=at,
        revision=1,
        crossing_id=one.crossing_id,
        kind=one.kind,
        deadline=one.deadline,
        put_aside_at=one.at,
        station_id=one.station_id,
        post_id=one.post_id,
    )


def _head(one: WrongHeads, at: datetime) -> ChainHeadWrong:
    return ChainHeadWrong(
        event_id=derived_id("chain-head-wrong", one.station_id, one.enrolment, one.because),
        occurred_at=at,
        revision=1,
        station_id=one.station_id,
        enrolment=one.enrolment,
        post_id=one.post_id,
        because=one.because,
        number=one.number,
        since=one.since,
        last_hour=one.last_at.replace(minute=0, second=0, microsecond=0),
    )
