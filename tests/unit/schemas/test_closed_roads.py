"""How long a way was shut, however many notices say so."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from schemas.events.registry import NoticePublished
from schemas.rules.closed_roads import after_open_time, ends_of, time_shut
from tests.builders import NOON, an_id

MINUTE = timedelta(minutes=1)


def closed(begins, ends, **changes):
    return NoticePublished.model_validate(
        {
            "event_id": an_id("closed"),
            "occurred_at": NOON,
            "revision": 1,
            "notice_id": an_id("closed"),
            "notice": "road_closed",
            "document": "VB-TEST",
            "issuer": "UBND",
            "effective_at": NOON + begins * MINUTE,
            "ends_at": None if ends is None else NOON + ends * MINUTE,
            "post_id": "rach-mieu",
            "other_post_id": "co-chien",
        }
        | changes
    )


spans = st.tuples(st.integers(-30, 90), st.integers(1, 60)).map(lambda one: (one[0], one[0] + one[1]))


@given(st.lists(spans, max_size=6), st.integers(0, 60))
def test_time_shut_is_every_minute_in_which_some_notice_was_in_force(shut, lasts):
    expected = sum(any(first <= minute < last for first, last in shut) for minute in range(lasts))
    assert time_shut([closed(*one) for one in shut], NOON, NOON + lasts * MINUTE) == expected * MINUTE


@given(st.lists(spans, max_size=6), st.integers(1, 60))
def test_the_window_ends_when_so_many_open_minutes_have_passed(shut, lasts):
    left, minute = lasts, 0
    while left:
        left -= not any(first <= minute < last for first, last in shut)
        minute += 1
    assert after_open_time([closed(*one) for one in shut], NOON, lasts * MINUTE) == NOON + minute * MINUTE


def test_what_has_no_end_is_shut_until_now_and_its_window_ends_nobody_knows_when():
    assert time_shut([closed(10, None)], NOON, NOON + 30 * MINUTE) == 20 * MINUTE
    assert after_open_time([closed(10, None)], NOON, 30 * MINUTE) is None
    assert after_open_time([closed(30, None)], NOON, 30 * MINUTE) == NOON + 30 * MINUTE


def test_a_road_lies_between_two_posts():
    assert ends_of(closed(0, 1)) == {"rach-mieu", "co-chien"}
    assert ends_of(closed(0, 1, other_post_id="rach-mieu")) == frozenset()
    assert ends_of(closed(0, 1, other_post_id=None)) == frozenset()
    assert ends_of(closed(0, 1, notice="post_closed")) == frozenset()
