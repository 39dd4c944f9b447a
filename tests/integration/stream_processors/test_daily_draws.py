"""The draws of past days are repeated without being asked, once a day by one worker, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta

import pytest

from schemas.events.self_checks import DrawsRepeated, Unlike
from schemas.trust.chain import station_key
from stream_processors import daily_draws
from stream_processors.daily_draws import MOST_TIMES, DailyDraws, look_at_due_days
from stream_processors.database.claims import claim, own_connection
from stream_processors.judging.draws_due import AGAIN_FOR
from stream_processors.seen import metrics
from tests.integration.stream_processors.held_outputs import held
from tests.integration.stream_processors.province import crossing_id_of
from tests.integration.stream_processors.test_draws_on_database import (
    YESTERDAY,
    ZONE,
    bridge,
    closed,
    given_up,
)
from tests.integration.stream_processors.test_timer_that_ends_the_process import alarms

__all__ = ["bridge"]

DAY = timedelta(days=1)
MORNING = datetime.combine((YESTERDAY + DAY).date(), datetime.min.time(), ZONE).astimezone(UTC) + timedelta(
    hours=4
)
"""Of today: yesterday and the day before it are over."""


@pytest.fixture
def look(judge, migrated, centre):
    async def look(now=MORNING):
        async with own_connection(migrated, "test") as connection:
            return await look_at_due_days(
                connection,
                lambda station_id, enrolment: station_key(centre.master, station_id, enrolment),
                now=now,
            )

    return look


def a_worker(judge, url, keys_folder):
    return DailyDraws(url, keys_folder, judge.pool, judge.clock, judge.batches.intake.in_force)


async def said_of(judge, day=YESTERDAY):
    return [one for one in await held(judge, DrawsRepeated) if one.day == day.date()]


async def test_a_day_in_order_is_said_to_be_and_one_that_is_not_with_station_post_and_counter(
    judge, bridge, look, caplog
):
    turned = closed(bridge, 2, turned=True)
    await judge.takes(closed(bridge, 1), turned, given_up(bridge, 5))
    with caplog.at_level(logging.CRITICAL):
        assert await look() == [(YESTERDAY - DAY).date(), YESTERDAY.date()]
    (before,) = await said_of(judge, YESTERDAY - DAY)
    assert (before.in_order, before.draws, before.all_counters_known) == (True, 1, False)
    (said,) = await said_of(judge)
    assert (said.in_order, said.draws, said.abandoned) == (False, 3, 1)
    told = [(one.what, one.station_id, one.post_id, one.counter, one.until, one.crossing_id) for one in said.told]
    assert told == [
        (Unlike.DRAW_DIFFERS, "rach-mieu-1", "rach-mieu", 2, None, crossing_id_of(turned)),
        (Unlike.COUNTER_MISSING, "rach-mieu-1", "rach-mieu", 3, 4, None),
    ]
    assert len(alarms(caplog)) == 1


async def test_a_day_is_looked_at_once_a_day_and_said_with_a_new_revision(judge, bridge, look, caplog):
    await judge.takes(closed(bridge, 1, turned=True))
    with caplog.at_level(logging.CRITICAL):
        await look()
        assert await look() == []
        assert await look(MORNING + DAY) == [(YESTERDAY - DAY).date(), YESTERDAY.date()]
    first, second = await said_of(judge)
    assert (first.event_id, first.revision, second.revision) == (second.event_id, 1, 2)
    assert first.told == second.told
    assert len(alarms(caplog)) == 1  # the same is told once


async def test_a_late_crossing_is_looked_at_even_when_nothing_was_waited_for_any_more(judge, bridge, look):
    late = closed(bridge, 1)
    await judge.takes(closed(bridge, 2))
    await look()
    after = MORNING + AGAIN_FOR + 5 * DAY
    await look(after)
    assert await look(after + DAY) == []
    await judge.takes(late)
    assert await look(after + 2 * DAY) == [YESTERDAY.date()]
    said = await said_of(judge)
    assert [one.what for one in said[0].told] == [Unlike.COUNTER_ON_ITS_WAY]
    assert said[-1].told == ()


async def test_two_workers_look_once_and_a_restarted_one_not_again(judge, bridge, migrated, keys_folder):
    """The real child process, with the system's own keys."""
    done = metrics.DRAW_ROUNDS.labels("done")
    before = done._value.get()
    await judge.takes(closed(bridge, 1))
    judge.clock.later = max(timedelta(0), MORNING - judge.clock.now())
    workers = [a_worker(judge, migrated, keys_folder) for _ in range(2)]
    await asyncio.gather(*(one.once() for one in workers))
    for worker in (*workers, a_worker(judge, migrated, keys_folder)):
        await worker.once()
    (said,) = await said_of(judge)
    assert said.in_order
    assert await judge.pool.fetchval("SELECT count(*) FROM draw_rounds") == 1
    assert done._value.get() - before == 1


async def test_what_another_worker_holds_is_left_to_it_and_taken_over_when_it_dies(
    judge, bridge, migrated, keys_folder
):
    await judge.takes(closed(bridge, 1))
    judge.clock.later = max(timedelta(0), MORNING - judge.clock.now())
    worker = a_worker(judge, migrated, keys_folder)
    async with own_connection(migrated, "test") as other:
        assert await claim(other, "processors draws")
        await worker.once()
        assert await said_of(judge) == []
    async with asyncio.timeout(30):
        while not await said_of(judge):  # the database hears of the other's end a moment later
            await worker.once()


async def test_while_nothing_is_over_no_process_is_started(judge, bridge, migrated, keys_folder, monkeypatch):
    worker = a_worker(judge, migrated, keys_folder)
    monkeypatch.setattr(DailyDraws, "_in_child", None)  # would raise
    judge.clock.later = YESTERDAY - DAY - judge.clock.now()
    await worker.once()
    assert await held(judge, DrawsRepeated) == []


async def test_a_day_that_ends_the_process_again_and_again_is_said_and_the_others_are_looked_at(
    judge, bridge, look, monkeypatch, caplog
):
    await judge.takes(closed(bridge, 1))
    repeat = daily_draws.draws.repeat

    async def ends(connection, day, *rest, **more):
        if day == (YESTERDAY - DAY).date():
            raise RuntimeError
        return await repeat(connection, day, *rest, **more)

    monkeypatch.setattr(daily_draws.draws, "repeat", ends)
    for _ in range(MOST_TIMES):
        with pytest.raises(RuntimeError):
            await look()
    with caplog.at_level(logging.CRITICAL):
        await look()
    assert "OUR FAULT" in alarms(caplog)[0]
    (failed,) = await said_of(judge, YESTERDAY - DAY)
    assert (failed.failed, failed.in_order) == (True, False)
    assert [one.in_order for one in await said_of(judge)] == [True]
    with pytest.raises(RuntimeError):  # the day after it is tried once more
        await look(MORNING + DAY)
    await look(MORNING + DAY)
    monkeypatch.setattr(daily_draws.draws, "repeat", repeat)
    await look(MORNING + 2 * DAY)
    assert [one.failed for one in await said_of(judge, YESTERDAY - DAY)] == [True, True, False]
