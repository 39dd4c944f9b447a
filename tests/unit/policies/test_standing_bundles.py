"""Which bundles are in force or to come, until when, and which of them a later limit forbids."""

from __future__ import annotations

from datetime import timedelta

import pytest

from schemas.policy.limits import Limits
from services.policies.standing import breaking, standing
from tests.builders import NOON, a_policy

DAY = timedelta(days=1)
FORMER = a_policy(policy_id="a", version=1, effective_at=NOON - 2 * DAY)
NOW = a_policy(policy_id="a", version=2, effective_at=NOON - DAY)
SOON = a_policy(policy_id="b", version=1, effective_at=NOON + DAY)
PILOT = a_policy(
    policy_id="p", version=1, effective_at=NOON - DAY, areas=("rach-mieu",), ends_at=NOON + timedelta(hours=1)
)


def names(*policies, at=NOON):
    return [(one.policy.policy_id, one.policy.version, one.until) for one in standing(policies, at)]


def test_in_force_or_to_come_and_until_when():
    assert names(SOON, FORMER, NOW) == [("a", 2, NOON + DAY), ("b", 1, None)]
    assert names(SOON, FORMER, NOW, at=NOON + DAY) == [("b", 1, None)]


@pytest.mark.parametrize(("before", "there"), [(timedelta(seconds=1), True), (timedelta(0), False)])
def test_a_pilot_stands_until_it_ends_and_ends_nothing_elsewhere(before, there):
    found = names(NOW, PILOT, at=NOON + timedelta(hours=1) - before)
    assert ("a", 2, None) in found
    assert (("p", 1, NOON + timedelta(hours=1)) in found) is there


def test_a_version_that_was_overtaken_before_it_took_effect_never_comes():
    hasty = a_policy(policy_id="b", version=2, effective_at=NOON + DAY)
    assert names(NOW, SOON, hasty) == [("a", 2, NOON + DAY), ("b", 2, None)]


def test_a_limit_names_only_who_breaks_it_while_both_are_in_force():
    ban = {"code": "NO_TRUCKS", "about": "crossing", "when": {"vehicle_classes": ["truck"]}, "logic": False,
           "sentence": {"vi": "cấm", "en": "no trucks"}}  # fmt: skip
    codes = ({"code": "NO_TRUCKS", "outcome": "turn_back"},)
    today = a_policy(policy_id="a", version=2, effective_at=NOON - DAY, acceptance=(ban,), codes=codes)
    limits = {
        "limits_id": "1", "version": 1, "document": "NQ", "issuer": "CP", "effective_at": NOON,
        "limits": [{"code": "GOODS", "sentence": {"vi": "g", "en": "g"},
                    "trial": {"vehicle_classes": ["truck"], "card": True, "test_hours": 1},
                    "never_outcomes": ["turn_back"]}],
    }  # fmt: skip
    now = Limits.model_validate(limits)
    later = Limits.model_validate(limits | {"effective_at": NOON + DAY})
    assert [policy.policy_id for policy, _ in breaking([today, SOON], now, NOON)] == ["a"]
    assert breaking([today, SOON], later, NOON) == ()  # replaced by then
    assert [policy.policy_id for policy, _ in breaking([today], later, NOON)] == ["a"]
