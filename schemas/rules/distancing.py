"""When a green-lane card ends because distancing ends where it must hold. Pure; levels are dated assignments.

24 Aug 2021, Decision 1570: the card dies also when distancing ends locally. An assignment that is announced for
tomorrow midnight ends the card then, and is shown today.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

from schemas.bounded import LATEST
from schemas.policy.matters import Distancing, DistancingPlace
from schemas.policy.policy import Policy
from schemas.policy.when import Areas, Place
from schemas.rules.applying import applies
from schemas.rules.facts import CrossingFacts

End = tuple[datetime, DistancingPlace]
"""Exclusive; and the place where it held last."""


def distancing_end(
    facts: CrossingFacts, policy: Policy, areas: Areas, places: Mapping[str, Place] | None = None
) -> End | None:
    """The first end over all that the policy demands; None when none is known. ``facts`` are placed."""
    if not policy.distancing or not facts.green_lane:
        return None
    ends = (
        _end_of(demand, facts, areas, places or {})
        for demand in policy.distancing
        if applies(demand.when, facts, policy)
    )
    return min((end for end in ends if end is not None), default=None)


def held_until(unit: str, at: datetime, levels: Collection[int], areas: Areas) -> datetime | None:
    """When distancing ends at ``unit``, or ended: ``LATEST`` when no end is announced, None when nobody knows."""
    level = areas.level_of(unit, at)
    if level is None:
        return None
    turns = areas.turns_of(unit)
    if level in levels:
        return next((turn for turn in turns if turn > at and areas.level_of(unit, turn) not in levels), LATEST)
    ended = at
    for turn in reversed([turn for turn in turns if turn <= at]):
        if areas.level_of(unit, turn) in levels:
            break
        ended = turn
    return ended


def _end_of(demand: Distancing, facts: CrossingFacts, areas: Areas, places: Mapping[str, Place]) -> End | None:
    """Where several places are named, distancing at any one of them keeps the card alive."""
    known: list[End] = []
    for where, unit in _units(demand.at, facts, places):
        until = held_until(unit, facts.occurred_at, demand.levels, areas) if unit is not None else None
        if until is not None:
            known.append((until, where))
        elif demand.holds_when_unknown and where != "route":
            return None
    last = max(known, default=None)
    return None if last is None or last[0] == LATEST else last


def _units(
    at: Iterable[DistancingPlace], facts: CrossingFacts, places: Mapping[str, Place]
) -> Iterator[tuple[DistancingPlace, str | None]]:
    """Of the route: the communes of this post and of those on the pass, as far as they are registered."""
    for where in at:
        match where:
            case "origin":
                yield where, facts.origin_unit
            case "destination":
                yield where, facts.destination_commune
            case "route":
                here = facts.place.unit if facts.place else None
                stops = (places[stop].unit for one in facts.passes for stop in one.route if stop in places)
                yield from ((where, unit) for unit in sorted({one for one in (here, *stops) if one is not None}))
