"""What-ifs on a real PostgreSQL: what they find, that they change nothing, and who runs them."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import sys
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from schemas.events.operations import CommandAnswered, CommandGiven
from schemas.policy.policy import TestDemand
from schemas.questions import ASKED, STOPS, answer_in
from schemas.topics import COMMANDS, WHATIF_RESULTS, encode
from schemas.whatif import WhatIfAnswer, WhatIfAsked
from schemas.words import Direction, Outcome, VehicleClass
from stream_processors.clock import SystemClock
from stream_processors.database import questions
from stream_processors.intake.records import RawRecord
from stream_processors.questions import desk
from stream_processors.questions.child import answer_question
from stream_processors.questions.desk import Questions
from stream_processors.questions.snapshot import Period, snapshot
from stream_processors.whatif import halves, reading
from tests.builders import DRIVER, a_green_lane_reading, a_policy, green_lane_claims
from tests.integration.stream_processors.province import crossing_id_of, now

DAY = timedelta(days=1)
MOTORBIKES_NEED_A_TEST = (TestDemand(directions=(Direction.OUT,), vehicle_classes=(VehicleClass.MOTORBIKE,)),)


def leaving(station, vehicle=0, **changes):
    """A vehicle with its own pass and driver; nobody asks a test of who leaves, so it is let through."""
    reading = a_green_lane_reading(valid_from=now() - 5 * DAY, valid_until=now() + 5 * DAY)
    plate, person = f"71C-{100 + vehicle}.45", DRIVER.model_copy(update={"number": f"0830900{vehicle:05d}"})
    claims = green_lane_claims(plate=plate, pass_number=f"BT-{vehicle:06d}", crew=(person,))
    return station.crossing(
        **{"readings": (reading,), "direction": Direction.OUT, "plate": plate, "person": person} | changes,
        inside={"claims": (claims,)},
    )


def a_draft(**changes):
    return a_policy(**{"version": 2, "test_demands": MOTORBIKES_NEED_A_TEST} | changes)


def record_of(command):
    key, value, headers = encode(COMMANDS, command)
    return RawRecord(COMMANDS.name, 0, 0, key, value, tuple(headers))


def a_whatif(draft=None, *, begins_at=None, ends_at=None):
    asked = WhatIfAsked(
        policy=draft or a_draft(), begins_at=begins_at or now() - DAY, ends_at=ends_at or now() + DAY
    )
    return CommandGiven(
        event_id=uuid4(),
        occurred_at=now(),
        command="what_if",
        by="chi-huy",
        arguments={ASKED: asked.model_dump(mode="json")},
    )


def a_stop(command):
    arguments = {STOPS: str(command.event_id)}
    return CommandGiven(event_id=uuid4(), occurred_at=now(), command="stop", by="chi-huy", arguments=arguments)


async def everything(judge):
    """Rows and a checksum of each table but that of the what-ifs and of the facts that asked for them."""
    async with judge.pool.acquire() as connection:
        tables = await connection.fetch(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'processors'"
        )
        return {
            name: tuple(
                await connection.fetchrow(
                    f"SELECT count(*), md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {name} t"
                )
            )
            for row in tables
            if (name := row["table_name"]) != "questions"
        }


async def answered(judge, database, command):
    await answer_question(database, command.event_id, SystemClock())
    async with judge.pool.acquire() as connection:
        (one,) = [one for one in await questions.unsent(connection) if one.command_id == command.event_id]
    return WhatIfAnswer.model_validate_json(json.dumps(one.answer))


@pytest.fixture
async def motorbikes(judge, province):
    """Seven motorbikes and three trucks leave; all are let through."""
    station, other = province["rach-mieu"], province["co-chien"]
    bikes = [leaving(station, n, vehicle_class=VehicleClass.MOTORBIKE) for n in range(5)]
    bikes += [leaving(other, n, vehicle_class=VehicleClass.MOTORBIKE) for n in range(5, 7)]
    await judge.takes(*bikes, *(leaving(station, n) for n in range(7, 10)))
    assert {one.outcome for one in judge.verdicts()} == {Outcome.LET_THROUGH}
    return bikes


async def test_a_class_that_would_be_turned_back_is_counted_and_nothing_is_changed(judge, migrated, motorbikes):
    command = a_whatif()
    await judge.takes(record_of(command))
    judge.sent.clear()
    before = await everything(judge)
    answer = await answered(judge, migrated, command)
    assert await everything(judge) == before
    assert judge.sent == []
    comparison = answer.comparison
    assert (answer.state, comparison.crossings, comparison.changed) == ("done", 10, 7)
    (change,) = comparison.changes
    assert (change.before, change.after, change.verdicts) == (Outcome.LET_THROUGH, Outcome.TURN_BACK, 7)
    assert [(post.post_id, post.crossings, post.changed) for post in comparison.posts] == [
        ("co-chien", 2, 2),
        ("rach-mieu", 8, 5),
    ]
    assert [(rule.code, rule.decides, rule.verdicts) for rule in comparison.rules] == [("TS_NONE_SHOWN", True, 7)]
    assert {one.crossing_id for one in comparison.examples} <= {crossing_id_of(bike) for bike in motorbikes}


async def test_only_the_period_is_judged_its_end_excluded(judge, migrated, province):
    at = now() - timedelta(hours=5)
    station = province["rach-mieu"]
    await judge.takes(
        *(leaving(station, n, at=at + timedelta(hours=n)) for n in range(3)),
    )
    command = a_whatif(begins_at=at, ends_at=at + timedelta(hours=2))
    await judge.takes(record_of(command))
    comparison = (await answered(judge, migrated, command)).comparison
    assert (comparison.crossings, comparison.first_at) == (
        2,
        at.replace(microsecond=at.microsecond // 1000 * 1000),
    )


async def test_practice_and_what_never_happened_are_left_out(judge, migrated, province):
    station = province["rach-mieu"]
    never = leaving(station)
    await judge.takes(never, leaving(station, 1, practice=True))
    await judge.takes(station.correction(never, state="withdrawn"))
    command = a_whatif()
    await judge.takes(record_of(command))
    assert (await answered(judge, migrated, command)).comparison.crossings == 0


async def test_a_travel_time_of_the_draft_finds_the_earlier_crossing(judge, migrated, province):
    """The store is asked as far back as the draft looks, not only as the policy in force did."""
    first = leaving(province["rach-mieu"], at=now() - timedelta(hours=2))
    second = leaving(province["co-chien"], at=now())
    await judge.takes(first, second)
    travel = ({"between": ("rach-mieu", "co-chien"), "at_least": timedelta(hours=3)},)
    command = a_whatif(a_draft(test_demands=(), travel_times=travel))
    await judge.takes(record_of(command))
    comparison = (await answered(judge, migrated, command)).comparison
    assert [(rule.code, rule.verdicts) for rule in comparison.rules] == [("GL07", 1)]


async def test_chunks_cover_each_crossing_once_also_where_instants_are_equal(judge, migrated, province):
    at = now() - timedelta(hours=1)
    crossings = [leaving(province["rach-mieu"], n, at=at) for n in range(7)]
    await judge.takes(*crossings)
    async with snapshot(migrated) as store:
        registry = await reading.registry_of(store)
        period = Period(now() - DAY, now() + DAY)
        found = [
            known.facts.crossing_id
            async for chunk in reading.chunks(store, period, registry, size=3)
            for known, _ in chunk
        ]
    assert sorted(found) == sorted(crossing_id_of(one) for one in crossings)


async def test_a_long_whatif_is_shared_by_two_processes_that_say_what_one_says(
    judge, migrated, motorbikes, monkeypatch
):
    monkeypatch.setattr(halves, "WORTH_A_PROCESS", sys.maxsize)
    alone, together = a_whatif(), a_whatif()
    await judge.takes(record_of(alone))
    by_one = await answered(judge, migrated, alone)
    monkeypatch.setattr(halves, "WORTH_A_PROCESS", 1)
    monkeypatch.setattr(halves.os, "sched_getaffinity", lambda _: {0, 1})
    await judge.takes(record_of(together))
    by_two = await answered(judge, migrated, together)
    assert (by_two.state, by_two.crossings) == ("done", 10)
    assert by_two.comparison == by_one.comparison


async def test_a_half_that_is_killed_fails_the_whole_and_counts_nothing(migrated, judge, motorbikes):
    asked, period = WhatIfAsked(policy=a_draft(), begins_at=now() - DAY, ends_at=now()), Period(now() - DAY, now())
    async with snapshot(migrated) as store, halves.another_process(store, migrated, asked, period) as half:
        multiprocessing.active_children()[0].kill()
        with pytest.raises(RuntimeError, match="ended without an answer"):
            await half.tally()
    assert not multiprocessing.active_children()


async def test_nothing_can_be_written_through_the_snapshot(migrated):
    async with snapshot(migrated) as store:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await store.execute("UPDATE registry_changes SET times = times + 1")


async def test_a_stopped_whatif_says_so_and_compares_nothing(judge, migrated, motorbikes):
    command = a_whatif()
    await judge.takes(record_of(command), record_of(a_stop(command)))
    answer = await answered(judge, migrated, command)
    assert (answer.state, answer.comparison) == ("stopped", None)


async def test_a_draft_that_is_not_understood_fails_and_is_not_tried_again(judge, migrated):
    command = a_whatif().model_copy(update={"arguments": {ASKED: {"policy": {}}}})
    await judge.takes(record_of(command))
    answer = await answered(judge, migrated, command)
    assert (answer.state, answer.reason) == ("failed", "DRAFT_NOT_VALID")


@pytest.mark.parametrize("asked", [5, "a draft", [1], {"policy": "a\0b"}, None])
async def test_what_is_no_question_is_answered_as_such_and_buries_nothing(judge, migrated, asked):
    command = a_whatif().model_copy(update={"arguments": {ASKED: asked}})
    await judge.takes(record_of(command))
    answer = await answered(judge, migrated, command)
    assert (answer.state, judge.dead_letters()) == ("failed", [])


def answers(judge):
    events = [
        CommandAnswered.model_validate_json(one.value) for one in judge.sent if one.topic == WHATIF_RESULTS.name
    ]
    # Told at least once: the same answer has the same id.
    return list({one.event_id: answer_in(one.result, WhatIfAnswer) for one in events if one.done}.values())


async def run_until(work, done):
    async with asyncio.timeout(60):
        while not done():  # noqa: ASYNC110  a list that fills rings no bell
            await asyncio.sleep(0.05)
    for one in work:
        one.cancel()
    for one in work:
        with suppress(asyncio.CancelledError):
            await one


async def test_two_workers_answer_a_whatif_once(judge, migrated, motorbikes):
    command = a_whatif()
    await judge.takes(record_of(command))
    judge.sent.clear()
    work = [
        asyncio.create_task(Questions(migrated, judge.pool, judge.sender, SystemClock()).run()) for _ in range(2)
    ]
    await run_until(work, lambda: answers(judge))
    async with judge.pool.acquire() as connection:
        row = await connection.fetchrow("SELECT attempts, sent FROM questions")
    assert (len(answers(judge)), answers(judge)[0].state, row["attempts"]) == (1, "done", 1)


async def test_what_a_killed_worker_had_claimed_is_taken_over(judge, migrated, motorbikes):
    command = a_whatif()
    await judge.takes(record_of(command))
    killed = await asyncpg.connect(migrated, server_settings={"search_path": "processors"})
    assert await questions.claim(killed, command.event_id)
    await questions.begin(killed, command.event_id)
    work = asyncio.create_task(Questions(migrated, judge.pool, judge.sender, SystemClock()).run())
    await asyncio.sleep(1.2)
    assert answers(judge) == []
    killed.terminate()
    await run_until([work], lambda: answers(judge))
    assert [one.state for one in answers(judge)] == ["done"]


async def test_a_whatif_that_never_comes_to_its_end_fails_and_the_next_is_run(judge, migrated, motorbikes):
    stuck, next_one = a_whatif(), a_whatif()
    await judge.takes(record_of(stuck), record_of(next_one))
    async with judge.pool.acquire() as connection:
        for _ in range(desk.MOST_ATTEMPTS):
            await questions.begin(connection, stuck.event_id)
    work = asyncio.create_task(Questions(migrated, judge.pool, judge.sender, SystemClock()).run())
    await run_until([work], lambda: len(answers(judge)) == 2)
    assert sorted((one.state, one.reason) for one in answers(judge)) == [("done", None), ("failed", "OUR_FAULT")]


def test_the_child_is_given_no_key():
    given = desk._environment("postgresql://", {"PATH": "x", "CHOTXANH_KEYS": "keys", "CHOTXANH_KAFKA": "k"})
    assert sorted(given) == ["CHOTXANH_DATABASE_URL", "OMP_NUM_THREADS", "PATH"]
