"""Roads and ferries closed by notice between two posts: GL09 to GL12, and what the lane is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from schemas.words import Direction, FactState, Outcome, Purpose
from stream_processors.judging.context import TRANSIT_DEADLINE, KnownDeadline
from stream_processors.judging.said import WantedTimer, fields_of
from tests.builders import NOON, a_green_lane_reading, green_lane_claims
from tests.unit.stream_processors.known import crossing, decided
from tests.unit.stream_processors.two_posts import (
    ERRORS,
    HOUR,
    MINUTE,
    POSTS,
    a_notice,
    asking,
    before,
    findings,
    said_of,
    seen,
)

MILLISECOND = timedelta(milliseconds=1)
LET_THROUGH = decided(Outcome.LET_THROUGH)
ROUTE = ("rach-mieu", "dinh-khao")
"""A pass that names the road from Rạch Miễu to Đình Khao."""


def a_closed_road(begins, ends, *, post_id="co-chien", other="rach-mieu", **changes):
    return a_notice("road_closed", post_id, begins, ends, other_post_id=other, road="Phà", **changes)


def with_pass(route, **changes):
    return {
        "readings": (a_green_lane_reading(route=route),),
        "secrets": {"claims": (green_lane_claims(route=route),)},
    } | changes


# GL12: the truck came from co-chien to rach-mieu; 120 minutes are allowed.


def slow(minutes, *notices, **changes):
    return "GL12" in findings(seen(1, 0, **changes), before(minutes=minutes, cab=1), within=asking(*notices))


def test_a_closed_ferry_on_the_way_is_waited_for():
    closed = a_closed_road(-3 * HOUR, -1 * HOUR)
    assert not slow(239, closed)
    assert slow(241, closed)


@pytest.mark.parametrize(("post_id", "other"), [("co-chien", "rach-mieu"), ("rach-mieu", "co-chien")])
def test_a_road_has_no_first_end(post_id, other):
    assert not slow(239, a_closed_road(-3 * HOUR, -1 * HOUR, post_id=post_id, other=other))


def test_what_two_notices_close_at_once_is_waited_for_once():
    one, two = a_closed_road(-3 * HOUR, -1 * HOUR), a_notice("post_closed", "rach-mieu", -3 * HOUR, -1 * HOUR)
    assert not slow(239, one, two)
    assert slow(241, one, two)


def test_only_what_was_closed_between_the_two_posts_counts():
    assert slow(200, a_closed_road(-9 * HOUR, -200 * MINUTE))
    assert slow(200, a_closed_road(timedelta(0), None))
    assert not slow(200, a_closed_road(-9 * HOUR, -119 * MINUTE))


def test_another_road_explains_nothing_unless_the_pass_names_it():
    elsewhere = a_closed_road(-3 * HOUR, -1 * HOUR, post_id="dinh-khao")
    assert slow(239, elsewhere)
    assert not slow(239, elsewhere, **with_pass(("co-chien", "dinh-khao", "rach-mieu")))


@pytest.mark.parametrize("changes", [{"state": FactState.WITHDRAWN, "revision": 2}, {"other": None}])
def test_a_withdrawn_notice_or_one_with_a_single_end_closes_no_road(changes):
    closed = a_closed_road(-3 * HOUR, -1 * HOUR, **changes)
    assert slow(239, closed)


def test_gl09_a_closed_road_puts_nobody_into_a_vehicle():
    closed = asking(a_closed_road(-3 * HOUR, None))
    assert "GL09" in findings(seen(2, 8), before(cab=2, cargo=0), within=closed)


# GL11


@pytest.mark.parametrize(
    ("begins", "ends", "raised"),
    [
        (timedelta(0), HOUR, False),
        (MILLISECOND, HOUR, True),  # closed only after it had passed here
        (-9 * HOUR, None, False),
        (-9 * HOUR, -6 * HOUR + MILLISECOND, False),  # whoever went round is still on the way
        (-9 * HOUR, -6 * HOUR, True),
    ],
)
def test_gl11_a_closed_road_on_the_route_sends_its_traffic_elsewhere(begins, ends, raised):
    closed = a_closed_road(begins, ends, post_id="co-chien", other="dinh-khao")
    here = crossing(**with_pass(("co-chien", "dinh-khao")))
    within = asking(closed, diversion_lasts=6 * HOUR)
    assert ("GL11" in findings(here, within=within)) is raised


def test_gl11_a_closed_road_with_one_end_off_the_route_explains_nothing():
    here = crossing(**with_pass(("co-chien", "dinh-khao")))
    assert "GL11" in findings(here, within=asking(a_closed_road(-HOUR, HOUR)))


# GL10: it came in at rach-mieu, and has six hours.


def transit(*notices, deadline, neighbours=(), **changes):
    """What is found, and what is said meanwhile, when every post was heard until ``deadline``."""
    passed = {TRANSIT_DEADLINE: KnownDeadline(deadline, frozenset(POSTS))}
    known = crossing(purpose=Purpose.TRANSIT, **changes)
    within = asking(*notices)
    given = {"decision": LET_THROUGH, "deadlines": passed}
    said = said_of(known, *neighbours, within=within, **given)
    found = findings(known, *neighbours, within=within, **given)
    return "GL10" in found, fields_of(said.verdict.compared)["marks"], said.timers


WINDOW = NOON + 6 * HOUR + ERRORS


def test_the_time_that_a_road_was_closed_is_not_counted():
    closed, later = a_closed_road(HOUR, 3 * HOUR), WINDOW + 2 * HOUR
    assert transit(closed, deadline=later) == (True, [], ())
    timer = WantedTimer(TRANSIT_DEADLINE, later, tuple(sorted(POSTS)))
    assert transit(closed, deadline=later - MILLISECOND) == (False, ["TRANSIT_NOT_OUT_YET"], (timer,))


@pytest.mark.parametrize(
    ("after", "late"), [(8 * HOUR + 2 * ERRORS, False), (8 * HOUR + 2 * ERRORS + MILLISECOND, True)]
)
def test_who_left_by_the_longer_window_is_not_late(after, late):
    out = before(minutes=-after / MINUTE, direction=Direction.OUT, purpose=Purpose.TRANSIT, name="exit")
    closed = a_closed_road(HOUR, 3 * HOUR)
    assert transit(closed, deadline=WINDOW + 2 * HOUR, neighbours=(out,))[0] is late


@pytest.mark.parametrize(
    ("begins", "ends", "counts"),
    [
        (-3 * HOUR, timedelta(0), False),  # open again when it came in
        (-3 * HOUR, HOUR, True),
        (6 * HOUR, 9 * HOUR, False),  # closed when it had to be out
        (6 * HOUR - MINUTE, 9 * HOUR, True),
    ],
)
def test_only_a_road_closed_within_the_window_makes_it_longer(begins, ends, counts):
    assert transit(a_closed_road(begins, ends), deadline=WINDOW)[0] is not counts


@pytest.mark.parametrize("ends", [None, 7 * HOUR + MILLISECOND])
def test_while_nobody_knows_when_the_road_opens_nothing_is_said(ends):
    """Nor where it opens so late that whoever left by then would not be looked up any more."""
    found, marks, timers = transit(a_closed_road(HOUR, ends), deadline=NOON + 90 * HOUR)
    assert (found, marks, timers) == (False, ["TRANSIT_CANNOT_BE_KNOWN"], ())
    assert transit(a_closed_road(HOUR, 7 * HOUR), deadline=NOON + 90 * HOUR)[0]


@pytest.mark.parametrize("ends", [None, 7 * HOUR + MILLISECOND])
def test_who_came_out_while_nobody_knew_when_the_road_opens_is_not_late(ends):
    out = before(minutes=-9 * 60, direction=Direction.OUT, purpose=Purpose.TRANSIT, name="exit")
    assert transit(a_closed_road(HOUR, ends), deadline=WINDOW, neighbours=(out,)) == (False, [], ())


def test_of_a_known_route_only_its_own_roads_are_waited_for():
    elsewhere = a_closed_road(HOUR, 3 * HOUR)
    on_route = a_closed_road(HOUR, 3 * HOUR, post_id="dinh-khao")
    assert not transit(elsewhere, deadline=WINDOW)[0]
    assert transit(elsewhere, deadline=WINDOW, **with_pass(ROUTE))[0]
    assert not transit(on_route, deadline=WINDOW, **with_pass(ROUTE))[0]


def test_a_road_inland_holds_nobody_up_at_the_border():
    inland = a_closed_road(HOUR, 3 * HOUR, post_id="giong-trom", other="ba-tri")
    assert transit(inland, deadline=WINDOW)[0]


# At the lane


@pytest.mark.parametrize("post_id", ["rach-mieu", "co-chien"])
def test_a_closed_road_is_shown_at_both_its_ends_and_stops_nobody(post_id):
    verdict = said_of(crossing(post_id=post_id), within=asking(a_closed_road(-HOUR, HOUR))).verdict
    assert "ROAD_CLOSED" in fields_of(verdict.compared)["reasons"]
    elsewhere = said_of(crossing(post_id="dinh-khao"), within=asking(a_closed_road(-HOUR, HOUR))).verdict
    assert "ROAD_CLOSED" not in fields_of(elsewhere.compared)["reasons"]
