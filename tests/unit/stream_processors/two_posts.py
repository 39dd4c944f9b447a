"""Builders for rules between posts: a policy that asks for all of them, crossings before, and what was decided."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from schemas.events.crossing import HeadCount
from schemas.events.registry import NoticePublished, PostRegistered, StationEnrolled
from schemas.policy.between_posts import BetweenPosts, TransitWindow
from schemas.words import Direction, Outcome, Purpose
from stream_processors.judging.context import VEHICLE, Context, Decided, KnownNotice, Neighbour, Registry
from stream_processors.judging.judge import judge
from stream_processors.judging.said import Kind, fields_of
from tests.builders import NOON, an_id
from tests.unit.stream_processors.known import a_neighbour, crossing, ref, registry

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
ERRORS = timedelta(milliseconds=500)
"""Of each clock, by the builders."""
ASKED = BetweenPosts(
    count_within=6 * HOUR,
    slow_percent=300,
    slow_allowance=30 * MINUTE,
    slow_within=24 * HOUR,
    turned_back_within=12 * HOUR,
    seal_within=24 * HOUR,
)
POSTS = ("rach-mieu", "co-chien", "dinh-khao")


def a_post(post_id: str, **changes: Any) -> PostRegistered:
    return PostRegistered.model_validate(
        {
            "event_id": an_id(f"post {post_id}"),
            "occurred_at": NOON - timedelta(days=40),
            "revision": 1,
            "post_id": post_id,
            "name": post_id,
            "mode": "road",
            "level": "province",
            "records": ("in", "out"),
        }
        | changes
    )


def a_station(post_id: str, **changes: Any) -> StationEnrolled:
    return StationEnrolled.model_validate(
        {
            "event_id": an_id(f"station {post_id}"),
            "occurred_at": NOON - timedelta(days=40),
            "revision": 1,
            "station_id": f"{post_id}-1",
            "enrolment": 1,
            "post_id": post_id,
            "lane": 1,
            "signing_key": "AAAA",
            "sealing_key": "AAAA",
            "sealing_key_id": "k",
        }
        | changes
    )


def asking(*notices: KnownNotice, posts: Any = POSTS, **policy: Any) -> Registry:
    """A policy with every window, and the posts."""
    wanted = {"between_posts": ASKED, "transit_windows": (TransitWindow(lasts=6 * HOUR),)} | policy
    known = registry(*notices, **wanted)
    made = [one if isinstance(one, PostRegistered) else a_post(one) for one in posts]
    return Registry(
        known.policies,
        known.notices,
        posts={one.post_id: one for one in made},
        stations=tuple(a_station(one.post_id) for one in made),
    )


def a_notice(
    kind: str, post_id: str | None, begins: timedelta, ends: timedelta | None, **changes: Any
) -> KnownNotice:
    """``begins`` and ``ends`` from noon."""
    id_ = an_id(f"notice {kind} {post_id}")
    return KnownNotice(
        NoticePublished.model_validate(
            {
                "event_id": id_,
                "occurred_at": NOON - timedelta(days=1),
                "revision": 1,
                "notice_id": id_,
                "notice": kind,
                "document": "TB-TEST",
                "issuer": "UBND",
                "effective_at": NOON + begins,
                "ends_at": None if ends is None else NOON + ends,
                "post_id": post_id,
            }
            | changes
        )
    )


def before(
    *,
    minutes: float = 60,
    outcome: Outcome | None = Outcome.LET_THROUGH,
    cab: int | None = 2,
    cargo: int | None = 0,
    name: str = "earlier",
    **changes: Any,
) -> Neighbour:
    """The same truck at the other bridge, going the same way."""
    decision = None
    if outcome is not None:
        decision = Decided(an_id(f"{name} decision"), NOON - minutes * MINUTE + MINUTE, outcome)
    return a_neighbour(
        before=minutes * MINUTE,
        name=name,
        **{
            "shared": frozenset({(VEHICLE, ref("plate"))}),
            "direction": Direction.IN,
            "purpose": Purpose.DESTINATION_HERE,
            "head_count": HeadCount(cab=cab, cargo=cargo),
            "green_lane": True,
            "decision": decision,
        }
        | changes,
    )


def seen(cab: int | None, cargo: int | None, **changes: Any):
    """The truck that is judged, at noon."""
    return crossing(head_count=HeadCount(cab=cab, cargo=cargo), **changes)


def said_of(known, *neighbours: Neighbour, within: Registry | None = None, **context: Any):
    return judge(known, Context(within or asking(), neighbours=neighbours, **context))


def findings(known, *neighbours: Neighbour, within: Registry | None = None, **context: Any) -> dict[str, Any]:
    """Fields of each finding, by its code."""
    judged = said_of(known, *neighbours, within=within, **context)
    found = [fields_of(one.compared) for one in judged.others if one.kind is Kind.FINDING]
    return {one["code"]: one for one in found}


def evidence(finding: dict[str, Any]) -> list[str]:
    return [item["code"] for item in finding["evidence"]]
