"""A timer whose judging ends the process again and again is put aside, loudly; the others go on."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from datetime import timedelta

import pytest

from stream_processors.batches import MOST_TIMES_ALONE
from stream_processors.database import timers
from stream_processors.database.timers import LEASE
from stream_processors.database.writing import write
from stream_processors.timing import MOST_TIMES_TOGETHER, PATIENCE
from tests.integration.stream_processors.province import crossing_id_of, now
from tests.integration.stream_processors.test_timers_on_database import of_truck

HOUR = timedelta(hours=1)
LIVES = MOST_TIMES_TOGETHER + MOST_TIMES_ALONE
"""So often it may end the process before it is put aside."""


class TheProcessEnds(Exception):
    pass


@pytest.fixture
async def due(judge, province, monkeypatch):
    """Three crossings that nobody decided about; judging the deadline of the second ends the process."""
    bridge = province["rach-mieu"]
    crossings = [bridge.crossing(at=now() - 3 * HOUR, **of_truck(n)) for n in range(3)]
    await judge.takes(*crossings)
    ids = [crossing_id_of(one) for one in crossings]
    judging = judge.timing.judging
    begun, done = [], judging.judge_deadlines

    async def ends(crossing_ids):
        begun.append(set(crossing_ids))
        if ids[1] in crossing_ids:
            raise TheProcessEnds
        return await done(crossing_ids)

    monkeypatch.setattr(judging, "judge_deadlines", ends)
    judge.clock.later = PATIENCE + timedelta(minutes=1)
    return ids, begun, lambda: monkeypatch.setattr(judging, "judge_deadlines", done)


async def all_fire(judge):
    while await judge.timing.fire_due():
        pass


def alarms(caplog):
    return [one.message for one in caplog.records if one.levelno == logging.CRITICAL]


async def lives(judge, times):
    """Each begins when the lease of the one before is over."""
    for _ in range(times):
        with pytest.raises(TheProcessEnds):
            await all_fire(judge)
        judge.clock.later += LEASE + timedelta(seconds=1)


async def left(judge):
    async with judge.pool.acquire() as connection:
        rows = await connection.fetch("SELECT crossing_id, begun, put_aside_at IS NOT NULL AS aside FROM timers")
    return {row["crossing_id"]: (row["begun"], row["aside"]) for row in rows}


def undecided(judge):
    return {one.crossing_id for one in judge.verdicts() if one.counted.none_in_time}


async def test_it_is_put_aside_after_two_lives_alone_and_its_neighbours_fire(judge, due, caplog):
    ids, begun, _ = due
    await lives(judge, MOST_TIMES_TOGETHER)
    assert begun == [set(ids), set(ids)]
    assert undecided(judge) == set()
    await lives(judge, MOST_TIMES_ALONE)
    # What was begun with it was tried by itself as well.
    assert all(len(one) == 1 for one in begun[MOST_TIMES_TOGETHER:])
    assert begun.count({ids[1]}) == MOST_TIMES_ALONE
    with caplog.at_level(logging.CRITICAL):
        await all_fire(judge)
    assert ["OUR FAULT" in message for message in alarms(caplog)] == [True]
    assert await left(judge) == {ids[1]: (LIVES + 1, True)}
    assert undecided(judge) == {ids[0], ids[2]}


async def test_one_life_alone_less_and_it_is_not_put_aside(judge, due, caplog):
    ids, _, mended = due
    await lives(judge, LIVES - 1)
    mended()
    with caplog.at_level(logging.CRITICAL):
        await all_fire(judge)
    assert alarms(caplog) == []
    assert await left(judge) == {}
    assert undecided(judge) == set(ids)


async def test_a_timer_put_aside_rests_is_shown_and_fires_when_a_person_has_it_tried_again(judge, due, migrated):
    ids, _, mended = due
    await lives(judge, LIVES)
    await all_fire(judge)
    judge.clock.later += 400 * 24 * HOUR
    assert await judge.timing.fire_due() == 0
    said = await answer(migrated, "waiting")
    assert len(said) == 1
    assert said[0].startswith(f"decision of crossing {ids[1]}, due ")
    assert said[0].endswith("OUR FAULT")
    mended()
    assert await answer(migrated, "try-again") == ["stream_processors: 1 timers are due again"]
    assert await judge.timing.fire_due() == 1
    assert await left(judge) == {}
    assert ids[1] in undecided(judge)


async def test_another_deadline_of_the_same_crossing_is_a_timer_of_its_own(judge, due, province):
    ids, _, _ = due
    await lives(judge, LIVES)
    await all_fire(judge)
    async with judge.pool.acquire() as connection:
        (aside,) = await timers.put_aside_now(connection)
        wanted = {ids[1]: [timers.WantedTimer(aside.kind, aside.deadline)]}
        await write(connection, timers.kept([ids[1]], wanted, at=now()))
        assert await left(judge) == {ids[1]: (LIVES + 1, True)}
        wanted = {ids[1]: [timers.WantedTimer(aside.kind, aside.deadline + HOUR)]}
        await write(connection, timers.kept([ids[1]], wanted, at=now()))
    assert await left(judge) == {ids[1]: (0, False)}


async def answer(url, command):
    asked = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "stream_processors", command),
        env={**os.environ, "CHOTXANH_DATABASE_URL": url},
        stdout=asyncio.subprocess.PIPE,
    )
    return (await asked.communicate())[0].decode().splitlines()
