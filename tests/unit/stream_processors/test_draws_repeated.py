"""The centre repeats the random inspection draws, and accounts for every counter."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from schemas.events.registry import PolicyPublished
from schemas.policy.matters import InspectionRate
from schemas.trust.draws import drawn, station_day_key
from stream_processors.judging.context import Registry
from stream_processors.judging.draws_repeated import Draw, Told, Unlike, of_a_day
from tests.builders import NOON, a_policy, an_id, facts

KEY = b"k" * 32
DAY = NOON.date()


def key_of(station_id, enrolment):
    return KEY if (station_id, enrolment) == ("rach-mieu-1", 1) else b"o" * 32


def published(per_mille, *, before=timedelta(days=40), version=1):
    rates = (InspectionRate(per_mille=per_mille),) if per_mille else ()
    policy = a_policy(inspection_rates=rates, version=version, effective_at=NOON - before)
    return PolicyPublished(
        event_id=an_id(f"policy {version}"), occurred_at=NOON - before, revision=version, policy=policy
    )


HALF = Registry((published(500),))


def must_be(counter, rate=500):
    return drawn(station_day_key(KEY, DAY), 1, DAY, counter, rate)


def a_draw(counter=1, **changes):
    made = Draw(
        an_id(f"crossing {counter}"),
        1,
        "rach-mieu-1",
        1,
        1,
        NOON - timedelta(minutes=1),
        counter,
        must_be(counter),
    )
    return replace(made, **changes)


def told(*draws, registry=HALF, over=True, incomplete=frozenset()):
    known = {one.crossing_id: facts(f"crossing {one.counter}") for one in draws if not one.abandoned}
    found = of_a_day(draws, known, registry, key_of, all_counters_known=over, incomplete=incomplete)
    return [(one.counter, one.what) for one in found]


def test_draws_as_they_must_have_been_are_quiet():
    assert told(*map(a_draw, range(1, 60))) == []


@pytest.mark.parametrize("counter", range(1, 10))
def test_a_draw_that_came_out_otherwise_is_told(counter):
    before = [a_draw(n) for n in range(1, counter)]
    assert told(*before, a_draw(counter, drawn=not must_be(counter))) == [(counter, Unlike.DRAW_DIFFERS)]
    assert told(*before, a_draw(counter, drawn=None)) == [(counter, Unlike.DRAW_DIFFERS)]


def test_another_enrolment_draws_by_another_key():
    drawn_by_other = [a_draw(n, enrolment=2) for n in range(1, 40)]
    assert {what for _, what in told(*drawn_by_other)} == {Unlike.DRAW_DIFFERS}


def test_a_draw_by_a_policy_that_was_not_in_force_any_more_is_no_fault_of_the_lane():
    """Published as of the past: the station could not have it yet."""
    came_late = Registry((published(0), published(1000, before=timedelta(hours=1), version=2)))
    assert told(a_draw(drawn=None), registry=came_late) == [(1, Unlike.BY_ANOTHER_POLICY)]
    assert told(a_draw(drawn=True), registry=came_late) == []
    assert told(a_draw(drawn=False), registry=came_late) == [(1, Unlike.DRAW_DIFFERS)]


def test_a_policy_that_begins_later_explains_nothing():
    later = Registry((published(0), published(1000, before=-timedelta(hours=1), version=2)))
    assert told(a_draw(drawn=True), registry=later) == [(1, Unlike.DRAW_DIFFERS)]
    assert told(a_draw(drawn=None), registry=later) == []


def test_a_crossing_that_was_given_up_keeps_its_counter_and_has_no_draw_to_repeat():
    assert told(a_draw(1), a_draw(2, abandoned=True, drawn=None), a_draw(3)) == []


@pytest.mark.parametrize(
    ("over", "incomplete", "expected"),
    [
        (True, frozenset(), [(2, Unlike.COUNTER_MISSING)]),
        (False, frozenset(), []),  # it may be open in the lane
        (True, frozenset({"rach-mieu-1"}), [(2, Unlike.COUNTER_ON_ITS_WAY)]),
        (True, frozenset({"co-chien-1"}), [(2, Unlike.COUNTER_MISSING)]),
    ],
)
def test_opening_again_until_not_drawn_leaves_a_counter_behind(over, incomplete, expected):
    assert told(a_draw(1), a_draw(3), over=over, incomplete=incomplete) == expected


def test_a_counter_that_was_used_for_two_crossings_is_told():
    twice = a_draw(2, crossing_id=an_id("another"))
    known = {one: facts("crossing 2") for one in (an_id("crossing 2"), an_id("another"))}
    found = of_a_day([a_draw(1), a_draw(2), twice], known, HALF, key_of, all_counters_known=True)
    assert found == [Told("rach-mieu-1", 1, 2, Unlike.COUNTER_TWICE)]


@pytest.mark.parametrize(
    "changed",
    [{"counter": 2, "drawn": must_be(2)}, {"opened_at": NOON - timedelta(minutes=2)}, {"drawn": not must_be(1)}],
)
def test_a_correction_that_changes_the_draw_is_told_and_one_that_keeps_it_is_not(changed):
    assert told(a_draw(1), a_draw(1, revision=2)) == []
    draws = [a_draw(1), replace(a_draw(1, revision=2), **changed)]
    known = {an_id("crossing 1"): facts("crossing 1")}
    found = of_a_day(draws, known, HALF, key_of, all_counters_known=True)
    assert Unlike.COUNTER_CHANGED in {one.what for one in found}


def test_missing_counters_are_told_as_ranges_however_many_a_station_claims():
    """A counter is any number that a station writes; what lies between is not listed one by one."""
    known = {an_id(f"crossing {n}"): facts(f"crossing {n}") for n in (2, 4, 2**62)}
    draws = [a_draw(n) for n in (2, 4, 2**62)]
    found = of_a_day(draws, known, HALF, key_of, all_counters_known=True)
    assert [(one.counter, one.until) for one in found] == [(1, None), (3, None), (5, 2**62 - 1)]
    assert {one.what for one in found} == {Unlike.COUNTER_MISSING}
