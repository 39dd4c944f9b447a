"""Which local days' random inspection draws are to be repeated, and when. Pure.

A day is looked at when it is over, and again on each day after it for as long as stations keep what they sent: a
counter that was missing comes, or is given up; a policy is published as of the past. After that it is looked at
again when more draws of it are here than were counted, however late they come.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

SETTLES = timedelta(hours=3)
"""What was opened before midnight is closed by then, and here: a counter without a record is missing."""
AGAIN_FOR = timedelta(days=8)
"""A station keeps what it sent for 7 days (TRUST.md), and is asked again for what is missing."""


@dataclass(frozen=True)
class Looked:
    """How a day was looked at last. ``on``: the local day of that look; None when none came to its end."""

    on: date | None
    counted: int


def round_at(now: datetime, zone: ZoneInfo) -> date:
    """The local day on which it is looked; days before it are over."""
    return (now - SETTLES).astimezone(zone).date()


def due(today: date, kept: Mapping[date, int], looked: Mapping[date, Looked]) -> list[date]:
    """The oldest first. ``kept``: how many draws of each local day are here."""
    return [day for day in sorted(kept) if day < today and _is_due(day, today, kept[day], looked.get(day))]


def _is_due(day: date, today: date, kept: int, looked: Looked | None) -> bool:
    if looked is None or looked.on is None:
        return True
    if looked.on >= today:
        return False
    return day >= today - AGAIN_FOR or kept > looked.counted
