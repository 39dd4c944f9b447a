"""Which other crossings belong to the way that a vehicle is on, and what of them counts. Pure.

Of earlier crossings only those let through count (DESIGN.md section 3); of GL16 only those turned back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from schemas.events.registry import NoticePublished
from schemas.policy.policy import Policy
from schemas.rules.closed_roads import ROAD_CLOSED, leads_over, registered_way, time_shut
from schemas.rules.facts import CrossingFacts
from schemas.words import Direction, FactState, OrderedChange, Outcome, Purpose
from stream_processors.judging.context import (
    VEHICLE,
    Context,
    KnownCrossing,
    Neighbour,
    Registry,
    clock_error,
)


def was_let_through(neighbour: Neighbour, registry: Registry) -> bool:
    """Decided so, or known to have had no decision within the time of the policy that it was under."""
    if neighbour.decision is not None:
        return neighbour.decision.outcome is Outcome.LET_THROUGH
    published = registry.policy_at(neighbour.at, registry.place_of(neighbour.post_id))
    if published is None or neighbour.no_decision_until is None:
        return False
    return neighbour.no_decision_until >= neighbour.at + published.policy.decision_time


@dataclass(frozen=True)
class Way:
    """A crossing, and the earlier ones of the same vehicle, nearest first."""

    crossing: KnownCrossing
    facts: CrossingFacts
    policy: Policy
    registry: Registry
    earlier: tuple[Neighbour, ...]

    @classmethod
    def of(cls, crossing: KnownCrossing, facts: CrossingFacts, context: Context, policy: Policy) -> Way:
        here = (facts.occurred_at, facts.crossing_id)
        earlier = [one for one in context.neighbours if one.shares(VEHICLE) and one.place_in_time < here]
        earlier.sort(key=lambda one: one.place_in_time, reverse=True)
        return cls(crossing, facts, policy, context.registry, tuple(earlier))

    def gap(self, earlier: Neighbour) -> timedelta:
        return self.facts.occurred_at - earlier.at

    def errors(self, earlier: Neighbour) -> timedelta:
        """What is allowed to both clocks together."""
        return clock_error(self.facts.clock_error_ms, self.crossing.ahead, self.policy) + clock_error(
            earlier.clock_error_ms, earlier.ahead, self.policy
        )

    def surely_before(self, earlier: Neighbour) -> bool:
        return self.gap(earlier) > self.errors(earlier)

    def surely_within(self, earlier: Neighbour, span: timedelta) -> bool:
        """Seen later than ``earlier`` and no longer after it than ``span``, however wrong both clocks are."""
        return self.surely_before(earlier) and self.gap(earlier) + self.errors(earlier) <= span

    @cached_property
    def journey(self) -> tuple[Neighbour, ...]:
        """The earlier stops of this journey, nearest first: let through, at other posts, one way.

        Two posts passed in one direction, or in transit from the way in to the way out. Whoever unloads here and
        goes home is on another journey. A code held up twice at one post is one stop.
        """
        stops: list[Neighbour] = []
        place = (self.facts.post_id, self.facts.direction)
        for one in self.earlier:
            if (one.post_id, one.direction) == place or not was_let_through(one, self.registry):
                continue
            if not self._one_way(one):
                break
            if not one.emergency:
                stops.append(one)
            place = (one.post_id, one.direction)
        return tuple(stops)

    def _one_way(self, earlier: Neighbour) -> bool:
        if earlier.post_id == self.facts.post_id:
            return False
        if earlier.direction is self.facts.direction:
            return True
        return earlier.direction is Direction.IN and earlier.purpose is Purpose.TRANSIT

    def change_ordered(self, since: Neighbour) -> bool:
        """By an authority, on the way from there to here: entered by an officer, or announced."""
        between = [one for one in self.earlier if since.place_in_time <= one.place_in_time]
        entered = [self.facts.ordered_change, *(one.ordered_change for one in between)]
        stops = [(self.facts.post_id, self.facts.occurred_at), *((one.post_id, one.at) for one in between)]
        announced = [
            notice
            for notice in self._notices("change_of_driver")
            for post_id, at in stops
            if notice.post_id == post_id
            and notice.effective_at <= at
            and (notice.ends_at is None or at < notice.ends_at)
        ]
        return any(change is not None for change in entered) or bool(announced)

    def trans_shipped(self, since: Neighbour) -> bool:
        """The cargo was moved by order, so that its seal had to be opened."""
        between = [one for one in self.earlier if since.place_in_time < one.place_in_time]
        changes = (self.facts.ordered_change, *(one.ordered_change for one in between))
        return OrderedChange.TRANS_SHIPMENT in changes

    def closed_meanwhile(self, since: Neighbour) -> timedelta:
        """How long either post, or a road or ferry on the way, was closed by notice between there and here."""
        posts = {since.post_id, self.facts.post_id}
        way = posts | registered_way(self.facts)
        closed = [
            *(notice for notice in self._notices("post_closed") if notice.post_id in posts),
            *(notice for notice in self._notices(ROAD_CLOSED) if leads_over(way, notice)),
        ]
        return time_shut(closed, since.at, self.facts.occurred_at)

    def _notices(self, kind: str) -> Sequence[NoticePublished]:
        return [
            notice
            for notice in self.registry.published_notices
            if notice.notice == kind and notice.state is FactState.IN_FORCE
        ]

    @property
    def green_lane_or_transit(self) -> bool:
        """The rules about what happens on the way are about priority that somebody asked for."""
        return self.facts.green_lane or any(
            one.green_lane or one.purpose is Purpose.TRANSIT for one in self.journey
        )
