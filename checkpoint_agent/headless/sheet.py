"""An officer's sheet: everything a person would see, type and decide at one crossing, as a file."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from schemas.bounded import Code, Instant, Positive, SmallCount, Text40, Text100, Text300, Wire
from schemas.events.crossing import ChangeOrdered, HeadCount
from schemas.passes.claims import PaperClaims, PersonClaims
from schemas.words import CargoSpace, Direction, OccupantRole, Outcome, Purpose, VehicleClass

SUFFIX = ".sheet.json"
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,150}$")]
"""A bare name: a sheet reaches no file outside its folder."""


class Strict(Wire):
    model_config = ConfigDict(extra="forbid")


class SheetPicture(Strict):
    file: FileName
    occupant: Positive | None = None
    """Whose code it shows; None for the vehicle's."""


class SheetPaper(Strict):
    """A paper without a code, as the officer reads it."""

    occupant: Positive
    claims: PaperClaims


class SheetOccupant(Strict):
    role: OccupantRole
    person: PersonClaims | None = None
    """None: taken from that occupant's readings."""
    telephone: Text40 | None = None
    address: Text300 | None = None


class SheetHeadCount(Strict):
    cab: SmallCount | None = None
    cargo: SmallCount | None = None

    def counted(self) -> HeadCount:
        return HeadCount(cab=self.cab, cargo=self.cargo)


class SheetChanges(Strict):
    """Only what is given is changed."""

    plate: Text40 | None = None
    vehicle_class: VehicleClass | None = None
    head_count: SheetHeadCount | None = None
    direction: Direction | None = None
    purpose: Purpose | None = None
    cargo_space: CargoSpace | None = None
    seal_number: Text40 | None = None
    ordered_change: ChangeOrdered | None = None
    trip_id: Text40 | None = None
    destination_commune: Text40 | None = None
    origin_unit: Text40 | None = None
    telephone: Text40 | None = None


class SheetCorrection(Strict):
    at: Instant
    reason: Code
    changes: SheetChanges = SheetChanges()


class OfficerSheet(Strict):
    sheet_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
    opened_at: Instant
    closed_at: Instant
    decided_at: Instant | None = None
    """None: no decision is ever made."""
    pictures: Annotated[tuple[SheetPicture, ...], Field(max_length=100)] = ()
    papers: Annotated[tuple[SheetPaper, ...], Field(max_length=20)] = ()
    """Entered after the pictures were shown."""
    plate: Text40 | None = None
    vehicle_class: VehicleClass
    head_count: SheetHeadCount | None = None
    direction: Direction
    purpose: Purpose = Purpose.UNKNOWN
    cargo_space: CargoSpace = CargoSpace.NONE
    seal_number: Text40 | None = None
    ordered_change: ChangeOrdered | None = None
    trip_id: Text40 | None = None
    destination_commune: Text40 | None = None
    origin_unit: Text40 | None = None
    telephone: Text40 | None = None
    occupants: Annotated[tuple[SheetOccupant, ...], Field(max_length=200)] = ()
    """Numbered from 1 in order."""
    decision: Literal["as_advised"] | Outcome = "as_advised"
    decision_reason: Code | None = None
    correction: SheetCorrection | None = None
    note: Text100 | None = None
