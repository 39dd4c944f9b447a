"""Whether the driver was changed on the way by order, at a post that the vehicle passed before. Pure."""

from __future__ import annotations

from schemas.policy.policy import Policy
from schemas.rules.pass_scope import CHANGES_DRIVER
from schemas.rules.validity import notices_at
from stream_processors.judging.context import PASS_KINDS, VEHICLE, Context, KnownCrossing, Neighbour


def driver_changed_by_order(crossing: KnownCrossing, context: Context, policy: Policy) -> bool:
    """On this journey: the new driver is not on the pass at the next post either."""
    here = (crossing.facts.occurred_at, crossing.facts.crossing_id)
    return any(
        one.place_in_time < here
        and crossing.facts.occurred_at - one.at <= policy.between_posts.slow_within
        and one.shares(VEHICLE, *PASS_KINDS)
        and (one.ordered_change in CHANGES_DRIVER or _ordered_there(one, context))
        for one in context.neighbours
    )


def _ordered_there(other: Neighbour, context: Context) -> bool:
    at_that_post = [
        known.published for known in context.registry.notices if known.published.post_id == other.post_id
    ]
    return any(one.notice == "change_of_driver" for one in notices_at(at_that_post, other.at))
