"""What a draft changes, and only the draft: compared crossing by crossing, counted, and said of nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.policy.policy import CodeOutcome
from schemas.rules.codes import TestStatus
from schemas.whatif import SECONDS_IN_LANE, WhatIfAsked
from schemas.words import Direction, Outcome, VehicleClass
from stream_processors.judging.context import Context, Registry
from stream_processors.questions.telling import FEW
from stream_processors.whatif.comparing import Comparing, Draft
from stream_processors.whatif.tally import Tally
from tests.builders import NOON, a_green_lane_reading, a_policy
from tests.unit.stream_processors.known import a_result, crossing, registry

TURNED_BACK = "GL05"


def with_code(code, outcome, **changes):
    """The policy in force with one code mapped otherwise."""
    codes = tuple(one for one in a_policy().codes if one.code != code)
    return a_policy(version=2, codes=(*codes, CodeOutcome(code=code, outcome=outcome)), **changes)


def leaving(name="crossing", **changes):
    """Nobody asks a test of who leaves: let through."""
    return crossing(name, **{"direction": Direction.OUT, "readings": (a_green_lane_reading(),)} | changes)


def expired(name="crossing", **changes):
    reading = a_green_lane_reading(valid_until=NOON - timedelta(hours=1))
    return leaving(name, readings=(reading,), **changes)


def asked(draft, **changes):
    return WhatIfAsked(
        policy=draft, begins_at=NOON - timedelta(days=1), ends_at=NOON + timedelta(days=1), **changes
    )


def compared(draft, *crossings, in_force=None, **known):
    comparing = Comparing(in_force or registry(), Draft.of(draft))
    tally = Tally(asked(draft))
    for one in crossings:
        tally.add(comparing.compare(one, Context(comparing.registry, **known)))
    return tally.comparison()


def test_the_same_policy_as_a_draft_changes_nothing():
    comparison = compared(a_policy(version=2), leaving("one"), expired("two"), crossing("three"))
    assert (comparison.crossings, comparison.changed, comparison.other_reasons) == (3, 0, 0)
    assert comparison.outcomes_before == comparison.outcomes_after
    assert comparison.lane_s_before == comparison.lane_s_after


def test_a_rule_that_turns_back_is_counted_by_outcome_post_and_rule():
    draft = with_code(TURNED_BACK, Outcome.LET_THROUGH)
    comparison = compared(draft, expired("one"), expired("two", post_id="co-chien"), leaving("three"))
    (change,) = comparison.changes
    assert (change.before, change.after, change.verdicts) == (Outcome.TURN_BACK, Outcome.LET_THROUGH, 2)
    assert [(post.post_id, post.crossings, post.changed) for post in comparison.posts] == [
        ("co-chien", 1, 1),
        ("rach-mieu", 2, 1),
    ]
    (rule,) = comparison.rules
    assert (rule.code, rule.decides, rule.verdicts) == (TURNED_BACK, False, 2)


def test_a_draft_counts_whatever_day_it_would_take_effect():
    draft = with_code(TURNED_BACK, Outcome.HOLD, effective_at=NOON + timedelta(days=300))
    assert compared(draft, expired()).changed == 1


def test_a_pilot_leaves_other_posts_as_they_were():
    draft = with_code(TURNED_BACK, Outcome.HOLD, areas=("co-chien",))
    comparison = compared(draft, expired("one"), expired("two", post_id="co-chien"))
    assert [(post.post_id, post.changed) for post in comparison.posts] == [("co-chien", 1), ("rach-mieu", 0)]


def test_where_no_policy_was_in_force_that_is_said():
    comparison = compared(a_policy(), leaving(), in_force=Registry())
    (change,) = comparison.changes
    assert (change.before, change.after) == (Outcome.COULD_NOT_CHECK, Outcome.LET_THROUGH)
    assert comparison.judged_by_none == 1
    assert comparison.policies == ()


def test_the_policies_of_the_period_are_named():
    (policy,) = compared(a_policy(version=2), leaving()).policies
    assert (policy.policy_id, policy.version, policy.crossings) == ("ben-tre-test", 1, 1)


def test_an_example_says_the_crossing_and_nobodys_health():
    draft = with_code(TestStatus.POSITIVE_AFTER, Outcome.HOLD)
    comparison = compared(draft, leaving(), results=(a_result(),))
    (example,) = comparison.examples
    assert (example.before, example.after) == (Outcome.REFER, Outcome.HOLD)
    assert example.codes_after == ("OCCUPANT_HEALTH",)


@pytest.mark.parametrize(
    ("crossings", "code"),
    [
        (FEW - 1, "OCCUPANT_HEALTH"),  # so few, beside an example, would say it of a person
        (FEW, "TS_NONE_SHOWN"),
    ],
)
def test_a_reason_of_health_is_named_from_five_verdicts_on(crossings, code):
    draft = with_code(TestStatus.NONE_SHOWN, Outcome.CHECK_MORE)
    reading = (a_green_lane_reading(),)
    incoming = [crossing(f"number {n}", readings=reading, direction=Direction.IN) for n in range(crossings)]
    comparison = compared(draft, *incoming)
    assert comparison.changed == crossings
    # GL15 says of the vehicle that a paper is missing; what is missing of whom is health's.
    assert {rule.code for rule in comparison.rules} == {code, "GL15"}


def test_the_same_outcome_for_other_reasons_is_counted_apart():
    draft = with_code(TURNED_BACK, Outcome.TURN_BACK, crew_of_class={VehicleClass.TRUCK: 0})
    comparison = compared(draft, expired())
    assert (comparison.changed, comparison.other_reasons) == (0, 1)


def test_lane_time_is_the_sum_of_the_assumed_seconds():
    draft = with_code(TURNED_BACK, Outcome.LET_THROUGH)
    comparison = compared(draft, expired("one"), leaving("two"))
    let_through, turned_back = SECONDS_IN_LANE[Outcome.LET_THROUGH], SECONDS_IN_LANE[Outcome.TURN_BACK]
    assert comparison.lane_s_before == let_through + turned_back
    assert comparison.lane_s_after == 2 * let_through


def test_seconds_that_are_not_given_are_the_usual_ones():
    given = asked(a_policy(), seconds={Outcome.HOLD: 5})
    assert (given.seconds_of(Outcome.HOLD), given.seconds_of(Outcome.REFER)) == (5, SECONDS_IN_LANE[Outcome.REFER])


def test_a_period_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValidationError):
        WhatIfAsked(policy=a_policy(), begins_at=NOON, ends_at=NOON)


def test_a_wider_window_of_the_draft_is_asked_of_the_store():
    draft = Draft.of(a_policy(look_back=timedelta(days=60)))
    assert draft.beside(registry()).widest("look_back") == timedelta(days=60)


@settings(deadline=None)  # the first example makes what the others share
@given(st.integers(0, 40), st.integers(0, 40))
def test_two_tallies_in_a_row_are_what_one_would_have_been(crossings, split):
    draft = with_code(TURNED_BACK, Outcome.TURN_BACK)
    comparing = Comparing(registry(), Draft.of(draft))
    kinds = (leaving, expired, crossing)
    found = [
        comparing.compare(kinds[number * 7 % 3](f"{number}"), Context(comparing.registry))
        for number in range(crossings)
    ]
    whole, earlier, later = (Tally(asked(draft)) for _ in range(3))
    for one in found:
        whole.add(one)
    for number, one in enumerate(found):
        (earlier if number < split else later).add(one)
    earlier.followed_by(later)
    assert earlier.comparison() == whole.comparison()
