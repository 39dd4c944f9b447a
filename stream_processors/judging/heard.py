"""Which posts are known to have told everything up to an instant. Pure: a silent post has told nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from schemas.events.registry import StationEnrolled
from schemas.words import FactState


def not_heard_beyond(
    posts: Iterable[str],
    deadline: datetime,
    stations: Iterable[StationEnrolled],
    heard: Mapping[tuple[str, int], datetime],
) -> tuple[str, ...]:
    """The posts to wait for, in order. ``heard`` is until when each station is known to have told everything, its
    clock's error taken off. A post without a station was never heard; one station of it is not enough."""
    newest: dict[str, StationEnrolled] = {}
    for one in stations:
        if one.station_id not in newest or newest[one.station_id].enrolment < one.enrolment:
            newest[one.station_id] = one
    of_post: dict[str, list[StationEnrolled]] = {}
    for one in newest.values():
        if one.state is FactState.IN_FORCE:
            of_post.setdefault(one.post_id, []).append(one)
    return tuple(
        post
        for post in sorted(set(posts))
        if not of_post.get(post)
        or any(
            (until := heard.get((one.station_id, one.enrolment))) is None or until < deadline
            for one in of_post[post]
        )
    )
