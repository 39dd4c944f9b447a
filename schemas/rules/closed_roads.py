"""Roads and ferries that notices close between two posts, and how long a way was shut. Pure.

A closed road explains what happens on a way that leads over it, and no other: both of its ends must be on the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from datetime import datetime, timedelta

from schemas.events.registry import NoticePublished
from schemas.rules.facts import CrossingFacts
from schemas.words import FactState

ROAD_CLOSED = "road_closed"


def ends_of(notice: NoticePublished) -> frozenset[str]:
    """Empty for what closes no road, is withdrawn, or does not say between which two posts."""
    if notice.notice != ROAD_CLOSED or notice.state is not FactState.IN_FORCE:
        return frozenset()
    ends = frozenset(one for one in (notice.post_id, notice.other_post_id) if one is not None)
    return ends if len(ends) == 2 else frozenset()


def leads_over(way: Set[str], notice: NoticePublished) -> bool:
    ends = ends_of(notice)
    return bool(ends) and ends <= way


def registered_way(facts: CrossingFacts) -> frozenset[str]:
    """The posts that the genuine passes name."""
    return frozenset(post_id for shown in facts.passes if shown.genuine for post_id in shown.route)


def time_shut(notices: Iterable[NoticePublished], begins: datetime, ends: datetime) -> timedelta:
    """How much of the time between two instants any of these was in force. What overlaps counts once."""
    total, counted_until = timedelta(0), begins
    for notice in sorted(notices, key=lambda one: one.effective_at):
        first = max(notice.effective_at, counted_until)
        last = min(notice.ends_at or ends, ends)
        if last > first:
            total += last - first
            counted_until = last
    return total


def after_open_time(notices: Iterable[NoticePublished], begins: datetime, span: timedelta) -> datetime | None:
    """When ``span`` has passed of time in which none of these was in force; None when that is never known."""
    ends = begins + span
    for notice in sorted(notices, key=lambda one: one.effective_at):
        if notice.effective_at >= ends:
            break
        if notice.ends_at is None:
            return None
        first = max(notice.effective_at, begins)
        if notice.ends_at > first:
            ends += notice.ends_at - first
            begins = notice.ends_at
    return ends
