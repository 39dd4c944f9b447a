"""What is known of everyone on board, and who of them is a contact. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.policy.policy import Policy
from schemas.rules.codes import POSITIVE, Note, TestStatus
from schemas.rules.facts import CrossingFacts, OccupantFacts
from schemas.rules.occupants import occupant_codes
from schemas.words import OccupantRole
from stream_processors.judging.context import Context, KnownCrossing
from stream_processors.judging.cross_check import OccupantStatus, registry_status


@dataclass(frozen=True)
class OnBoard:
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


def on_board(
    crossing: KnownCrossing, facts: CrossingFacts, context: Context, policy: Policy
) -> Mapping[int, OnBoard]:
    """By occupant number. Whoever rides with a positive person is a contact; a weak match makes none."""
    statuses = {one.occupant: registry_status(crossing, one, context.results, policy) for one in facts.occupants}
    own = {one.occupant: _codes(facts, one, statuses[one.occupant], policy) for one in facts.occupants}
    positive = {number for number, codes in own.items() if any(code in POSITIVE for code in codes)}
    people = {}
    for one in facts.occupants:
        contact = bool(positive - {one.occupant}) and one.occupant not in positive
        codes = (*own[one.occupant], *((Note.CONTACT_OF_POSITIVE.value,) if contact else ()))
        people[one.occupant] = OnBoard(one, statuses[one.occupant], codes, contact)
    return people


def _codes(
    facts: CrossingFacts, occupant: OccupantFacts, status: OccupantStatus, policy: Policy
) -> tuple[str, ...]:
    return (*occupant_codes(facts, occupant, policy), *(code.value for code in status.codes))


def without_weak(codes: tuple[str, ...]) -> tuple[str, ...]:
    """What is left when a match that nobody confirmed is left out."""
    return tuple(code for code in codes if code != TestStatus.POSITIVE_WEAK.value)
