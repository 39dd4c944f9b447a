"""A crossing as the officer closed it, its corrections, and the crossings that were opened and given up."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field, model_validator

from schemas.bounded import Base64, Code, Instant, Natural, Positive, SmallCount, Text40, Text100, Text300, Wire
from schemas.events.base import SealedBox, Secrets, StationEvent
from schemas.passes.claims import Claims, PersonClaims
from schemas.passes.reading import Reading
from schemas.words import (
    CargoSpace,
    Direction,
    FactState,
    Force,
    OccupantRole,
    OrderedChange,
    Outcome,
    Purpose,
    Source,
    VehicleClass,
)


class HeadCount(Wire):
    """People seen by the officer, never filled in from the pass. None is unknown, which is not zero."""

    cab: SmallCount | None = None
    cargo: SmallCount | None = None

    @property
    def at_least(self) -> int:
        """How many were certainly there; an unknown part proves nothing."""
        return (self.cab or 0) + (self.cargo or 0)

    @property
    def total(self) -> int | None:
        """None while either part is unknown."""
        return None if self.cab is None or self.cargo is None else self.cab + self.cargo


class Inspection(Wire):
    cargo_space: CargoSpace = CargoSpace.NONE
    seal_number: Text40 | None = None
    by: Force | None = None
    draw_counter: Natural | None = None
    """The lane's gapless counter of the day, taken at the first scan (TRUST.md, draws)."""
    drawn: bool | None = None


class ChangeOrdered(Wire):
    """A change that an authority ordered on the way here, as the officer entered it."""

    change: OrderedChange
    document: Text100 | None = None


class OccupantSeen(Wire):
    """An occupant in the clear: a number within the crossing and what they did there."""

    occupant: Positive
    role: OccupantRole


class Advice(Wire):
    """What the station said by itself; reasons about vehicle and pass only, health is in the box."""

    outcome: Outcome
    reasons: tuple[Code, ...] = ()
    policy_id: Text100 | None = None
    policy_version: Positive | None = None
    not_checked: tuple[Code, ...] = ()
    """What could not be checked and why, as it stood on the screen."""
    lists_age_s: Natural | None = None


class EmergencyPassThrough(Wire):
    """One key, no reading; checked afterwards with the hospital or station named."""

    reason: Code
    bound_for: Text100 | None = None


class CrossingRecord(StationEvent):
    """What of a crossing may stand in the clear; everything that names anybody is in ``sealed``."""

    crossing_id: UUID
    revision: Positive
    state: FactState = FactState.IN_FORCE
    opened_at: Instant
    direction: Direction
    purpose: Purpose = Purpose.UNKNOWN
    vehicle_class: VehicleClass
    head_count: HeadCount
    inspection: Inspection = Inspection()
    readings: Annotated[tuple[Reading, ...], Field(max_length=100)] = ()
    occupants: Annotated[tuple[OccupantSeen, ...], Field(max_length=200)] = ()
    advice: Advice
    officer_id: Text40
    force: Force | None = None
    shift: Text40 | None = None
    destination_commune: Text40 | None = None
    """Code of the commune, as in the list of administrative units."""
    trip_id: Text40 | None = None
    group_id: Text40 | None = None
    entered_from: Source = Source.CAMERA
    slip_number: Text40 | None = None
    """Of a pre-printed slip, entered later at the time written on it."""
    emergency: EmergencyPassThrough | None = None
    ordered_change: ChangeOrdered | None = None
    practice: bool = False
    sealed: SealedBox


class CrossingClosed(CrossingRecord):
    """An officer closed a crossing at a lane. A mistake in it is corrected by a later event."""

    type_name: ClassVar[str] = "vn.chotxanh.crossing.closed"
    revision: Literal[1] = 1


class CrossingCorrected(CrossingRecord):
    """The whole crossing again as it should have been, with the reason; withdrawn when it never was."""

    type_name: ClassVar[str] = "vn.chotxanh.crossing.corrected"
    reason: Code
    """``MISTYPED_PLATE``, ``MISCOUNTED``, ``WRONG_PERSON``, ``NEVER_HAPPENED``, ``OTHER``; a note is boxed."""

    @model_validator(mode="after")
    def _later(self) -> CrossingCorrected:
        if self.revision < 2:
            raise ValueError("a correction is revision 2 or later")
        return self


class CrossingAbandoned(StationEvent):
    """A crossing that was opened and given up keeps its number, so nobody can reopen until not drawn."""

    type_name: ClassVar[str] = "vn.chotxanh.crossing.abandoned"
    crossing_id: UUID
    opened_at: Instant
    draw_counter: Natural | None = None
    reason: Code
    """``OFFICER``, ``STATION_RESTARTED``."""


class OccupantSecrets(Wire):
    """Who an occupant is, as far as it is known. No field is required, a number never."""

    occupant: Positive
    person: PersonClaims = PersonClaims()
    telephone: Text40 | None = None
    address: Text300 | None = None
    acted_for_by: Text100 | None = None
    """A helper who gave the particulars in this person's place."""
    no_papers: bool = False
    advice: Outcome | None = None
    advice_reasons: tuple[Code, ...] = ()
    """Reasons that concern this person's health or papers."""


class CrossingSecrets(Secrets):
    """The one box of a crossing. ``record_id`` is the event id, so each correction has a box of its own."""

    plate: Text40 | None = None
    """As typed from the vehicle (or the registration number of a boat); None when there is none."""
    origin_unit: Text40 | None = None
    """Code of the administrative unit where the journey began, as the travellers say; None when not asked."""
    claims: Annotated[tuple[Claims | None, ...], Field(max_length=100)] = ()
    """One for each of ``readings``, in their order."""
    occupants: Annotated[tuple[OccupantSecrets, ...], Field(max_length=200)] = ()
    telephone: Text40 | None = None
    colour_and_make: Text100 | None = None
    picture: Base64 | None = None
    """JPEG of plate and vehicle, no faces: evidence of suspected misuse."""
    note: Text300 | None = None
