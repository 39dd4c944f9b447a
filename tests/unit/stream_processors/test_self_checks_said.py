"""What is found out about ourselves is said once, anew when it is otherwise, and withdrawn when it is over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from schemas.events.self_checks import DrawsRepeated, DrawTold, TimerPutAside, Unlike
from schemas.timers_to_try import AsideTimer, TimersToTry, timers_in
from schemas.words import FactState
from stream_processors.judging.self_checks import over, to_say
from tests.builders import NOON, an_id

LATER = NOON + timedelta(hours=1)


def aside(name="timer", **changes):
    said = {
        "event_id": an_id(name),
        "occurred_at": NOON,
        "revision": 1,
        "crossing_id": an_id("crossing"),
        "kind": "decision",
        "deadline": NOON,
        "put_aside_at": NOON,
    }
    return TimerPutAside.model_validate(said | changes)


def test_what_was_never_said_is_said():
    assert to_say(None, aside()) == aside()


def test_what_was_said_is_not_said_again_only_because_time_has_passed():
    assert to_say(aside(revision=3), aside(occurred_at=LATER)) is None


def test_what_is_otherwise_is_said_under_the_next_revision():
    now = aside(occurred_at=LATER, put_aside_at=LATER)
    assert to_say(aside(revision=3), now) == aside(occurred_at=LATER, put_aside_at=LATER, revision=4)


def test_what_is_over_is_withdrawn_and_comes_back_as_a_revision():
    said = aside(revision=2)
    (withdrawn,) = over({said.event_id: said}, [aside("another")], at=LATER)
    assert withdrawn == aside(revision=3, state=FactState.WITHDRAWN, occurred_at=LATER)
    assert to_say(withdrawn, aside()).revision == 4
    assert over({said.event_id: said}, [aside()], at=LATER) == []


@pytest.mark.parametrize(
    ("changes", "in_order"),
    [
        ({}, True),
        ({"what": Unlike.COUNTER_ON_ITS_WAY}, True),
        ({"what": Unlike.BY_ANOTHER_POLICY}, True),
        ({"what": Unlike.DRAW_DIFFERS}, False),
        ({"what": Unlike.COUNTER_MISSING}, False),
        ({"untold": 1}, False),
        ({"failed": True}, False),  # nothing is known about it
    ],
)
def test_a_day_is_in_order_when_nothing_told_of_it_is_a_fault(changes, in_order):
    told = (
        (DrawTold(station_id="rach-mieu-1", lane=1, counter=1, what=changes.pop("what")),)
        if "what" in changes
        else ()
    )
    day = DrawsRepeated(
        event_id=an_id("day"),
        occurred_at=NOON,
        revision=1,
        day=NOON.date(),
        looked_at=NOON,
        draws=1,
        abandoned=0,
        all_counters_known=True,
        told=told,
        **changes,
    )
    assert day.in_order is in_order


def test_a_command_names_the_timers_that_a_person_saw_and_one_that_is_malformed_names_none():
    seen = AsideTimer(crossing_id=an_id("crossing"), kind="decision", put_aside_at=NOON)
    arguments = TimersToTry(timers=(seen,)).arguments()
    assert timers_in(arguments) == (seen,)
    assert timers_in({}) == ()
    assert timers_in({"asked": {"timers": [{"kind": "decision"}]}}) == ()
    assert timers_in({"asked": 7}) == ()
