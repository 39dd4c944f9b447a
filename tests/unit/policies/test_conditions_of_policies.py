"""``When``: each part on both sides, what nobody knows, and what a demand, a rule or an exemption makes of it."""

import pickle
from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from schemas.policy.matters import AcceptanceRule, Exemption, InspectionRate, Sentence
from schemas.policy.policy import CodeOutcome, Policy, TestDemand
from schemas.policy.when import Place, When
from schemas.rules.advice import advise
from schemas.rules.applying import applies
from schemas.rules.codes import Note, TestStatus
from schemas.rules.inspection import inspection_rate
from schemas.rules.placing import placed
from schemas.rules.tests_shown import test_shown as status_shown
from schemas.trust.draws import drawn, station_day_key
from schemas.words import CargoSpace, Direction, Outcome, PostMode, VehicleClass
from tests.builders import NOON, a_green_lane_reading, a_policy, a_test_reading, an_extension, facts

SAY = Sentence(vi="Câu đọc cho lái xe", en="what is read to the driver")
HERE = Place(post_id="rach-mieu", mode=PostMode.ROAD, unit="28810")
COMMUNE, DISTRICT, PROVINCE = "26740", "760", "79"


class City:
    """One commune of a district of a province at level 4."""

    def level_of(self, unit, at):
        return 4 if unit == COMMUNE and at >= NOON else None

    def is_within(self, unit, ancestor):
        return unit == ancestor or (unit == COMMUNE and ancestor in (DISTRICT, PROVINCE))


def asked(when, *, origin=COMMUNE, notices=(), **changes):
    policy = a_policy(test_demands=(TestDemand(when=when),))
    secrets = {"origin_unit": origin}
    return applies(
        when, placed(facts(secrets=secrets, **changes), policy, notices, place=HERE, areas=City()), policy
    )


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        (When(), True),  # empty is for everybody
        (When(origins=(COMMUNE,)), True),
        (When(origins=("89", PROVINCE)), True),  # what lies within counts, any of several will do
        (When(origins=("89",)), False),
        (When(origin_levels=(4,)), True),
        (When(origin_levels=(1, 2, 3)), False),
        (When(post_modes=(PostMode.ROAD,)), True),
        (When(post_modes=(PostMode.RIVER,)), False),
        (When(posts=("rach-mieu",)), True),
        (When(posts=("co-chien",)), False),
        (When(directions=(Direction.IN,), vehicle_classes=(VehicleClass.TRUCK,)), True),
        (When(directions=(Direction.IN,), vehicle_classes=(VehicleClass.CAR,)), False),  # all parts must hold
        (When(card_valid=True), True),
        (When(card_valid=False), False),
        (When(green_lane=True), True),
        (When(from_at=NOON), True),  # from that instant
        (When(from_at=NOON + timedelta(milliseconds=1)), False),
        (When(until_at=NOON), False),  # exclusive
        (When(until_at=NOON + timedelta(milliseconds=1)), True),
        (When(age_under=18), False),  # nobody in particular is asked about, so no age is known
    ],
)
def test_each_part_of_a_condition_must_hold(when, holds):
    assert asked(when) is holds


def test_what_nobody_knows_is_left_to_the_rule_itself():
    assert not asked(When(origins=(PROVINCE,)), origin=None)
    assert asked(When(origins=(PROVINCE,), applies_when_unknown=True), origin=None)
    assert not asked(When(origins=(PROVINCE,), posts=("co-chien",), applies_when_unknown=True), origin=None)


def test_a_level_is_that_of_the_crossings_own_time():
    before = {"occurred_at": NOON - timedelta(milliseconds=1)}
    assert not asked(When(origin_levels=(4,)), **before)


def test_a_card_is_in_force_by_law_and_not_only_by_what_is_printed():
    over = (a_green_lane_reading(valid_until=NOON, status="rejected", reason="PASS_EXPIRED"), a_test_reading(1))
    assert not asked(When(card_valid=True), readings=over)
    assert asked(When(card_valid=True), readings=over, notices=(an_extension(),))


def test_a_card_that_could_not_be_checked_is_neither_in_force_nor_not():
    unchecked = (a_green_lane_reading(status="could_not_check", reason="KEY_UNKNOWN"),)
    assert not asked(When(card_valid=True), readings=unchecked)
    assert not asked(When(card_valid=False), readings=unchecked)
    assert asked(When(card_valid=True, applies_when_unknown=True), readings=unchecked)


def test_a_demand_asks_only_those_it_is_for():
    policy = a_policy(test_demands=(TestDemand(when=When(origin_levels=(4,))),))
    for origin, status in ((COMMUNE, TestStatus.NONE_SHOWN), ("28810", TestStatus.NOT_ASKED)):
        crossing = facts(readings=(), secrets={"claims": (), "origin_unit": origin})
        crossing = placed(crossing, policy, areas=City())
        assert status_shown(crossing, crossing.occupants[0], policy) is status


def a_rule(logic, **changes):
    return AcceptanceRule.model_validate({"code": "RULE_FAILS", "logic": logic, "sentence": SAY} | changes)


def advised(policy, **changes):
    return advise(facts(**changes), policy, (), place=HERE, areas=City()).conclusion


def with_rule(rule, **changes):
    mapped = a_policy().codes
    return a_policy(
        acceptance=(rule,), codes=(*mapped, CodeOutcome(code="RULE_FAILS", outcome=Outcome.TURN_BACK)), **changes
    )


SAMPLED_TODAY = {"not-before": [{"var": "payload.tests.0.sampledAt"}, {"var": "external.startOfDay"}]}


def test_a_rule_that_fails_adds_its_code_to_the_person_it_is_about():
    too_old = {"after": [{"plusTime": [{"var": "payload.tests.0.sampledAt"}, 29, "hour"]},
                         {"plusTime": [{"var": "external.validationClock"}, 0, "hour"]}]}  # fmt: skip
    conclusion = advised(with_rule(a_rule(too_old)))
    assert conclusion.occupants[1] == (Outcome.TURN_BACK, (TestStatus.SHOWN_VALID.value, "RULE_FAILS"))
    assert conclusion.outcome is Outcome.TURN_BACK


def test_a_rule_about_the_crossing_adds_its_code_there():
    few = {">": [{"var": "payload.crossing.headCount.cab"}, 1]}
    assert "RULE_FAILS" in advised(with_rule(a_rule(few, about="crossing"))).reasons
    for_cars = a_rule(few, about="crossing", when=When(vehicle_classes=(VehicleClass.CAR,)))
    assert "RULE_FAILS" not in advised(with_rule(for_cars)).reasons


def test_a_rule_that_cannot_be_told_is_never_passed_in_silence():
    no_test = {"plusTime": [{"var": "payload.tests.0.sampledAt"}, 72, "hour"]}
    for logic in ({"after": [no_test, no_test]}, 1):
        conclusion = advised(with_rule(a_rule(logic)), readings=(), secrets={"claims": ()})
        assert Note.RULE_NOT_EVALUABLE.value in conclusion.occupants[1][1]


def test_a_rule_that_is_not_certlogic_is_refused_with_its_place():
    with pytest.raises(ValidationError, match="not CertLogic"):
        a_rule({"no-such-operation": [1, 2]})


def test_a_rule_is_compiled_once_and_not_carried_in_pickles_or_json():
    policy = with_rule(a_rule({"===": [1, 1]}))
    assert policy.acceptance[0].expression is policy.acceptance[0].expression
    assert pickle.loads(pickle.dumps(policy)) == policy
    assert Policy.model_validate_json(policy.model_dump_json()) == policy


def exempting(**changes):
    return a_policy(
        exemptions=(
            Exemption(
                code="CARD_EXEMPT",
                when=When(card_valid=True),
                waives=(TestStatus.NONE_SHOWN, Note.NOTHING_SHOWN),
                sentence=SAY,
            ),
        ),
        inspection_rates=(InspectionRate(when=When(card_valid=True), per_mille=100),),
        codes=(*a_policy().codes, CodeOutcome(code="CARD_EXEMPT", outcome=None)),
        **changes,
    )


CARD_ONLY = {"readings": (a_green_lane_reading(),)}


def test_whoever_is_exempt_is_asked_for_nothing():
    assert advised(a_policy(), **CARD_ONLY).outcome is Outcome.TURN_BACK
    conclusion = advised(exempting(), **CARD_ONLY)
    assert conclusion.outcome is Outcome.LET_THROUGH
    assert "CARD_EXEMPT" in conclusion.reasons


@pytest.mark.parametrize(
    ("cargo_space", "code"), [(CargoSpace.NONE, Note.INSPECTION_DRAWN), (CargoSpace.OPENED, Note.INSPECTION_DONE)]
)
def test_whoever_was_drawn_is_exempt_from_nothing(cargo_space, code):
    conclusion = advised(exempting(), **CARD_ONLY, inspection={"drawn": True, "cargo_space": cargo_space})
    assert code.value in conclusion.reasons
    assert "CARD_EXEMPT" not in conclusion.reasons
    assert conclusion.outcome is Outcome.TURN_BACK


def test_the_first_rate_that_is_for_a_crossing_counts():
    policy = exempting()
    assert inspection_rate(placed(facts(), policy), policy) == 100
    on_foot = {"readings": (a_test_reading(1),), "secrets": {"claims": ()}}
    assert inspection_rate(placed(facts(**on_foot), policy), policy) == 0


DAY = date(2021, 10, 7)
KEY = station_day_key(b"k" * 32, DAY)


def test_a_draw_is_repeatable_and_follows_its_rate():
    picked = [counter for counter in range(10_000) if drawn(KEY, 1, DAY, counter, 100)]
    assert picked == [counter for counter in range(10_000) if drawn(KEY, 1, DAY, counter, 100)]
    assert 900 < len(picked) < 1100
    assert all(drawn(KEY, 1, DAY, counter, 101) for counter in picked)
    assert not any(drawn(KEY, 1, DAY, counter, 0) for counter in range(1000))
    assert all(drawn(KEY, 1, DAY, counter, 1000) for counter in range(1000))


def test_a_draw_is_another_at_another_lane_day_or_station():
    def picks(key=KEY, lane=1, day=DAY):
        return [drawn(key, lane, day, counter, 500) for counter in range(200)]

    other_day = date(2021, 10, 8)
    assert picks() != picks(lane=2)
    assert picks() != picks(day=other_day)
    assert picks() != picks(key=station_day_key(b"k" * 32, other_day))
    assert picks() != picks(key=station_day_key(b"l" * 32, DAY))
