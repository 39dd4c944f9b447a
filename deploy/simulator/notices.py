"""A plan's closures as the notices that the centre publishes of them. Pure; signs nothing."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.simulator.plan_model import Plan
from schemas.events.registry import NoticePublished
from schemas.ids import derived_id


def notices_of(plan: Plan) -> Iterator[NoticePublished]:
    for closure in plan.closures:
        notice_id = derived_id("simulated closure", plan.run_id, *closure.posts, closure.effective_at)
        yield NoticePublished(
            event_id=notice_id,
            occurred_at=closure.effective_at,
            revision=1,
            notice_id=notice_id,
            notice="road_closed",
            document=closure.document,
            issuer="UBND tỉnh Bến Tre",
            effective_at=closure.effective_at,
            ends_at=closure.ends_at,
            post_id=closure.posts[0],
            other_post_id=closure.posts[1],
            road="Phà",
        )
