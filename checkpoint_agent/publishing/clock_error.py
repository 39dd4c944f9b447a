"""How wrong the station's clock may be, against the broker's. Pure: readings of clocks in, a bound out.

While no heartbeat comes through, the bound grows: a cheap clock drifts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

DRIFT_PER_S = 100e-6
"""100 ppm, about 9 s a day: the worst of ordinary quartz between cold night and hot noon."""


@dataclass(frozen=True, slots=True)
class Measured:
    """``bound`` held at ``at_s``, a reading of the monotonic clock, which no time setting moves."""

    bound: timedelta
    at_s: float


def clock_error_bound(sent_at: datetime, round_trip: timedelta, broker_at: datetime) -> timedelta:
    """The most that our clock can differ from the broker's, which stamped the record somewhere in the round trip.

    The difference is taken to the middle of the round trip, and half of it is added: the bound holds whichever
    way took longer.
    """
    middle = sent_at + round_trip / 2
    return abs(broker_at - middle) + round_trip / 2


def clock_error_now(measured: Measured | None, now_s: float) -> timedelta | None:
    """The bound as it stands now; None until first measured."""
    if measured is None:
        return None
    return measured.bound + timedelta(seconds=max(0.0, now_s - measured.at_s) * DRIFT_PER_S)


def in_ms(error: timedelta | None) -> int | None:
    """Whole milliseconds, rounded up, as events carry it."""
    return None if error is None else -(-error // timedelta(milliseconds=1))
