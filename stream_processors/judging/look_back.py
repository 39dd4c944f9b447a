"""What a positive result looks back to beside the person and their companions: vehicle, driver, carrier. Pure.

The person's own crossings and whoever was aboard are found as everybody is, by their refs (people.py). Here it
is said, within GL13 and for the health desk, where else the vehicle and its driver were in the policy's period,
and which carrier has to be asked for its crews and its other vehicles. That is information: nobody is referred for
having ridden in the same vehicle on another day.

The carrier's other vehicles are not counted here. Each of their crossings would change the count, and with it the
finding of everybody positive of that carrier: with three carriers and 9,000 crossings the fourth batch took 30 s.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from schemas.events.verdict import EvidenceItem
from schemas.rules.facts import CrossingFacts
from schemas.words import OccupantRole, TestOutcome
from stream_processors.judging.context import Context, KnownCrossing, LookedBack, PassedToo
from stream_processors.judging.cross_check import relevant_results
from stream_processors.judging.lane import lane_used


class Period(NamedTuple):
    begins_at: datetime
    ends_at: datetime


def period_of(crossing: KnownCrossing, context: Context) -> Period | None:
    """From the policy's look-back before the first positive sample until the last result was known. None where
    nobody aboard a green-lane vehicle is positive: then nothing is looked for."""
    if not context.results or not crossing.facts.green_lane:
        return None
    published = context.registry.policy_for(crossing.facts)
    if published is None:
        return None
    policy = published.policy
    positive = [
        one
        for one in relevant_results(crossing, context.results, policy)
        if one.stands and one.outcome is TestOutcome.POSITIVE
    ]
    if not positive:
        return None
    known_at = max(max(one.sampled_at, one.resulted_at) for one in positive)
    return Period(
        min(one.sampled_at for one in positive) - policy.look_back, max(known_at, crossing.facts.occurred_at)
    )


def evidence_of(looked_back: LookedBack, facts: CrossingFacts) -> Iterator[EvidenceItem]:
    vehicle = [one for one in looked_back.passed if one.by_vehicle]
    if vehicle:
        yield EvidenceItem(
            code="VEHICLE_ALSO_PASSED",
            numbers={"times": len(vehicle), "people": sum(one.people for one in vehicle)},
            instants=_from_to(vehicle),
        )
    driver = _of_the_driver(looked_back, facts)
    if driver:
        yield EvidenceItem(
            code="DRIVER_ALSO_PASSED",
            numbers={"times": len(driver), "people": sum(one.people for one in driver)},
            instants=_from_to(driver),
        )
    used = lane_used(facts)
    carrier = used["carrier_id"] if used is not None else None
    if carrier is not None:
        yield EvidenceItem(code="CARRIER_TO_ASK", words={"carrier": carrier})


def rests_on(looked_back: LookedBack, facts: CrossingFacts) -> tuple[UUID, ...]:
    vehicle = [one for one in looked_back.passed if one.by_vehicle]
    return tuple(one.event_id for one in (*vehicle, *_of_the_driver(looked_back, facts)))


def _of_the_driver(looked_back: LookedBack, facts: CrossingFacts) -> list[PassedToo]:
    """In other vehicles: what the driver did in this one is said of the vehicle."""
    drivers = {one.occupant for one in facts.occupants if one.role is OccupantRole.DRIVER}
    return [one for one in looked_back.passed if not one.by_vehicle and drivers.intersection(one.by_occupants)]


def _from_to(passed: list[PassedToo]) -> dict[str, datetime]:
    return {"first": min(one.at for one in passed), "last": max(one.at for one in passed)}
