"""GL09, GL12, GL16, GL17: the catalogue's cases, their lawful look-alikes, and both sides of every boundary."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from schemas.events.crossing import ChangeOrdered, Inspection
from schemas.policy.policy import CodeOutcome
from schemas.sentences import SENTENCES
from schemas.words import CargoSpace, Direction, OrderedChange, Outcome, Purpose
from services.pages.words import evidence_sentence
from stream_processors.judging.context import CrossingRef, Decided
from stream_processors.judging.said import fields_of
from tests.builders import DRIVER, NOON, a_test_reading, an_id, test_claims
from tests.unit.stream_processors.known import NUMBER, ref
from tests.unit.stream_processors.two_posts import (
    ASKED,
    ERRORS,
    HOUR,
    MINUTE,
    a_notice,
    asking,
    before,
    evidence,
    findings,
    said_of,
    seen,
)

ORDERED = ChangeOrdered(change=OrderedChange.CHANGE_OF_DRIVER, document="12/UBND")


# GL09: head-count changed between posts


def test_people_boarded_just_before_the_post():
    found = findings(seen(2, 8), before(cab=2, cargo=0))["GL09"]
    assert found["severity"] == "high"
    assert evidence(found) == ["MORE_PEOPLE_THAN_BEFORE"]
    assert found["evidence"][0]["numbers"] == {"before": 2, "now": 10, "minutes": 60}
    assert found["subject_ref"] == ref("plate")


def test_people_were_dropped_after_the_post_before():
    found = findings(seen(2, 0), before(cab=5, cargo=0))["GL09"]
    assert found["severity"] == "medium"
    assert evidence(found) == ["FEWER_PEOPLE_THAN_BEFORE"]


@pytest.mark.parametrize(
    ("now", "then", "found"),
    [
        ((3, 0), (2, 0), True),
        ((2, 0), (2, 0), False),
        ((1, 1), (2, 0), False),  # moved from the cab to the cargo space: as many as before
        ((3, None), (2, 0), True),  # three are more than two, however many are behind
        ((2, None), (2, 0), False),  # an unknown count proves nothing
        ((3, 0), (2, None), False),  # the third may have sat behind
        ((None, None), (2, 0), False),
        ((1, 0), (2, None), True),  # two were certainly there
        ((2, 0), (None, None), False),
    ],
)
def test_a_count_proves_only_what_it_says(now, then, found):
    assert ("GL09" in findings(seen(*now), before(cab=then[0], cargo=then[1]))) is found


def test_where_one_count_is_unknown_the_post_before_it_is_compared():
    unknown = before(minutes=30, cab=None, cargo=None, name="unknown", post_id="dinh-khao")
    assert "GL09" in findings(seen(5, 0), unknown, before(minutes=90, cab=2))


@pytest.mark.parametrize("outcome", [Outcome.TURN_BACK, Outcome.HOLD, Outcome.CHECK_MORE, None])
def test_only_earlier_crossings_that_were_let_through_count(outcome):
    assert "GL09" not in findings(seen(5, 0), before(cab=2, outcome=outcome))


@pytest.mark.parametrize(
    ("known_until", "found"),
    [(timedelta(minutes=-60 + 10), True), (timedelta(minutes=-60 + 10, milliseconds=-1), False)],
)
def test_no_decision_in_time_counts_as_let_through_once_that_is_known(known_until, found):
    earlier = before(cab=2, outcome=None, no_decision_until=NOON + known_until)
    assert ("GL09" in findings(seen(5, 0), earlier)) is found


@pytest.mark.parametrize(
    ("gap", "found"),
    [(6 * HOUR - 2 * ERRORS, True), (6 * HOUR - 2 * ERRORS + timedelta(milliseconds=1), False)],
)
def test_counts_are_compared_within_the_window_and_surely_so(gap, found):
    assert ("GL09" in findings(seen(5, 0), before(minutes=gap / MINUTE, cab=2))) is found


def test_inside_both_clocks_errors_nobody_knows_which_post_was_first():
    two_hours_off = 2 * 60 * 60 * 1000
    earlier = before(minutes=60, cab=2, clock_error_ms=two_hours_off)
    assert "GL09" not in findings(seen(5, 0), earlier)
    assert "GL09" not in findings(seen(5, 0), before(minutes=60, cab=2, ahead=timedelta(hours=2)))


def test_a_truck_that_unloads_here_and_goes_home_is_on_another_journey():
    leaving = seen(1, 0, direction=Direction.OUT, purpose=Purpose.LEAVING)
    assert "GL09" not in findings(leaving, before(cab=2))


def test_someone_dropped_on_the_way_through_is_found_at_the_way_out():
    leaving = seen(1, 0, direction=Direction.OUT, purpose=Purpose.TRANSIT)
    assert "GL09" in findings(leaving, before(cab=2, purpose=Purpose.TRANSIT))


def test_an_ordinary_bus_may_take_up_and_set_down():
    plain = seen(5, 0, readings=())
    assert "GL09" not in findings(plain, before(cab=2, green_lane=False))


def test_one_code_held_up_twice_at_one_post_is_one_stop():
    again = before(minutes=2, cab=5, name="again", post_id="rach-mieu")
    assert "GL09" in findings(seen(5, 0), again, before(minutes=60, cab=2))


@pytest.mark.parametrize("change", list(OrderedChange))
def test_an_ordered_change_that_the_officer_entered_is_no_misuse(change):
    entered = ChangeOrdered(change=change)
    assert "GL09" not in findings(seen(1, 0, ordered_change=entered), before(cab=2))
    assert "GL09" not in findings(seen(1, 0), before(cab=2, ordered_change=change))


@pytest.mark.parametrize("post", ["rach-mieu", "co-chien"])
def test_a_change_of_driver_that_was_announced_is_no_misuse(post):
    announced = asking(a_notice("change_of_driver", post, -2 * HOUR, 2 * HOUR))
    assert "GL09" not in findings(seen(1, 0), before(cab=2), within=announced)
    elsewhere = asking(a_notice("change_of_driver", "dinh-khao", -2 * HOUR, 2 * HOUR))
    assert "GL09" in findings(seen(1, 0), before(cab=2), within=elsewhere)
    over = asking(a_notice("change_of_driver", post, -5 * HOUR, -2 * HOUR))
    assert "GL09" in findings(seen(1, 0), before(cab=2), within=over)


def test_an_emergency_is_compared_with_nothing():
    assert "GL09" not in findings(seen(5, 0), before(cab=2, emergency=True))


def test_a_policy_that_names_no_window_asks_for_nothing():
    silent = asking(between_posts=ASKED.model_copy(update={"count_within": None, "slow_percent": None}))
    assert findings(seen(5, 0), before(cab=2, minutes=300), within=silent).keys() <= {"GL01"}


# GL12: far too long between two posts


def slow(minutes, *others, now=None, within=None, cab=1, **context):
    """The way takes 30 minutes; three times that and half an hour more are allowed: 120."""
    return findings(now or seen(1, 0), before(minutes=minutes, cab=cab), *others, within=within, **context)


@pytest.mark.parametrize(
    ("minutes", "found"),
    [(120 + 1 / 60, False), (120 + 1 / 60 + 1 / 60_000, True), (119, False), (240, True)],
)
def test_far_too_long_is_longer_than_all_that_is_allowed_and_surely_so(minutes, found):
    assert ("GL12" in slow(minutes)) is found


def test_a_long_stop_by_itself_is_information():
    assert slow(240)["GL12"]["severity"] == "information"


def test_four_men_moved_into_the_pig_hold_at_km_99_just_before_the_post():
    found = slow(240, now=seen(1, 4), cab=5)["GL12"]
    assert found["severity"] == "medium"
    assert evidence(found) == ["FAR_TOO_LONG", "SIGN_PEOPLE_IN_CARGO"]


def test_a_changed_count_or_a_tip_is_a_second_sign():
    assert evidence(slow(240, cab=2)["GL12"]) == ["FAR_TOO_LONG", "SIGN_COUNT_OR_SEAL"]
    wanted = a_notice("to_be_checked", None, -HOUR, None)
    tip = asking(replace(wanted, pass_ref=ref("plate")))
    assert evidence(slow(240, within=tip)["GL12"]) == ["FAR_TOO_LONG", "SIGN_TO_BE_CHECKED"]


@pytest.mark.parametrize(("minutes", "found"), [(1439, True), (1441, False)])
def test_a_day_later_it_is_another_journey(minutes, found):
    assert ("GL12" in slow(minutes)) is found


def test_a_closed_ferry_and_a_road_closed_by_notice_are_waited_for():
    closed = asking(a_notice("post_closed", "rach-mieu", -3 * HOUR, -1 * HOUR))
    assert "GL12" not in slow(239, within=closed)
    assert "GL12" in slow(241, within=closed)
    assert "GL12" in slow(239, within=asking(a_notice("post_closed", "dinh-khao", -3 * HOUR, -1 * HOUR)))


def test_a_jam_that_held_up_everyone_is_measured_by_the_others():
    jam = (("co-chien", 140 * MINUTE), ("co-chien", 150 * MINUTE), ("co-chien", 400 * MINUTE))
    # At the median they needed 120 minutes more than the way takes.
    assert "GL12" not in slow(240, travelled=jam)
    assert "GL12" in slow(241, travelled=jam)


def test_one_other_slow_truck_measures_no_wait():
    assert "GL12" in slow(200, travelled=(("co-chien", 300 * MINUTE),))
    assert "GL12" in slow(200, travelled=(("dinh-khao", 300 * MINUTE), ("dinh-khao", 300 * MINUTE)))


def test_a_clock_two_hours_off_says_nothing_about_time():
    assert "GL12" not in findings(seen(1, 0), before(minutes=230, cab=1, clock_error_ms=7_200_000))


def test_an_ordered_diversion_takes_as_long_as_it_takes():
    diverted = seen(1, 0, ordered_change=ChangeOrdered(change=OrderedChange.DIVERSION))
    assert "GL12" not in findings(diverted, before(minutes=240, cab=1))


# GL16: turned back, and seen at another post


def turned_back(minutes=60, **changes):
    return before(minutes=minutes, outcome=Outcome.TURN_BACK, **{"cab": 1} | changes)


def test_turned_back_at_one_bridge_and_seen_at_the_other():
    found = findings(seen(1, 0, readings=()), turned_back())["GL16"]
    assert evidence(found) == ["TURNED_BACK_ELSEWHERE"]
    assert (found["subject"], found["subject_ref"]) == ("vehicle", ref("plate"))


@pytest.mark.parametrize(
    ("gap", "found"),
    [
        (12 * HOUR - 2 * ERRORS, True),
        (12 * HOUR - 2 * ERRORS + timedelta(milliseconds=1), False),
        (2 * ERRORS, False),
        (2 * ERRORS + timedelta(milliseconds=1), True),
    ],
)
def test_turned_back_counts_within_its_window_and_outside_the_clocks_errors(gap, found):
    assert ("GL16" in findings(seen(1, 0, readings=()), turned_back(gap / MINUTE))) is found


@pytest.mark.parametrize("outcome", [Outcome.LET_THROUGH, Outcome.HOLD, Outcome.CHECK_MORE, None])
def test_only_those_turned_back_count(outcome):
    assert "GL16" not in findings(seen(1, 0, readings=()), before(outcome=outcome, cab=1))


def test_coming_back_to_the_same_post_is_what_was_asked_of_them():
    assert "GL16" not in findings(seen(1, 0, readings=()), turned_back(post_id="rach-mieu"))


def test_a_person_turned_back_who_comes_in_another_vehicle_is_seen():
    rider = before(
        shared=frozenset({(NUMBER, ref("driver"))}),
        refs=(CrossingRef(NUMBER, ref("driver"), 2),),
        decision=Decided(an_id("one"), NOON - HOUR, Outcome.LET_THROUGH, {2: Outcome.TURN_BACK}),
    )
    found = findings(seen(1, 0, readings=()), rider)["GL16"]
    assert (found["subject"], found["subject_ref"]) == ("person", ref("driver"))
    another = replace(rider, refs=(CrossingRef(NUMBER, ref("driver"), 1),))
    assert "GL16" not in findings(seen(1, 0, readings=()), another)


@pytest.mark.parametrize(("sampled", "found"), [(-59 * MINUTE, False), (-61 * MINUTE, True)])
def test_who_was_sent_for_a_test_and_comes_with_a_new_one_did_as_told(sampled, found):
    tested = seen(
        1,
        0,
        readings=(a_test_reading(1),),
        secrets={"claims": (test_claims(DRIVER, sampled_at=NOON + sampled),)},
    )
    assert ("GL16" in findings(tested, turned_back())) is found


def test_who_was_let_through_since_is_not_asked_again():
    since = before(minutes=30, cab=1, name="since", post_id="dinh-khao")
    assert "GL16" not in findings(seen(1, 0, readings=()), turned_back(), since)


# GL17: a door seal broken or changed


def at_the_door(space, number=None, **changes):
    return seen(1, 0, inspection=Inspection(cargo_space=space, seal_number=number), **changes)


def sealed(minutes=60, number="BT0042", **changes):
    changes = {"cargo_space": CargoSpace.SEAL_PUT_ON, "seal_number": number, "cab": 1} | changes
    return before(minutes=minutes, **changes)


def test_a_seal_with_another_number_was_changed():
    found = findings(at_the_door(CargoSpace.SEAL_CHECKED, "BT-0043"), sealed())["GL17"]
    assert (found["severity"], evidence(found)) == ("high", ["SEAL_CHANGED"])
    assert found["evidence"][0]["words"]["expected"] == "BT0042"


def test_a_seal_that_was_found_broken():
    assert evidence(findings(at_the_door(CargoSpace.SEAL_BROKEN), sealed())["GL17"]) == ["SEAL_BROKEN"]


@pytest.mark.parametrize(
    ("space", "number", "put_on"),
    [
        (CargoSpace.SEAL_CHECKED, "bt-0042", "BT0042"),  # written otherwise: the same
        (CargoSpace.SEAL_CHECKED, None, "BT0042"),  # what was not entered proves nothing
        (CargoSpace.SEAL_CHECKED, "BT-0043", None),
        (CargoSpace.OPENED, None, "BT0042"),  # the officer opened it here
        (CargoSpace.SEAL_PUT_ON, "BT-0099", "BT0042"),  # and put on a new one
        (CargoSpace.NOT_OPENED, None, "BT0042"),
    ],
)
def test_a_seal_that_holds_or_was_opened_by_an_officer_is_no_misuse(space, number, put_on):
    assert "GL17" not in findings(at_the_door(space, number), sealed(number=put_on))


def test_an_officer_who_opened_it_on_the_way_ends_the_seal():
    opened = before(
        minutes=30, cab=1, name="opened", post_id="dinh-khao", cargo_space=CargoSpace.OPENED, outcome=None
    )
    assert "GL17" not in findings(at_the_door(CargoSpace.SEAL_BROKEN), sealed(), opened)


def test_a_new_seal_on_the_way_is_the_one_that_must_hold():
    renewed = sealed(30, "BT0043", name="renewed", post_id="dinh-khao")
    assert "GL17" not in findings(at_the_door(CargoSpace.SEAL_CHECKED, "BT-0043"), sealed(), renewed)
    assert "GL17" in findings(at_the_door(CargoSpace.SEAL_CHECKED, "BT-0042"), sealed(), renewed)


def test_an_ordered_trans_shipment_opens_the_seal():
    moved = at_the_door(CargoSpace.SEAL_BROKEN, ordered_change=ChangeOrdered(change=OrderedChange.TRANS_SHIPMENT))
    assert "GL17" not in findings(moved, sealed())
    driver = at_the_door(CargoSpace.SEAL_BROKEN, ordered_change=ORDERED)
    assert "GL17" in findings(driver, sealed())


@pytest.mark.parametrize(("minutes", "found"), [(24 * 60 - 1, True), (24 * 60 + 1, False)])
def test_a_seal_is_looked_for_within_its_window(minutes, found):
    assert ("GL17" in findings(at_the_door(CargoSpace.SEAL_BROKEN), sealed(minutes))) is found


def test_a_seal_of_a_truck_that_was_turned_back_is_not_waited_for():
    assert "GL17" not in findings(at_the_door(CargoSpace.SEAL_BROKEN), sealed(outcome=Outcome.TURN_BACK))


# All of them


def everything():
    now = seen(1, 4, inspection=Inspection(cargo_space=CargoSpace.SEAL_BROKEN))
    back = turned_back(300, name="back", post_id="dinh-khao")
    return now, (sealed(240), back)


def test_what_raises_nothing_raises_nothing_between_posts():
    now, others = everything()
    assert {"GL09", "GL12", "GL17"} <= findings(now, *others).keys()
    for changes in ({"practice": True}, {"emergency": {"reason": "HEART"}}):
        quiet = seen(1, 4, **changes)
        assert findings(quiet, *others).keys() & {"GL09", "GL12", "GL16", "GL17"} == set()


@pytest.mark.parametrize("outcome", [Outcome.HOLD, Outcome.TURN_BACK])
def test_the_verdict_names_the_code_and_the_policy_makes_the_outcome_of_it(outcome):
    codes = (CodeOutcome(code="GL01", outcome=None), CodeOutcome(code="GL09", outcome=outcome))
    judged = said_of(seen(5, 0), before(cab=2), within=asking(codes=codes, unnamed_code=Outcome.LET_THROUGH))
    verdict = fields_of(judged.verdict.compared)
    assert "GL09" in verdict["reasons"]
    assert verdict["outcome"] == outcome


def test_every_evidence_of_these_rules_can_be_read_in_both_languages():
    now, others = everything()
    for finding in findings(now, *others).values():
        for item in finding["evidence"]:
            said = evidence_sentence(item)
            assert item["code"] in SENTENCES
            assert said.vi != item["code"] != said.en


def test_what_a_finding_rests_on_is_the_other_crossing_and_its_decision():
    judged = said_of(seen(5, 0), before(cab=2))
    (found,) = [one for one in judged.others if b'"GL09"' in one.content]
    assert {an_id("earlier event"), an_id("earlier decision")} <= set(found.rests_on)


def test_the_order_in_which_neighbours_are_given_changes_nothing():
    now, others = everything()
    assert said_of(now, *others) == said_of(now, *reversed(others))


def test_a_crossing_that_is_earlier_than_its_neighbour_says_nothing_of_it():
    later = before(minutes=-60, cab=2)
    assert findings(seen(5, 0), later).keys() & {"GL09", "GL12", "GL16", "GL17"} == set()


def test_a_shared_pass_on_another_plate_is_another_vehicle():
    other = before(cab=2, shared=frozenset({("pass_number", ref("pass"))}))
    assert "GL09" not in findings(seen(5, 0), other)
