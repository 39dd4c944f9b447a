"""Limits from above, each with a bundle that keeps and one that breaks it; pilots, where and until when."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from schemas.policy.in_force import policy_at
from schemas.policy.limits import Limit, Limits
from schemas.policy.matters import AcceptanceRule, QuarantineRule
from schemas.policy.policy import CodeOutcome, TestDemand
from schemas.policy.when import Place, When
from schemas.rules.limits import check_limits
from schemas.words import Direction, Immunity, Outcome, PostMode, VehicleClass
from tests.builders import NOON, a_policy

SAY = {"vi": "Không cấm hàng hóa", "en": "goods are never banned"}
GOODS = {
    "code": "GOODS_NEVER_BANNED",
    "sentence": SAY,
    "trial": {"vehicle_classes": ["truck"], "card": True, "test_hours": 1},
    "never_outcomes": ["turn_back", "hold"],
}
NO_TEST_TO_MOVE = {
    "code": "NO_TEST_FOR_MOVING",
    "sentence": {"vi": "Không yêu cầu xét nghiệm khi đi lại", "en": "no test merely for moving"},
    "trial": {"vehicle_classes": ["motorbike"], "levels": [1, 2, 3], "directions": ["in"]},
    "never_codes": ["TS_NONE_SHOWN"],
}


def limits(*given, **changes):
    return Limits.model_validate(
        {
            "limits_id": "from-above",
            "version": 1,
            "document": "128/NQ-CP",
            "issuer": "Chính phủ",
            "effective_at": NOON - timedelta(days=9),
            "limits": given,
        }
        | changes
    )


def banning(when, outcome=Outcome.TURN_BACK):
    rule = AcceptanceRule(code="NO_TRUCKS", about="crossing", when=when, logic=False, sentence=SAY)
    return a_policy(acceptance=(rule,), codes=(*a_policy().codes, CodeOutcome(code="NO_TRUCKS", outcome=outcome)))


def broken(policy, *given, **changes):
    return [(one.field, one.limit.code) for one in check_limits(policy, [limits(*given, **changes)])]


def test_a_bundle_that_asks_for_papers_does_not_ban_goods():
    assert broken(a_policy(), GOODS) == []


@pytest.mark.parametrize(
    "when",
    [
        When(vehicle_classes=(VehicleClass.TRUCK,)),
        When(destination_levels=(4,)),  # at one level only
        When(origins=("79",)),  # from one province only
        When(posts=("co-chien",)),  # at one post only
        When(from_at=NOON + timedelta(days=3)),  # not from the beginning
        When(directions=(Direction.OUT,)),
    ],
)
def test_a_ban_on_goods_is_found_wherever_it_hides(when):
    assert broken(banning(when), GOODS) == [("acceptance.0", "GOODS_NEVER_BANNED")]


def test_what_is_only_checked_or_never_reached_is_no_ban():
    assert broken(banning(When(), Outcome.CHECK_MORE), GOODS) == []
    assert broken(banning(When(vehicle_classes=(VehicleClass.CAR,))), GOODS) == []


def test_a_limit_that_is_over_binds_nobody():
    over = {"effective_at": NOON - timedelta(days=50), "ends_at": NOON - timedelta(days=45)}
    assert broken(banning(When()), GOODS, **over) == []


def test_a_demand_that_a_higher_level_abolished_is_named():
    assert broken(a_policy(), NO_TEST_TO_MOVE) == [("test_demands", "NO_TEST_FOR_MOVING")]
    only_level_4 = a_policy(test_demands=(TestDemand(when=When(origin_levels=(4,))),))
    assert broken(only_level_4, NO_TEST_TO_MOVE) == []


@pytest.mark.parametrize(("days", "found"), [(13, [("quarantine", "AT_LEAST_14")]), (14, []), (21, [])])
def test_a_province_may_be_stricter_in_its_matrix_and_not_milder(days, found):
    limit = {
        "code": "AT_LEAST_14",
        "sentence": SAY,
        "trial": {"vehicle_classes": ["car"], "immunity": ["none"], "test_hours": 1},
        "quarantine_days_at_least": 14,
    }
    line = QuarantineRule(
        code="MEASURE_HOME",
        when=When(immunity=(Immunity.NONE,)),
        stages=({"where": "home", "days": days},),
        sentence=SAY,
    )
    mapped = (*a_policy().codes, CodeOutcome(code="MEASURE_HOME", outcome=None))
    assert broken(a_policy(quarantine=(line,), codes=mapped), limit) == found


def test_a_limit_that_limits_nothing_is_refused():
    with pytest.raises(ValidationError, match="limits nothing"):
        Limit.model_validate({"code": "NOTHING", "sentence": SAY, "trial": {"vehicle_classes": ["car"]}})


EVERYWHERE = a_policy(version=1, effective_at=NOON - timedelta(days=2))
PILOT = a_policy(
    policy_id="pilot", effective_at=NOON - timedelta(days=1), ends_at=NOON, areas=("co-chien", "28810", "83")
)
NEWER = a_policy(version=2, effective_at=NOON - timedelta(hours=1))


class Map:
    def level_of(self, unit, at):
        return None

    def is_within(self, unit, ancestor):
        return unit == ancestor or (unit, ancestor) == ("28873", "83")


@pytest.mark.parametrize(
    ("place", "policy"),
    [
        (None, NEWER),
        (Place(post_id="rach-mieu"), NEWER),
        (Place(post_id="co-chien", mode=PostMode.ROAD), PILOT),  # by post, though the other is newer
        (Place(post_id="rach-mieu", unit="28810"), PILOT),  # by commune
        (Place(post_id="dinh-khao", unit="28873"), PILOT),  # by what the commune lies in
        (Place(post_id="rach-mieu", unit="28804"), NEWER),
    ],
)
def test_a_pilot_is_in_force_in_its_areas_and_nowhere_else(place, policy):
    at = NOON - timedelta(milliseconds=1)
    assert policy_at([EVERYWHERE, PILOT, NEWER], at, place, Map()) is policy


def test_when_a_pilot_ends_what_is_in_force_elsewhere_is_in_force_there_again():
    assert policy_at([EVERYWHERE, PILOT, NEWER], NOON, Place(post_id="co-chien")) is NEWER


def test_only_a_pilot_ends_by_itself():
    with pytest.raises(ValidationError, match="only a pilot"):
        a_policy(ends_at=NOON + timedelta(days=1))
