"""A positive result looks back over the policy's period: the person, companions, vehicle, driver, carrier."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from schemas.events.crossing import OccupantSecrets, OccupantSeen
from schemas.words import FactState, OccupantRole, Outcome, TestOutcome
from stream_processors.judging.context import (
    VEHICLE,
    CrossingRef,
    LookedBack,
    PassedToo,
    PersonMatch,
)
from stream_processors.judging.given import given_from, given_of, text_of
from stream_processors.judging.judge import judge
from stream_processors.judging.look_back import Period, period_of
from stream_processors.judging.said import Kind, fields_of
from tests.builders import DRIVER, MATE, NOON, an_id
from tests.unit.stream_processors.known import NUMBER, a_result, context, crossing, decided, ref

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LOOK_BACK = {"look_back": 14 * DAY}


def passed(name, *, at=NOON - DAY, people=3, vehicle=False, occupants=()):
    return PassedToo(an_id(name), at, people, vehicle, occupants)


def said(*, looked_back=None, known=None, **facts_known):
    known = known or crossing()
    judged = judge(known, context(policy=LOOK_BACK, looked_back=looked_back, **facts_known))
    return {one.kind: fields_of(one.compared) | {"rests_on": one.rests_on} for one in judged.others}


def evidence(looked_back, **facts_known):
    found = said(looked_back=looked_back, results=(a_result(),), **facts_known)[Kind.FINDING]
    assert found["code"] == "GL13"
    return found["evidence"], found["rests_on"]


# The person and companions


@pytest.mark.parametrize(("after", "found"), [(14 * DAY, True), (14 * DAY + timedelta(milliseconds=1), False)])
def test_a_persons_own_crossing_is_a_finding_a_referral_and_a_recall_within_the_period(after, found):
    told = said(results=(a_result(after=after),), decision=decided(Outcome.LET_THROUGH))
    assert set(told) == ({Kind.FINDING, Kind.REFERRAL, Kind.RECALL} if found else set())


def two_aboard():
    return crossing(
        occupants=(
            OccupantSeen(occupant=1, role=OccupantRole.DRIVER),
            OccupantSeen(occupant=2, role=OccupantRole.PASSENGER),
        ),
        secrets={
            "occupants": (OccupantSecrets(occupant=1, person=DRIVER), OccupantSecrets(occupant=2, person=MATE))
        },
        refs=(
            CrossingRef(VEHICLE, ref("plate")),
            CrossingRef(NUMBER, ref("driver"), 1),
            CrossingRef(NUMBER, ref("mate"), 2),
        ),
    )


def test_companions_of_the_same_crossing_are_referred_as_contacts():
    result = a_result(persons=(PersonMatch({NUMBER: ref("mate")}),))
    judged = judge(two_aboard(), context(policy=LOOK_BACK, results=(result,)))
    because = {
        fields["occupant"]: fields["because"]
        for one in judged.others
        if one.kind is Kind.REFERRAL
        for fields in [fields_of(one.compared)]
    }
    assert because == {1: "companion", 2: "verdict"}


# Vehicle, driver, carrier


def test_the_vehicles_other_crossings_are_named_with_how_many_rode_in_it():
    looked_back = LookedBack((passed("a", vehicle=True), passed("b", at=NOON - HOUR, people=2, vehicle=True)))
    (_, item), rests_on = evidence(looked_back)
    assert item["code"] == "VEHICLE_ALSO_PASSED"
    assert item["numbers"] == {"times": 2, "people": 5}
    assert item["instants"] == {"first": "2021-10-05T05:00:00.000Z", "last": "2021-10-06T04:00:00.000Z"}
    assert {an_id("a"), an_id("b")} <= set(rests_on)


@pytest.mark.parametrize(
    ("other", "named"),
    [
        (passed("a", occupants=(1,)), ["DRIVER_ALSO_PASSED"]),
        (passed("a", occupants=(1,), vehicle=True), ["VEHICLE_ALSO_PASSED"]),  # said once
        (passed("a", occupants=(2,)), []),  # a passenger's other journeys are their own affair
    ],
)
def test_the_drivers_other_crossings_are_those_in_other_vehicles(other, named):
    items, rests_on = evidence(LookedBack((other,)), known=two_aboard())
    assert [one["code"] for one in items[1:]] == named
    assert (an_id("a") in rests_on) is bool(named)


def test_the_carrier_of_the_pass_is_named_and_refers_nobody():
    known = crossing()
    (shown,) = known.facts.passes
    known = replace(known, facts=known.facts.but(passes=(shown, shown.but(reading=None, carrier_id="vt-001"))))
    told = said(known=known, results=(a_result(),), decision=decided(Outcome.LET_THROUGH))
    item = told[Kind.FINDING]["evidence"][-1]
    assert (item["code"], item["words"]) == ("CARRIER_TO_ASK", {"carrier": "vt-001"})
    alone = said(results=(a_result(),), decision=decided(Outcome.LET_THROUGH))
    assert told[Kind.REFERRAL] == alone[Kind.REFERRAL]


# Whether, and how far


def period(known=None, *results, **policy):
    return period_of(known or crossing(), context(policy=LOOK_BACK | policy, results=results))


def test_it_looks_from_the_policys_days_before_the_sample_until_the_result_was_known():
    result = a_result(after=2 * DAY, resulted_at=NOON + 3 * DAY)
    assert period(None, result) == Period(NOON - 12 * DAY, NOON + 3 * DAY)
    assert period(None, result, look_back=7 * DAY) == Period(NOON - 5 * DAY, NOON + 3 * DAY)


def test_several_results_are_looked_back_from_at_once():
    one, other = a_result("a", after=HOUR), a_result("b", after=3 * DAY)
    assert period(None, one, other) == Period(NOON + HOUR - 14 * DAY, NOON + 3 * DAY)


@pytest.mark.parametrize(
    "result",
    [
        a_result(outcome=TestOutcome.NEGATIVE),
        a_result(state=FactState.WITHDRAWN),
        a_result(persons=(PersonMatch({NUMBER: ref("somebody")}),)),
        a_result(after=15 * DAY),
    ],
)
def test_without_a_positive_person_aboard_nothing_is_looked_for(result):
    assert period(None, result) is None


def test_outside_the_green_lane_nothing_is_looked_for():
    assert period(crossing(readings=(), secrets={"claims": ()}), a_result()) is None


def test_what_was_given_comes_back_from_its_row():
    looked_back = LookedBack((passed("a", vehicle=True), passed("b", occupants=(1, 2))))
    given = given_of(crossing(), context(looked_back=looked_back))
    assert given_from(text_of(given)) == given
    nothing = given_of(crossing(), context())
    assert "looked_back" not in text_of(nothing)
    assert given_from(text_of(nothing)) == nothing
