"""Simulated traffic whose truth is known, judged on a real PostgreSQL: each rule finds all of it and no more."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from checkpoint_agent.headless.officer import crossing_id_of
from deploy.demo.policy import demo_policy
from deploy.demo.posts import LANES, SIMULATED
from deploy.keys import KeyFolder, make_keys
from deploy.simulator.plan import plan
from deploy.simulator.plan_model import Case, Counts
from deploy.simulator.registry_stream import Registry
from deploy.simulator.stream import events_of, heartbeats_of
from schemas.events.verdict import VerdictReached
from stream_processors.database import timers
from stream_processors.draws import repeated
from stream_processors.intake.records import RawRecord
from stream_processors.intake.shell import TOPICS
from tests.integration.stream_processors.judge_on_database import JudgeOnDatabase, in_force

MORNING = datetime(2021, 10, 7, 0, 0, tzinfo=UTC)
AT_ONCE = 100
PLANTED_HERE = {"GL02", "GL03", "GL04", "GL08", "GL09", "GL11", "GL14", "GL15", "GL16", "GL17"}


def raw(records):
    return [
        RawRecord(one.topic, 0, 0, one.key, one.value, tuple(one.headers))
        for one in records
        if one.topic in TOPICS
    ]


@pytest.fixture
async def planted(migrated, tmp_path):
    """A plan, what must be known before it, what happened, and a judge with the keys of its province."""
    keys = KeyFolder(tmp_path / "simulated keys")
    make_keys(keys, SIMULATED)
    policy = demo_policy()
    drawn = plan(3, SIMULATED, policy, MORNING, MORNING + timedelta(hours=4), Counts.of(240))
    registry = Registry(keys, MORNING)
    known = raw(registry.records(drawn, SIMULATED, [policy]))
    happened = raw([*events_of(drawn, keys, [policy]), *map(registry.result, drawn.results)])
    judge = await JudgeOnDatabase.opened(migrated, keys.root)
    await judge.takes(*known)
    yield drawn, happened, judge
    await judge.close()


@pytest.mark.parametrize("shuffled", [False, True])
async def test_each_rule_finds_every_planted_case_and_accuses_nobody_else(planted, shuffled):
    drawn, happened, judge = planted
    if shuffled:
        random.Random(7).shuffle(happened)
    for start in range(0, len(happened), AT_ONCE):
        await judge.takes(*happened[start : start + AT_ONCE])
    assert judge.dead_letters() == []

    sheets = {crossing_id_of(one.station_id, one.sheet_id, one.opened_at): one for one in drawn.crossings}
    # A finding about two crossings hangs on the later one: its station and time say which.
    at = {(one.station_id, one.closed_at): one.sheet_id for one in drawn.crossings}
    found = Counter((one.code, at[one.station_id, one.seen_at]) for one in judge.findings())
    expected = Counter((code, one.sheet_id) for one in drawn.crossings for code in one.expected.findings)
    assert found == expected
    assert {code for code, _ in expected} >= PLANTED_HERE

    verdicts = {one.crossing_id: one for one in in_force(judge.said(VerdictReached, "verdicts."))}
    for crossing_id, planned in sheets.items():
        verdict = verdicts[crossing_id]
        assert verdict.outcome is planned.expected.verdict, planned.case
        assert set(verdict.reasons) >= set(planned.expected.reasons), planned.case
        if planned.case in (Case.CLEAN, Case.LAWFUL, Case.LAWFUL_WAY):
            assert (verdict.reasons, verdict.findings) == ((), ())


async def test_who_stays_inside_is_found_once_every_post_has_spoken_and_who_passed_through_is_not(
    migrated, tmp_path
):
    keys = KeyFolder(tmp_path / "simulated keys")
    make_keys(keys, LANES)
    policy = demo_policy()
    counts = Counts.only(stays_inside=2, lawful_way=3, clean=8)
    drawn = plan(3, LANES, policy, MORNING, MORNING + timedelta(hours=4), counts)
    judge = await JudgeOnDatabase.opened(migrated, keys.root)
    await judge.takes(*raw(Registry(keys, MORNING).records(drawn, LANES, [policy])))
    sent = list(events_of(drawn, keys, [policy]))
    await judge.takes(*raw(sent))
    ids = [lane.station_id for lane in LANES]
    late = MORNING + timedelta(hours=12)
    await judge.takes(*raw(heartbeats_of(keys, ids[:-1], sent, at=late)))
    await judge.fires()
    assert judge.findings() == []
    async with judge.pool.acquire() as connection:
        assert {one.waits_for for one in await timers.waiting(connection)} == {(LANES[-1].post_id,)}
    await judge.takes(*raw(heartbeats_of(keys, ids[-1:], sent, at=late)))
    await judge.fires()
    expected = {one.closed_at for one in drawn.crossings if one.case is Case.STAYS_INSIDE}
    assert len(expected) == 2
    assert {(one.code, one.seen_at) for one in judge.findings()} == {("GL10", at) for at in expected}
    assert {mark for one in in_force(judge.said(VerdictReached, "verdicts.")) for mark in one.marks} == set()
    await judge.close()


async def test_the_draws_of_simulated_stations_are_repeated_without_a_difference(planted, tmp_path):
    _, happened, judge = planted
    await judge.takes(*happened)
    key_of = judge.batches.intake.keys.verifying.station_key
    day = MORNING.date()
    async with judge.pool.acquire() as connection:
        days = [one async for one in repeated(connection, day, day, key_of, now=MORNING + timedelta(days=2))]
    assert days[0].draws > 100
    assert days[0].told == ()
