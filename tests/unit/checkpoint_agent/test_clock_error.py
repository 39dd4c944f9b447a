from datetime import timedelta

import pytest

from checkpoint_agent.publishing.clock_error import Measured, clock_error_bound, clock_error_now, in_ms
from tests.builders import NOON

S = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("broker_ahead_ms", "round_trip_ms", "bound_ms"),
    [
        (10, 20, 10),  # in the middle of the round trip: half of it is all we cannot know
        (0, 20, 20),  # stamped at once: the way there took no time, or our clock is ahead
        (20, 20, 20),
        (5_010, 20, 5_010),  # ours is five seconds behind
        (-4_990, 20, 5_010),
    ],
)
def test_the_bound_is_the_difference_and_half_the_round_trip(broker_ahead_ms, round_trip_ms, bound_ms):
    broker_at = NOON + timedelta(milliseconds=broker_ahead_ms)
    bound = clock_error_bound(NOON, timedelta(milliseconds=round_trip_ms), broker_at)
    assert in_ms(bound) == bound_ms


def test_it_is_unknown_until_first_measured():
    assert clock_error_now(None, 100.0) is None
    assert in_ms(None) is None


def test_it_grows_while_nothing_is_measured():
    measured = Measured(0.1 * S, at_s=100.0)
    assert clock_error_now(measured, 100.0) == 0.1 * S
    assert clock_error_now(measured, 100.0 + 86_400) == 0.1 * S + 8.64 * S


def test_a_part_of_a_millisecond_is_a_millisecond_of_error():
    assert in_ms(timedelta(microseconds=1001)) == 2
