"""What takes hours: planted only where its truth is certain, and beside each the look-alike that is lawful."""

from __future__ import annotations

from datetime import timedelta
from statistics import median_low

import pytest

from deploy.demo.posts import LANES, SIMULATED
from deploy.simulator.notices import notices_of
from deploy.simulator.plan import plan
from deploy.simulator.plan_model import JAMMED, OF_A_DAY, Case, Counts
from deploy.simulator.slots import NoRoom
from schemas.rules.codes import Rule
from schemas.words import Direction, Purpose
from tests.unit.simulator.mornings import POLICY, START, a_plan

DAY = timedelta(hours=6)
ASKED = POLICY.between_posts
CLOCKS = 2 * POLICY.clock_error_when_unknown


def a_day(seed=1, crossings=240, counts=None):
    return plan(seed, LANES, POLICY, START, START + DAY, counts or Counts.of_a_day(crossings))


def journeys(drawn):
    """Earlier and later crossing of each pair, inward at two posts."""
    for one in drawn.crossings:
        other = drawn.by_sheet[one.partner] if one.partner else None
        if other and one.sheet_id < other.sheet_id and one.post_id != other.post_id:
            yield one, other


def travel(one, other):
    return POLICY.travel_time(one.post_id, other.post_id)


def allowed(one, other):
    return travel(one, other) * ASKED.slow_percent / 100 + ASKED.slow_allowance


def gap(one, other):
    return other.closed_at - one.closed_at


def slow_ones(drawn):
    return [(one, other) for one, other in journeys(drawn) if Rule.GL12.value in other.expected.findings]


def held_up(drawn):
    """Longer on the way than the rule allows where nothing explains it, and lawful."""
    return [
        (one, other)
        for one, other in journeys(drawn)
        if one.case is Case.LAWFUL_WAY and gap(one, other) > allowed(one, other)
    ]


def transit(drawn, *cases):
    return [
        one for one in drawn.crossings if one.case in cases and one.purpose is Purpose.TRANSIT and not one.partner
    ]


def test_a_day_has_every_rule_of_the_catalogue():
    planted = {code for one in a_day().crossings for code in one.expected.findings}
    assert planted == {rule.value for rule in Rule}


@pytest.mark.parametrize("crossings", [200, 240, 300, 1000])
def test_a_day_has_exactly_as_many_crossings_as_asked(crossings):
    counts = Counts.of_a_day(crossings)
    assert len(a_day(counts=counts).crossings) == crossings == counts.crossings
    assert OF_A_DAY.items() <= vars(counts).items()


@pytest.mark.parametrize("seed", range(10))
def test_the_slow_truck_has_nobody_beside_it_whose_wait_would_explain_it(seed):
    drawn = a_day(seed)
    ((one, other),) = slow_ones(drawn)
    assert allowed(one, other) + CLOCKS < gap(one, other) <= ASKED.slow_within - CLOCKS
    road = (one.post_id, other.post_id)
    assert [pair for pair in journeys(drawn) if (pair[0].post_id, pair[1].post_id) == road] == [(one, other)]
    assert other.expected.alerts == ()  # information by itself


@pytest.mark.parametrize("seed", range(10))
def test_the_last_of_a_jam_waited_as_long_as_those_before_it(seed):
    drawn = a_day(seed)
    closed = {closure.posts for closure in drawn.closures}
    ((one, last),) = [pair for pair in held_up(drawn) if (pair[0].post_id, pair[1].post_id) not in closed]
    same_road = [
        pair for pair in journeys(drawn) if (pair[0].post_id, pair[1].post_id) == (one.post_id, last.post_id)
    ]
    assert len(same_road) == JAMMED
    before = [gap(*pair) for pair in same_road if pair[1] is not last]
    assert all(other.closed_at < last.closed_at for _, other in same_road if other is not last)
    assert all(took + CLOCKS <= allowed(one, last) for took in before)
    assert gap(one, last) <= allowed(one, last) + median_low(before) - travel(one, last)


@pytest.mark.parametrize("seed", range(10))
def test_a_closed_ferry_explains_who_waited_for_it_and_is_said_at_both_ends_meanwhile(seed):
    drawn = a_day(seed)
    (closure,) = drawn.closures
    ((one, other),) = [pair for pair in held_up(drawn) if (pair[0].post_id, pair[1].post_id) == closure.posts]
    assert one.closed_at < closure.effective_at < closure.ends_at < other.closed_at
    assert gap(one, other) <= allowed(one, other) + (closure.ends_at - closure.effective_at)
    (notice,) = notices_of(drawn)
    assert ({notice.post_id, notice.other_post_id}, notice.ends_at) == ({*closure.posts}, closure.ends_at)
    for crossing in drawn.crossings:
        during = closure.effective_at <= crossing.closed_at < closure.ends_at
        assert ("ROAD_CLOSED" in crossing.expected.reasons) == (crossing.post_id in closure.posts and during)


def test_no_wrong_route_is_planted_that_a_closed_road_excuses():
    drawn = a_day()
    (closure,) = drawn.closures
    off_route = [one for one in drawn.crossings if one.case is Case.OFF_ROUTE]
    assert off_route
    assert all(one.post_id in closure.posts for one in off_route)


@pytest.mark.parametrize("seed", range(10))
def test_a_post_falls_silent_after_who_stays_should_have_left_and_before_who_may_have(seed):
    drawn = a_day(seed)
    (closure,) = drawn.closures
    longest = closure.ends_at - closure.effective_at
    window = {
        one.sheet_id: one.closed_at + POLICY.transit_window(one.vehicle_class, one.post_id)
        for one in drawn.crossings
    }
    stays, unknown = transit(drawn, Case.STAYS_INSIDE), transit(drawn, Case.LAWFUL)
    assert (len(stays), len(unknown)) == (OF_A_DAY["stays_inside"], OF_A_DAY["exit_silent"])
    assert all(window[one.sheet_id] + longest + CLOCKS < drawn.silence.since for one in stays)
    assert all(window[one.sheet_id] >= drawn.silence.since for one in unknown)
    assert all(one.direction is Direction.IN for one in (*stays, *unknown))


def test_a_driver_who_was_changed_by_order_is_on_no_pass_and_entered_once():
    drawn = a_day()
    pairs = [(one, other) for one, other in journeys(drawn) if one.ordered_change]
    assert len(pairs) == OF_A_DAY["ordered_driver"]
    for one, other in pairs:
        registered = {person.number for shown in one.shown for person in getattr(shown.paper, "crew", ())}
        assert other.ordered_change is None
        assert one.occupants[0].person == other.occupants[0].person
        assert one.occupants[0].person.number not in registered


def test_where_it_does_not_fit_it_is_refused():
    with pytest.raises(NoRoom):
        a_plan(counts=Counts.of_a_day(200), lanes=SIMULATED)
