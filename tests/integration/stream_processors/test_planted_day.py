"""A day whose truth is known, on a real PostgreSQL: every rule of the catalogue, and what only looks like it."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

import pytest

from deploy.demo.policy import demo_policy
from deploy.demo.posts import LANES
from deploy.keys import KeyFolder, make_keys
from deploy.simulator.plan import plan
from deploy.simulator.plan_model import Counts
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
