"""A crossing while the officer builds it. Pure: each act gives a new value, or says why it cannot be.

Holds personal data: it lives in memory, and no repr tells it. What the pass says of plate and crew is
withheld until the officer has looked for themselves (DOMAIN.md section 2).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from checkpoint_agent.crossing.people import (
    Occupant,
    holder_of,
    occupant_named,
    occupants_joined,
    person_joined,
    person_of,
    usual_role,
)
from checkpoint_agent.crossing.states import Act, State, after
from schemas.events.crossing import ChangeOrdered, EmergencyPassThrough, HeadCount
from schemas.events.decision import Shown
from schemas.passes.claims import GreenLaneClaims, TokenClaims
from schemas.passes.reading import PassReading
from schemas.rules.agreement import is_of_a_group
from schemas.words import CargoSpace, Direction, FactState, Outcome, Purpose, VehicleClass

MOST_READINGS = 100
MOST_OCCUPANTS = 200


class ReasonNeeded(Exception):
    """The decision is unlike what the screen showed, or a correction is made, and no reason was given."""

    code = "REASON_NEEDED"


class TooMany(Exception):
    """More readings or occupants than one crossing may have: it is to be closed, and the next one opened."""

    code = "TOO_MANY_IN_ONE_CROSSING"


@dataclass(frozen=True, slots=True)
class Decision:
    outcome: Outcome
    revision: int
    at: datetime
    shown: Shown
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Crossing:
    crossing_id: UUID
    opened_at: datetime
    counter: int
    direction: Direction
    vehicle_class: VehicleClass = VehicleClass.MOTORBIKE
    """The ordinary vehicle."""
    purpose: Purpose = Purpose.UNKNOWN
    state: State = State.OPEN
    revision: int = 0
    """0 until it is closed; each correction is one more."""
    fact_state: FactState = FactState.IN_FORCE
    closed_at: datetime | None = None
    plate: str | None = field(default=None, repr=False)
    """As typed from the vehicle; None before, empty when it has none."""
    head_count: HeadCount | None = None
    """None before anybody counted, which is neither zero nor unknown."""
    cargo_space: CargoSpace = CargoSpace.NONE
    seal_number: str | None = None
    """Of the door seal that was checked or put on."""
    ordered_change: ChangeOrdered | None = None
    """By an authority, on the way here."""
    trip_id: str | None = None
    """Of the boat or ferry: all who rode on it have the same."""
    destination_commune: str | None = None
    origin_unit: str | None = field(default=None, repr=False)
    """Where the journey began, as the travellers say: a province, a district or a commune."""
    telephone: str | None = field(default=None, repr=False)
    readings: tuple[PassReading, ...] = field(default=(), repr=False)
    digests: tuple[bytes, ...] = field(default=(), repr=False)
    """Of the texts of ``readings``, in their order: the same code held up again counts once."""
    occupants: tuple[Occupant, ...] = ()
    emergency: EmergencyPassThrough | None = None
    note: str | None = field(default=None, repr=False)
    decision: Decision | None = None
    sheet_id: str | None = None

    @property
    def plate_seen(self) -> bool:
        """The officer typed the plate, or there is none to type."""
        return self.plate is not None or self.vehicle_class in (VehicleClass.ON_FOOT, VehicleClass.BICYCLE)

    @property
    def plate_on_pass(self) -> str | None:
        """Shown only after the plate was typed from the vehicle."""
        claims = (read.claims for read in self.readings if isinstance(read.claims, GreenLaneClaims | TokenClaims))
        return next((c.plate for c in claims if c.plate), None) if self.plate_seen else None

    @property
    def crew_on_pass(self) -> GreenLaneClaims | None:
        """The pass that names a crew; shown only after the people were counted."""
        claims = (read.claims for read in self.readings)
        return next((c for c in claims if isinstance(c, GreenLaneClaims)), None) if self.head_count else None

    def occupant(self, number: int) -> Occupant | None:
        return next((one for one in self.occupants if one.number == number), None)


def digest_of(text: str) -> bytes:
    return hashlib.sha256(text.strip().encode("utf-8", "surrogatepass")).digest()


def changed(crossing: Crossing, **fields: Any) -> Crossing:
    """What the officer typed, counted or chose. Raises NotNow after closing."""
    return replace(crossing, state=after(crossing.state, Act.CHANGE), **fields)


def with_reading(crossing: Crossing, digest: bytes, read: PassReading, *, occupant: int | None = None) -> Crossing:
    """Add a code once. It opens an occupant or joins the one whose number it shows; ``occupant`` says whose it is.

    A group's test names nobody who shows it: it joins whoever of the group is known by their own papers, else an
    occupant without a name. Who was sampled stays in its claims.

    Raises NotNow after closing, and TooMany.
    """
    crossing = changed(crossing)
    if digest in crossing.digests:
        return crossing
    if len(crossing.readings) >= MOST_READINGS:
        raise TooMany
    person = person_of(read.claims)
    number = occupant
    if number is None and is_of_a_group(read.claims):
        holder = holder_of(crossing.occupants, read.claims)
        number = holder.number if holder else _next_number(crossing)
    if person is not None and number is None:
        known = occupant_named(crossing.occupants, person)
        number = known.number if known else _next_number(crossing)
    if number is not None:
        crossing = _with_person(crossing, number, person)
    given = read.model_copy(update={"reading": read.reading.model_copy(update={"occupant": number})})
    return replace(crossing, readings=(*crossing.readings, given), digests=(*crossing.digests, digest))


def _with_person(crossing: Crossing, number: int, person: Any) -> Crossing:
    known = crossing.occupant(number)
    if known is None:
        crossing = with_occupant(crossing, Occupant(number, usual_role(number, crossing.vehicle_class)))
        known = crossing.occupants[-1]
    if person is None:
        return crossing
    return _with_changed(crossing, number, lambda one: replace(one, person=person_joined(one.person, person)))


def with_occupant(crossing: Crossing, occupant: Occupant) -> Crossing:
    """Add one, or put ``occupant`` in place of the one with that number."""
    crossing = changed(crossing)
    if crossing.occupant(occupant.number) is not None:
        return _with_changed(crossing, occupant.number, lambda _: occupant)
    if len(crossing.occupants) >= MOST_OCCUPANTS:
        raise TooMany
    return replace(crossing, occupants=(*crossing.occupants, occupant))


def new_occupant(crossing: Crossing) -> Occupant:
    """A blank one with the next number, in the usual role."""
    number = _next_number(crossing)
    return Occupant(number, usual_role(number, crossing.vehicle_class))


def with_same_person(crossing: Crossing, keep: int, other: int) -> Crossing:
    """The officer says that two occupants are one person: their codes too become the first one's."""
    crossing = changed(crossing)
    first, second = crossing.occupant(keep), crossing.occupant(other)
    if first is None or second is None or keep == other:
        return crossing
    joined = occupants_joined(first, second)
    return replace(
        crossing,
        occupants=tuple(
            joined if one.number == keep else one for one in crossing.occupants if one.number != other
        ),
        readings=tuple(
            _given_to(read, keep) if read.reading.occupant == other else read for read in crossing.readings
        ),
    )


def without_reading(crossing: Crossing, index: int) -> Crossing:
    """Undo within the crossing: forget a code that was held up by mistake, and whom it alone had named."""
    crossing = changed(crossing)
    if not 0 <= index < len(crossing.readings):
        return crossing
    left = (*crossing.readings[:index], *crossing.readings[index + 1 :])
    whose = crossing.readings[index].reading.occupant
    gone = whose is not None and all(read.reading.occupant != whose for read in left)
    return replace(
        crossing,
        readings=left,
        digests=(*crossing.digests[:index], *crossing.digests[index + 1 :]),
        occupants=tuple(one for one in crossing.occupants if not (gone and one.number == whose)),
    )


def closed(crossing: Crossing, *, at: datetime) -> Crossing:
    return replace(crossing, state=after(crossing.state, Act.CLOSE), revision=1, closed_at=at)


def decided(crossing: Crossing, outcome: Outcome, *, at: datetime, shown: Shown, reason: str | None) -> Crossing:
    """``shown`` is what the screen showed at that moment. Raises ReasonNeeded when the two differ without one."""
    state = after(crossing.state, Act.DECIDE)
    if outcome is not shown.outcome and reason is None:
        raise ReasonNeeded
    revision = crossing.decision.revision + 1 if crossing.decision else 1
    return replace(crossing, state=state, decision=Decision(outcome, revision, at, shown, reason))


def corrected(crossing: Crossing, **fields: Any) -> Crossing:
    """The whole crossing again as it should have been; the caller writes it with its reason."""
    state = after(crossing.state, Act.CORRECT)
    return replace(crossing, state=state, revision=crossing.revision + 1, **fields)


def abandoned(crossing: Crossing) -> Crossing:
    return replace(crossing, state=after(crossing.state, Act.ABANDON))


def _next_number(crossing: Crossing) -> int:
    return max((one.number for one in crossing.occupants), default=0) + 1


def _with_changed(crossing: Crossing, number: int, change: Callable[[Occupant], Occupant]) -> Crossing:
    occupants = tuple(change(one) if one.number == number else one for one in crossing.occupants)
    return replace(crossing, occupants=occupants)


def _given_to(read: PassReading, occupant: int) -> PassReading:
    return read.model_copy(update={"reading": read.reading.model_copy(update={"occupant": occupant})})
