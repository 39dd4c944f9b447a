"""GL10: in transit and not out again. Unseen is not absent; and which instants are waited for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from schemas.policy.between_posts import TransitWindow
from schemas.words import Direction, FactState, Outcome, Purpose, VehicleClass
from stream_processors.judging.context import (
    DECISION_DEADLINE,
    TRANSIT_DEADLINE,
    CrossingRef,
    KnownDeadline,
)
from stream_processors.judging.heard import not_heard_beyond
from stream_processors.judging.said import WantedTimer, fields_of
from tests.builders import NOON
from tests.unit.stream_processors.known import a_result, crossing, decided, ref
from tests.unit.stream_processors.two_posts import (
    ERRORS,
    HOUR,
    MINUTE,
    POSTS,
    a_notice,
    a_post,
    a_station,
    asking,
    before,
    evidence,
    findings,
    said_of,
)

DEADLINE = NOON + 6 * HOUR + ERRORS
"""The window, and the entry's clock error."""
LET_THROUGH = decided(Outcome.LET_THROUGH)
MILLISECOND = timedelta(milliseconds=1)


def entry(**changes):
    return crossing(purpose=Purpose.TRANSIT, **changes)


def leaving(after, **changes):
    wanted = {"direction": Direction.OUT, "purpose": Purpose.TRANSIT, "name": "exit"}
    return before(minutes=-after / MINUTE, **(wanted | changes))


def passed(at=DEADLINE, posts=POSTS):
    return {TRANSIT_DEADLINE: KnownDeadline(at, frozenset(posts))}


def gl10(known, *neighbours, **context):
    return findings(known, *neighbours, **({"decision": LET_THROUGH, "deadlines": passed()} | context)).get("GL10")


def verdict(known, *neighbours, **context):
    return fields_of(said_of(known, *neighbours, **({"decision": LET_THROUGH} | context)).verdict.compared)


def timers(known, *neighbours, **context):
    return said_of(known, *neighbours, **({"decision": LET_THROUGH} | context)).timers


def test_entered_in_transit_and_not_out_again_within_its_window():
    found = gl10(entry())
    assert (found["severity"], evidence(found)) == ("medium", ["TRANSIT_NOT_OUT"])
    assert found["evidence"][0]["numbers"] == {"hours": 6}
    assert found["subject_ref"] == ref("plate")


def test_what_is_found_is_found_at_the_deadline_and_not_when_somebody_looked():
    later = {TRANSIT_DEADLINE: KnownDeadline(DEADLINE + 5 * HOUR, frozenset(POSTS))}
    assert gl10(entry(), deadlines=later) == gl10(entry())
    assert gl10(entry())["occurred_at"] == "2021-10-06T11:00:00.500Z"


@pytest.mark.parametrize(("at", "found"), [(DEADLINE, True), (DEADLINE - MILLISECOND, False)])
def test_it_is_said_only_when_its_own_deadline_has_passed(at, found):
    assert (gl10(entry(), deadlines=passed(at)) is not None) is found


def test_until_a_silent_exit_post_has_reported_it_waits_and_says_so():
    waiting = verdict(entry())
    assert "GL10" not in waiting["reasons"]
    assert waiting["marks"] == ["TRANSIT_NOT_OUT_YET"]
    assert timers(entry()) == (WantedTimer(TRANSIT_DEADLINE, DEADLINE, tuple(sorted(POSTS))),)
    one_silent = passed(posts=POSTS[:2])
    assert gl10(entry(), deadlines=one_silent) is None
    assert timers(entry(), deadlines=one_silent) == timers(entry())


def test_once_it_is_said_nothing_is_waited_for():
    assert timers(entry(), deadlines=passed()) == ()
    assert verdict(entry(), deadlines=passed())["marks"] == []


def test_a_vehicle_that_stayed_within_its_window():
    assert gl10(entry(), leaving(5 * HOUR)) is None
    assert verdict(entry(), leaving(5 * HOUR))["marks"] == []
    assert timers(entry(), leaving(5 * HOUR)) == ()


@pytest.mark.parametrize(
    ("after", "late"), [(6 * HOUR + 2 * ERRORS, False), (6 * HOUR + 2 * ERRORS + MILLISECOND, True)]
)
def test_who_left_after_the_window_is_no_longer_looked_for(after, late):
    found = gl10(entry(), leaving(after))
    assert (found is not None) is late
    if late:
        assert (found["severity"], evidence(found)) == ("information", ["TRANSIT_LEFT_LATE"])
        # Known by itself, whether or not a timer ever found the deadline.
        assert gl10(entry(), leaving(after), deadlines={}) == found


def test_a_late_record_of_its_leaving_disproves_it():
    assert gl10(entry()) is not None
    assert gl10(entry(), leaving(HOUR)) is None


@pytest.mark.parametrize("outcome", [None, Outcome.TURN_BACK, Outcome.HOLD])
def test_whoever_was_seen_at_the_way_out_is_not_missing_whatever_was_decided(outcome):
    assert gl10(entry(), leaving(HOUR, outcome=outcome)) is None


def test_a_plate_mistyped_at_the_way_out_is_known_by_its_pass():
    other = leaving(HOUR, shared=frozenset({("pass_number", ref("pass"))}))
    assert gl10(entry(), other) is None


def test_coming_in_again_proves_that_it_had_left():
    again = leaving(3 * HOUR, direction=Direction.IN)
    assert gl10(entry(), again) is None
    twice = leaving(2 * MINUTE, direction=Direction.IN, post_id="rach-mieu")
    assert gl10(entry(), twice) is not None


def test_leaving_a_district_is_not_leaving_the_province():
    inside = asking(posts=(*POSTS, a_post("cho-lach", level="district")))
    assert gl10(entry(), leaving(HOUR, post_id="cho-lach"), within=inside) is not None


def test_a_clock_two_hours_off_says_nothing():
    wrong = 7_200_000
    assert gl10(entry(clock_error_ms=wrong)) is None
    assert gl10(entry(), leaving(7 * HOUR, clock_error_ms=wrong)) is None
    assert gl10(entry(), leaving(9 * HOUR, clock_error_ms=wrong)) is not None


@pytest.mark.parametrize(
    ("begins", "ends", "known"),
    [
        (2 * HOUR, 3 * HOUR, False),
        (-3 * HOUR, timedelta(0), True),  # over when it came in
        (-3 * HOUR, MILLISECOND, False),
        (6 * HOUR + ERRORS, None, False),
        (6 * HOUR + ERRORS + MILLISECOND, None, True),  # closed when it had to be out
        (-HOUR, None, False),
    ],
)
def test_where_a_ferry_or_road_was_closed_nobody_knows_whether_it_left(begins, ends, known):
    closed = asking(a_notice("post_closed", "dinh-khao", begins, ends))
    assert (gl10(entry(), within=closed) is not None) is known
    if not known:
        assert verdict(entry(), within=closed)["marks"] == ["TRANSIT_CANNOT_BE_KNOWN"]
        assert timers(entry(), within=closed) == ()


def test_a_notice_that_was_withdrawn_closes_nothing():
    withdrawn = a_notice("post_closed", "dinh-khao", -HOUR, None, state=FactState.WITHDRAWN, revision=2)
    assert gl10(entry(), within=asking(withdrawn)) is not None


def test_a_post_that_does_not_record_the_way_out_lets_everyone_out_unseen():
    inward = asking(posts=(*POSTS[:2], a_post("dinh-khao", records=("in",))))
    assert gl10(entry(), within=inward) is None
    assert verdict(entry(), within=inward)["marks"] == ["TRANSIT_CANNOT_BE_KNOWN"]
    gone = asking(posts=(*POSTS[:2], a_post("dinh-khao", records=("in",), state=FactState.WITHDRAWN, revision=2)))
    assert gl10(entry(), within=gone) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"purpose": Purpose.DESTINATION_HERE},
        {"direction": Direction.OUT},
        {"practice": True},
        {"emergency": {"reason": "HEART"}},
        {"refs": (CrossingRef("pass_number", ref("pass"), reading=0),)},  # no plate to know it by
        {"known": {"state": FactState.WITHDRAWN}},
    ],
)
def test_of_others_nobody_asks_when_they_come_out(changes):
    known = crossing(**({"purpose": Purpose.TRANSIT} | changes))
    assert gl10(known) is None
    assert timers(known) == ()


def test_whoever_was_turned_back_did_not_enter():
    assert gl10(entry(), decision=decided(Outcome.TURN_BACK)) is None
    assert timers(entry(), decision=decided(Outcome.TURN_BACK)) == ()


def test_the_window_is_of_the_class_and_the_post_and_absent_where_the_policy_names_none():
    windows = (
        TransitWindow(lasts=2 * HOUR, vehicle_classes=(VehicleClass.CAR,)),
        TransitWindow(lasts=3 * HOUR, entered_at=("co-chien",)),
        TransitWindow(lasts=4 * HOUR, entered_at=("rach-mieu",)),
    )
    (timer,) = timers(entry(), within=asking(transit_windows=windows))
    assert timer.deadline == NOON + 4 * HOUR + ERRORS
    assert timers(entry(), within=asking(transit_windows=windows[:2])) == ()


# Decisions that never came


def test_a_decision_is_waited_for_until_the_policys_time():
    assert said_of(crossing()).timers == (WantedTimer(DECISION_DEADLINE, NOON + 10 * MINUTE),)
    assert said_of(crossing(), decision=LET_THROUGH).timers == ()


@pytest.mark.parametrize(("known_until", "counted"), [(10 * MINUTE, True), (10 * MINUTE - MILLISECOND, False)])
def test_no_decision_in_time_counts_as_let_through_and_is_marked_so(known_until, counted):
    deadlines = {DECISION_DEADLINE: KnownDeadline(NOON + known_until)}
    judged = said_of(crossing(), deadlines=deadlines)
    fields = fields_of(judged.verdict.compared)
    assert fields["counted"] == {"outcome": None, "none_in_time": counted}
    assert (judged.timers == ()) is counted
    assert fields["occurred_at"] == ("2021-10-06T05:10:00.000Z" if counted else "2021-10-06T05:00:00.000Z")


def test_a_decision_that_comes_after_all_makes_the_deadline_as_if_it_had_never_been_looked_at():
    deadlines = {DECISION_DEADLINE: KnownDeadline(NOON + HOUR)}
    assert said_of(crossing(), decision=LET_THROUGH, deadlines=deadlines) == said_of(
        crossing(), decision=LET_THROUGH
    )


def test_a_positive_person_nobody_decided_about_is_recalled_when_the_time_is_over():
    known_before = a_result(after=-HOUR, at=NOON - HOUR)
    waiting = said_of(crossing(), results=(known_before,))
    assert "recall" not in {one.kind for one in waiting.others}
    over = said_of(
        crossing(),
        results=(known_before,),
        deadlines={DECISION_DEADLINE: KnownDeadline(NOON + 10 * MINUTE)},
    )
    assert "recall" in {one.kind for one in over.others}


# Which posts have told everything


def heard(**until):
    return {(f"{post.replace('_', '-')}-1", 1): at for post, at in until.items()}


def test_a_post_is_heard_when_each_of_its_stations_is():
    stations = [a_station("rach-mieu"), a_station("rach-mieu", station_id="rach-mieu-2", lane=2)]
    assert not_heard_beyond(["rach-mieu"], DEADLINE, stations, heard(rach_mieu=DEADLINE)) == ("rach-mieu",)
    both = {**heard(rach_mieu=DEADLINE), ("rach-mieu-2", 1): DEADLINE}
    assert not_heard_beyond(["rach-mieu"], DEADLINE, stations, both) == ()
    short = {**both, ("rach-mieu-2", 1): DEADLINE - MILLISECOND}
    assert not_heard_beyond(["rach-mieu"], DEADLINE, stations, short) == ("rach-mieu",)


def test_a_post_without_a_station_was_never_heard_and_a_revoked_station_is_not_waited_for():
    assert not_heard_beyond(["co-chien"], DEADLINE, [], {}) == ("co-chien",)
    stations = [
        a_station("co-chien"),
        a_station("co-chien", station_id="co-chien-2", state=FactState.WITHDRAWN, revision=2),
    ]
    assert not_heard_beyond(["co-chien"], DEADLINE, stations, heard(co_chien=DEADLINE)) == ()


def test_a_station_that_was_enrolled_again_is_asked_by_its_newest_enrolment():
    stations = [a_station("co-chien"), a_station("co-chien", enrolment=2)]
    assert not_heard_beyond(["co-chien"], DEADLINE, stations, heard(co_chien=DEADLINE)) == ("co-chien",)
    assert not_heard_beyond(["co-chien"], DEADLINE, stations, {("co-chien-1", 2): DEADLINE}) == ()


def test_where_no_policy_is_in_force_nothing_is_waited_for():
    assert said_of(entry(), within=asking(effective_at=NOON + HOUR)).timers == ()
