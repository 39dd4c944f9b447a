"""What is found out about ourselves is said once, and over when it is over; on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas.events.operations import CommandGiven
from schemas.events.self_checks import ChainHeadWrong, TimerPutAside
from schemas.timers_to_try import AsideTimer, TimersToTry
from schemas.topics import COMMANDS, cloud_event_headers, encode
from schemas.words import FactState
from stream_processors.intake.records import RawRecord
from stream_processors.self_checks import SelfChecks
from tests.integration.stream_processors.held_outputs import held
from tests.integration.stream_processors.province import now
from tests.integration.stream_processors.test_chain_heads_on_database import head_of, key
from tests.integration.stream_processors.test_timer_that_ends_the_process import (
    LIVES,
    all_fire,
    answer,
    due,
    left,
    lives,
)

__all__ = ["due", "key"]


@pytest.fixture
def checks(judge):
    return SelfChecks(judge.pool, judge.clock)


@pytest.fixture
async def aside(judge, due, checks):
    """The second of the three timers was put aside, and that was said."""
    ids, _, mended = due
    await lives(judge, LIVES)
    await all_fire(judge)
    await checks.once()
    (said,) = await held(judge, TimerPutAside)
    return ids[1], mended, said


def try_again(*said: TimerPutAside):
    seen = tuple(
        AsideTimer(crossing_id=one.crossing_id, kind=one.kind, put_aside_at=one.put_aside_at) for one in said
    )
    command = CommandGiven(
        event_id=uuid4(),
        occurred_at=now(),
        command="try_again",
        by="truc",
        arguments=TimersToTry(timers=seen).arguments(),
    )
    key, value, _ = encode(COMMANDS, command)
    return RawRecord(COMMANDS.name, 0, 0, key, value, tuple(cloud_event_headers(command)))


async def test_a_timer_put_aside_is_said_once_by_several_workers_with_where_it_is(judge, aside, checks):
    crossing_id, _, said = aside
    assert (said.crossing_id, said.kind, said.station_id, said.post_id) == (
        crossing_id,
        "decision",
        "rach-mieu-1",
        "rach-mieu",
    )
    assert (said.revision, said.state) == (1, FactState.IN_FORCE)
    await asyncio.gather(*(SelfChecks(judge.pool, judge.clock).once() for _ in range(3)))  # restarted, too
    assert await held(judge, TimerPutAside) == [said]


async def test_the_command_has_those_that_were_seen_tried_again_and_they_are_over(judge, aside, checks):
    _, mended, said = aside
    mended()
    await judge.takes(try_again(said))
    await checks.once()
    over = (await held(judge, TimerPutAside))[-1]
    assert (over.event_id, over.revision, over.state) == (said.event_id, 2, FactState.WITHDRAWN)
    assert await judge.timing.fire_due() == 1
    assert await left(judge) == {}
    await checks.once()
    assert len(await held(judge, TimerPutAside)) == 2


async def test_a_command_that_comes_again_does_not_try_what_was_put_aside_anew(judge, aside, checks):
    crossing_id, _, said = aside
    command = try_again(said)
    await judge.takes(command)
    await judge.takes(command)
    await lives(judge, LIVES)  # not mended: it ends the process as before
    await all_fire(judge)
    await checks.once()
    again = (await held(judge, TimerPutAside))[-1]
    assert (again.state, again.revision) == (FactState.IN_FORCE, 2)  # nobody looked in between
    assert again.put_aside_at > said.put_aside_at
    await judge.takes(command, try_again(said))
    assert await left(judge) == {crossing_id: (LIVES + 1, True)}
    await judge.takes(try_again(again))
    assert await left(judge) == {crossing_id: (0, False)}


async def test_whatever_takes_a_timer_away_is_told(judge, aside, checks, migrated):
    assert await answer(migrated, "try-again") == ["stream_processors: 1 timers are due again"]
    await checks.once()
    assert [one.state for one in await held(judge, TimerPutAside)] == [FactState.IN_FORCE, FactState.WITHDRAWN]


async def test_a_command_of_this_kind_is_no_question(judge, aside):
    _, _, said = aside
    await judge.takes(try_again(said))
    assert await judge.pool.fetchval("SELECT count(*) FROM questions") == 0
    assert judge.dead_letters() == []


async def test_wrong_heads_are_said_once_for_each_station_and_way_however_many_come(judge, province, key, checks):
    station = province["rach-mieu"]
    for _ in range(3):
        await judge.takes(station.crossing())
        await judge.takes(station.heartbeat(**head_of(station, Ed25519PrivateKey.generate())))
    await judge.timing.check_heads()
    await checks.once()
    await checks.once()
    (said,) = await held(judge, ChainHeadWrong)
    assert (said.station_id, said.enrolment, said.post_id) == ("rach-mieu-1", 1, "rach-mieu")
    assert (said.because, said.number) == ("signature_wrong", 1)
    assert said.last_hour <= said.since + timedelta(hours=1)


async def test_while_nothing_is_wrong_nothing_is_said(judge, province, key, checks):
    station = province["rach-mieu"]
    await judge.takes(station.crossing())
    await judge.takes(station.heartbeat(**head_of(station, key)))
    await judge.timing.check_heads()
    await checks.once()
    assert await held(judge, ChainHeadWrong) == []
