"""A day whose truth is known, on a real PostgreSQL: every rule of the catalogue, and what only looks like it."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from deploy.demo.policy import demo_policy
from deploy.demo.posts import LANES
from deploy.keys import KeyFolder, make_keys
from deploy.simulator.plan import plan
from deploy.simulator.plan_model import JAMMED, OF_A_DAY, Case, Counts
from deploy.simulator.registry_stream import Registry
from deploy.simulator.stream import events_of, last_heard_of
from schemas.rules.codes import Rule
from tests.integration.stream_processors.judge_on_database import JudgeOnDatabase
from tests.integration.stream_processors.test_planted_and_found import AT_ONCE, MORNING, raw


@pytest.mark.parametrize("shuffled", [False, True])
async def test_every_rule_finds_what_was_planted_and_no_lawful_look_alike(migrated, tmp_path, shuffled):
    keys = KeyFolder(tmp_path / "simulated keys")
    make_keys(keys, LANES)
    policy = demo_policy()
    drawn = plan(3, LANES, policy, MORNING, MORNING + timedelta(hours=6), Counts.of_a_day(220))
    registry = Registry(keys, MORNING)
    sent = list(events_of(drawn, keys, [policy]))
    happened = raw([*sent, *map(registry.result, drawn.results)])
    judge = await JudgeOnDatabase.opened(migrated, keys.root)
    await judge.takes(*raw(registry.records(drawn, LANES, [policy])))
    if shuffled:
        random.Random(7).shuffle(happened)
    for start in range(0, len(happened), AT_ONCE):
        await judge.takes(*happened[start : start + AT_ONCE])
    await judge.takes(*raw(last_heard_of(keys, LANES, drawn, sent)))
    await judge.fires()
    assert judge.dead_letters() == []
    at = {(one.station_id, one.closed_at): one.sheet_id for one in drawn.crossings}
    found = Counter((one.code, at[one.station_id, one.seen_at]) for one in judge.findings())
    expected = Counter((code, one.sheet_id) for one in drawn.crossings for code in one.expected.findings)
    assert found == expected
    assert {code for code, _ in expected} == {rule.value for rule in Rule}
    await judge.close()


async def test_each_look_alike_is_lawful_by_what_explains_it_alone(migrated, tmp_path):
    """Without the notice, the order, the jam and the silence, the same trucks are found."""
    keys = KeyFolder(tmp_path / "simulated keys")
    make_keys(keys, LANES)
    policy = demo_policy()
    drawn = plan(3, LANES, policy, MORNING, MORNING + timedelta(hours=6), Counts.only(**OF_A_DAY, clean=160))
    arrived = sorted(
        (drawn.by_sheet[one.partner] for one in drawn.crossings if is_first_of(one, drawn, Case.LAWFUL_WAY)),
        key=lambda one: one.closed_at,
    )
    (closure,) = drawn.closures
    roads = {one.sheet_id: (drawn.by_sheet[one.partner].post_id, one.post_id) for one in arrived}
    (of_closure,) = [one for one in arrived if roads[one.sheet_id] == closure.posts and one.ordered_change is None]
    jammed = [one for one in arrived if Counter(roads.values())[roads[one.sheet_id]] == JAMMED]
    gone = {sheet for one in jammed[:-1] for sheet in (one.sheet_id, one.partner)}
    unexplained = replace(
        drawn,
        crossings=tuple(replace(one, ordered_change=None) for one in drawn.crossings if one.sheet_id not in gone),
        closures=(),
        silence=None,
    )
    judge = await JudgeOnDatabase.opened(migrated, keys.root)
    await judge.takes(*raw(Registry(keys, MORNING).records(unexplained, LANES, [policy])))
    sent = list(events_of(unexplained, keys, [policy]))
    await judge.takes(*raw(sent))
    await judge.takes(*raw(last_heard_of(keys, LANES, unexplained, sent)))
    await judge.fires()
    found = {(one.code, one.seen_at) for one in judge.findings()}
    assert {("GL12", of_closure.closed_at), ("GL12", jammed[-1].closed_at)} <= found
    assert Counter(code for code, _ in found) == {
        "GL10": OF_A_DAY["stays_inside"] + OF_A_DAY["exit_silent"],
        "GL12": OF_A_DAY["slow"] + 2,
        "GL02": 2 * OF_A_DAY["ordered_driver"],
    }
    await judge.close()


def is_first_of(one, drawn, case):
    return one.case is case and one.partner is not None and one.closed_at < drawn.by_sheet[one.partner].closed_at
