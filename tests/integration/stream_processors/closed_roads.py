"""One truck for each rule that a closed road explains, and the notice, for tests on a real PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from schemas.events.crossing import HeadCount
from schemas.passes.claims import PersonClaims
from schemas.policy.between_posts import BetweenPosts, TransitWindow
from schemas.words import Direction, Purpose
from tests.builders import a_green_lane_reading, green_lane_claims
from tests.integration.stream_processors.province import now

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LONG_AGO = datetime(2021, 1, 1, tzinfo=UTC)
ROAD = {"post_id": "co-chien", "other_post_id": "dinh-khao", "road": "Phà"}


def the_start():
    return now() - 12 * HOUR


def a_closed_road(centre, at, revision=1, *, begins=10, ends=160, **changes):
    """``begins`` and ``ends`` in minutes; open ones end all that any other revision said."""
    closed = {"effective_at": at + begins * MINUTE, "ends_at": at + ends * MINUTE, **ROAD}
    return centre.notice("road_closed", notice_id=UUID(int=7), revision=revision, **closed | changes)


def the_known(centre, stations):
    policy = centre.policy(
        effective_at=LONG_AGO,
        transit_windows=(TransitWindow(lasts=3 * HOUR),),
        diversion_lasts=HOUR,
        between_posts=BetweenPosts(slow_percent=200, slow_allowance=30 * MINUTE, slow_within=24 * HOUR),
    )
    return [
        *(centre.post(post_id) for post_id in stations),
        *(centre.enrolment(station) for station in stations.values()),
        policy,
    ]


def a_night(stations, at):
    """One truck for each rule; the closed road from Cổ Chiên to Đình Khao explains all three."""
    bridge, ferry = stations["rach-mieu"], stations["co-chien"]
    everywhere = ("rach-mieu", "co-chien", "dinh-khao")

    def truck(station, after, number, route, **changes):
        reading = a_green_lane_reading(route=route, valid_from=at - 99 * HOUR, valid_until=at + 99 * HOUR)
        return station.crossing(
            **{
                "at": at + after * MINUTE,
                "readings": (reading,),
                "head_count": HeadCount(cab=1, cargo=0),
                "plate": f"71C-{number:05}",
                "person": PersonClaims(),
                "inside": {"claims": (green_lane_claims(route=route),)},
            }
            | changes
        )

    off_route = truck(bridge, 200, 1, ("co-chien", "dinh-khao"))
    set_out, came_late = truck(bridge, 0, 2, everywhere), truck(ferry, 200, 2, everywhere)
    through = {"purpose": Purpose.TRANSIT}
    entered = truck(bridge, 1, 3, everywhere, **through)
    left = truck(ferry, 230, 3, everywhere, direction=Direction.OUT, **through)
    return [
        *(off_route, set_out, came_late, entered, left),
        *(bridge.decision(one) for one in (off_route, set_out, entered)),
        *(ferry.decision(one) for one in (came_late, left)),
        *(station.heartbeat() for station in (bridge, ferry)),
    ]


async def takes_and_fires(judge, *facts):
    await judge.takes(*facts)
    await judge.fires(HOUR)
