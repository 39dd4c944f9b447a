"""GL04 and GL11: the class, the road and the hours that a pass covers; what is unknown says nothing."""

from datetime import timedelta

import pytest

from schemas.events.registry import NoticePublished
from schemas.passes.kinds import Confidence, PassKind, ReadingReason, ReadingStatus
from schemas.policy.matters import RouteHours
from schemas.policy.when import When
from schemas.rules.codes import Rule
from schemas.rules.facts import PassFacts
from schemas.rules.green_lane import rules_of_one_crossing
from schemas.words import FactState, OrderedChange, Severity, VehicleClass
from tests.builders import NOON, a_green_lane_reading, a_policy, an_id, facts, green_lane_claims

TRUCK, CAR, CONTAINER, BUS, OTHER = (
    VehicleClass.TRUCK,
    VehicleClass.CAR,
    VehicleClass.CONTAINER,
    VehicleClass.BUS,
    VehicleClass.OTHER,
)
GOODS = {"class_covers": {TRUCK: (TRUCK, CONTAINER), CAR: ()}, "test_demands": ()}
HOUR, MINUTE, MS = timedelta(hours=1), timedelta(minutes=1), timedelta(milliseconds=1)


def a_vehicle(seen=TRUCK, on_pass=TRUCK, *, route=(), **changes):
    reading = a_green_lane_reading(vehicle_class=on_pass, route=route, **changes.pop("reading", {}))
    return facts(
        vehicle_class=seen, readings=(reading,), secrets={"claims": (green_lane_claims(route=route),)}, **changes
    )


def found(code, crossing, notices=(), *, ahead=timedelta(0), **policy):
    raised = rules_of_one_crossing(crossing, a_policy(**{"test_demands": ()} | policy), notices, ahead=ahead)
    return next((one for one in raised if one.code is code), None)


# GL04


def test_a_private_car_with_a_green_lane_qr():
    raised = found(Rule.GL04, a_vehicle(CAR), **GOODS)
    assert raised.severity is Severity.HIGH
    assert raised.evidence[0].words == {"seen": "car", "on-pass": "truck"}


@pytest.mark.parametrize(
    ("seen", "on_pass", "raised"),
    [
        (TRUCK, TRUCK, False),
        (CONTAINER, TRUCK, False),  # the policy says that a truck's pass covers it
        (BUS, TRUCK, True),
        (CAR, CAR, True),  # this policy gives no green lane to cars, whatever somebody issued
        (OTHER, TRUCK, False),  # the officer did not know what it is
        (CAR, None, False),  # the pass does not say what it is for
        (CAR, OTHER, False),
        (TRUCK, CONTAINER, False),  # the policy says nothing about such passes
    ],
)
def test_gl04_asks_the_policy_what_a_class_covers_and_is_silent_where_it_does_not_say(seen, on_pass, raised):
    assert (found(Rule.GL04, a_vehicle(seen, on_pass), **GOODS) is not None) is raised


def test_gl04_is_no_rule_of_a_policy_that_names_no_class():
    assert found(Rule.GL04, a_vehicle(CAR)) is None


def test_gl04_is_silent_when_one_of_two_passes_covers_the_vehicle():
    both = facts(
        vehicle_class=CAR,
        readings=(a_green_lane_reading(), a_green_lane_reading(vehicle_class=BUS)),
        secrets={"claims": (green_lane_claims(), green_lane_claims())},
    )
    assert found(Rule.GL04, both, class_covers={TRUCK: (TRUCK,), BUS: (BUS, CAR)}) is None
    assert found(Rule.GL04, both, class_covers={TRUCK: (TRUCK,), BUS: (BUS,)}) is not None


def test_gl04_believes_no_forged_pass():
    forged = {"status": ReadingStatus.REJECTED, "reason": ReadingReason.PASS_SIGNATURE_WRONG}
    assert found(Rule.GL04, a_vehicle(CAR, reading=forged), **GOODS) is None


def test_gl04_raises_nothing_in_an_emergency():
    assert found(Rule.GL04, a_vehicle(CAR, emergency={"reason": "AMBULANCE"}), **GOODS) is None


# GL11: the road


def closed(post_id, **changes):
    return NoticePublished.model_validate(
        {
            "event_id": an_id("closed"),
            "occurred_at": NOON - timedelta(days=2),
            "revision": 1,
            "notice_id": an_id("closed"),
            "notice": "post_closed",
            "document": "VB-TEST",
            "issuer": "UBND",
            "effective_at": NOON - 2 * HOUR,
            "post_id": post_id,
        }
        | changes
    )


@pytest.mark.parametrize(
    ("route", "raised"),
    [
        (("rach-mieu", "co-chien"), False),
        (("co-chien",), True),
        ((), False),  # the province's pass that names no road covers any
    ],
)
def test_gl11_a_post_that_the_registered_route_does_not_name(route, raised):
    assert (found(Rule.GL11, a_vehicle(route=route)) is not None) is raised


def test_gl11_says_where_it_passed_and_one_post_where_it_should_have():
    raised = found(Rule.GL11, a_vehicle(route=("dinh-khao", "co-chien")))
    assert raised.severity is Severity.MEDIUM
    assert raised.evidence[0].words == {"post": "rach-mieu", "route": "co-chien"}
    assert raised.evidence[0].numbers == {"posts": 2}


def registered(route, **changes):
    return PassFacts(
        reading=None,
        kind=PassKind.GREEN_LANE_CARD,
        status=ReadingStatus.ACCEPTED,
        confidence=Confidence.LOOKED_UP,
        route=route,
        **changes,
    )


def test_gl11_of_a_national_card_the_registry_knows_the_road_or_nobody_does():
    card = a_vehicle(reading={"kind": PassKind.GREEN_LANE_CARD, "confidence": Confidence.LOOKED_UP})
    assert found(Rule.GL11, card) is None
    for route, raised in ((("co-chien",), True), (("rach-mieu",), False), ((), False)):
        looked_up = card.but(passes=(*card.passes, registered(route)))
        assert (found(Rule.GL11, looked_up) is not None) is raised


def test_gl11_a_route_that_the_registry_has_widened_counts():
    crossing = a_vehicle(route=("co-chien",))
    widened = crossing.but(passes=(*crossing.passes, registered(("rach-mieu",))))
    assert found(Rule.GL11, widened) is None


@pytest.mark.parametrize(
    ("notice", "raised"),
    [
        ({}, False),
        ({"effective_at": NOON}, False),
        ({"effective_at": NOON + MS}, True),  # closed only after it had passed here
        ({"ends_at": NOON - 3 * HOUR + MS}, False),  # whoever went round is still on the way
        ({"ends_at": NOON - 3 * HOUR}, True),
        ({"state": FactState.WITHDRAWN, "revision": 2}, True),
    ],
)
def test_gl11_a_closed_post_on_the_route_sends_its_traffic_elsewhere(notice, raised):
    crossing, closing = a_vehicle(route=("co-chien",)), closed("co-chien", **notice)
    assert (found(Rule.GL11, crossing, (closing,)) is not None) is raised


def test_gl11_a_closed_post_that_the_route_does_not_name_explains_nothing():
    assert found(Rule.GL11, a_vehicle(route=("co-chien",)), (closed("dinh-khao"),)) is not None


@pytest.mark.parametrize(
    ("change", "raised"), [(OrderedChange.DIVERSION, False), (OrderedChange.CHANGE_OF_DRIVER, True)]
)
def test_gl11_a_diversion_that_the_officer_entered_as_ordered_is_no_misuse(change, raised):
    crossing = a_vehicle(route=("co-chien",), ordered_change={"change": change})
    assert (found(Rule.GL11, crossing) is not None) is raised


# GL11: the hours. NOON is 12:00 in the policy's time zone.


def hours(begins, ends, *, grace=timedelta(0), **when):
    return {"route_hours": (RouteHours(begins=begins, ends=ends, grace=grace, when=When(**when)),)}


@pytest.mark.parametrize(
    ("begins", "ends", "raised"),
    [
        ("12:00", "13:00", False),  # the first minute counts
        ("12:01", "13:00", True),
        ("11:00", "12:00", True),  # the end does not
        ("11:00", "12:01", False),
        ("21:00", "05:00", True),  # a night's hours pass midnight
        ("21:00", "12:01", False),
    ],
)
def test_gl11_the_hours_are_local_and_end_exclusively(begins, ends, raised):
    crossing = a_vehicle(clock_error_ms=0)
    assert (found(Rule.GL11, crossing, **hours(begins, ends)) is not None) is raised


@pytest.mark.parametrize(("error_ms", "raised"), [(59_999, True), (60_000, False)])
def test_gl11_stays_silent_inside_the_error_of_the_stations_clock(error_ms, raised):
    crossing = a_vehicle(clock_error_ms=error_ms)
    assert (found(Rule.GL11, crossing, **hours("12:01", "13:00")) is not None) is raised


def test_gl11_a_clock_that_was_two_hours_ahead_on_arrival_accuses_nobody():
    crossing = a_vehicle(clock_error_ms=0)
    assert found(Rule.GL11, crossing, ahead=2 * HOUR, **hours("08:00", "10:30")) is None
    assert found(Rule.GL11, crossing, ahead=HOUR, **hours("08:00", "10:30")) is not None


@pytest.mark.parametrize(("grace", "raised"), [(29 * MINUTE, True), (31 * MINUTE, False)])
def test_gl11_a_queue_before_the_post_is_not_the_drivers_doing(grace, raised):
    crossing = a_vehicle(clock_error_ms=0)
    assert (found(Rule.GL11, crossing, **hours("10:00", "11:30", grace=grace)) is not None) is raised


def test_gl11_hours_that_are_for_others_say_nothing_and_of_several_any_will_do():
    crossing = a_vehicle(clock_error_ms=0)
    assert found(Rule.GL11, crossing, **hours("01:00", "02:00", vehicle_classes=(CONTAINER,))) is None
    two = (*hours("01:00", "02:00")["route_hours"], *hours("11:00", "14:00")["route_hours"])
    assert found(Rule.GL11, crossing, route_hours=two) is None


def test_gl11_raises_nothing_without_a_genuine_pass_or_in_an_emergency():
    forged = {"status": ReadingStatus.REJECTED, "reason": ReadingReason.PASS_SIGNATURE_WRONG}
    assert found(Rule.GL11, a_vehicle(route=("co-chien",), reading=forged)) is None
    assert found(Rule.GL11, a_vehicle(route=("co-chien",), emergency={"reason": "AMBULANCE"})) is None


@pytest.mark.parametrize("clock", ["24:00", "7:00", "12:60", "noon"])
def test_hours_of_the_route_are_times_of_the_day(clock):
    with pytest.raises(ValueError, match="begins"):
        RouteHours(begins=clock, ends="13:00")


def test_hours_that_begin_and_end_at_once_are_refused():
    with pytest.raises(ValueError, match="at once"):
        RouteHours(begins="12:00", ends="12:00")
