"""What is known of everyone on board, and who of them is a contact. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from schemas.policy.policy import Policy
from schemas.rules.codes import POSITIVE, Note, TestStatus
from schemas.rules.facts import CrossingFacts, OccupantFacts
from schemas.rules.occupants import occupant_codes
from schemas.words import OccupantRole, Outcome
from stream_processors.judging.context import Context, KnownCrossing
from stream_processors.judging.cross_check import OccupantStatus, registry_status, relevant_results


class OnBoard(msgspec.Struct, frozen=True):
    facts: OccupantFacts
    status: OccupantStatus
    codes: tuple[str, ...]
    contact: bool

    @property
    def positive(self) -> bool:
        return any(code in POSITIVE for code in self.codes)

    @property
    def undeclared(self) -> bool:
        """Not on the vehicle's pass, or carried in a vehicle whose pass is for its crew."""
        return self.facts.on_pass is False or (
            self.facts.on_pass is None and self.facts.role is OccupantRole.PASSENGER
        )


class PositiveOnTrip(msgspec.Struct, frozen=True):
    """Somebody of another crossing of the same trip is positive; the facts that this rests on."""

    rests_on: tuple[UUID, ...]
    known_at: datetime


def positive_on_trip(context: Context) -> PositiveOnTrip | None:
    """By the policy of each crossing's own time. Whoever was turned back at the landing did not ride."""
    rests_on: list[UUID] = []
    instants: list[datetime] = []
    for one in context.trip:
        facts = one.crossing.facts
        published = context.registry.policy_for(facts)
        if published is None or (one.decision is not None and one.decision.outcome is Outcome.TURN_BACK):
            continue
        results = relevant_results(one.crossing, one.results, published.policy)
        alone = Context(context.registry, decision=one.decision, results=results)
        people = on_board(one.crossing, facts, alone, published.policy).values()
        positive = [person for person in people if person.positive]
        if positive:
            found = [match.result for person in positive for match in person.status.positives if not match.weak]
            rests_on += [one.crossing.event_id, *(result.event_id for result in found)]
            instants += [facts.occurred_at, *(result.at for result in found)]
    return PositiveOnTrip(tuple(sorted(set(rests_on))), max(instants)) if rests_on else None


def on_board(
    crossing: KnownCrossing,
    facts: CrossingFacts,
    context: Context,
    policy: Policy,
    *,
    on_trip: PositiveOnTrip | None = None,
) -> Mapping[int, OnBoard]:
    """By occupant number. Whoever rides with a positive person, in the vehicle or on the boat, is a contact.

    A weak match makes none.
    """
    statuses = {one.occupant: registry_status(crossing, one, context.results, policy) for one in facts.occupants}
    own = {one.occupant: _codes(facts, one, statuses[one.occupant], policy) for one in facts.occupants}
    positive = {number for number, codes in own.items() if not POSITIVE.isdisjoint(codes)}
    people = {}
    for one in facts.occupants:
        rides_with = bool(positive - {one.occupant}) or on_trip is not None
        contact = rides_with and one.occupant not in positive
        codes = (*own[one.occupant], Note.CONTACT_OF_POSITIVE.value) if contact else own[one.occupant]
        people[one.occupant] = OnBoard(one, statuses[one.occupant], codes, contact)
    return people


def _codes(
    facts: CrossingFacts, occupant: OccupantFacts, status: OccupantStatus, policy: Policy
) -> tuple[str, ...]:
    shown = occupant_codes(facts, occupant, policy)
    return (*shown, *(code.value for code in status.codes)) if status.codes else shown


def without_weak(codes: tuple[str, ...]) -> tuple[str, ...]:
    """What is left when a match that nobody confirmed is left out."""
    return tuple(code for code in codes if code != TestStatus.POSITIVE_WEAK.value)
