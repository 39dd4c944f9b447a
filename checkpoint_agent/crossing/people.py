"""Who is in a crossing, and which code is whose. Pure.

Two codes are of one person when both show the number, or when the officer says so (TRUST.md, refs): never
by a name, and never by a part of one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from schemas.passes.claims import CitizenClaims, Claims, HealthClaims, PaperClaims, PersonClaims
from schemas.passes.reading import PassReading
from schemas.rules.agreement import is_of_a_group, may_be
from schemas.trust.refs import name_normalised
from schemas.words import OccupantRole, VehicleClass

GOODS = frozenset({VehicleClass.TRUCK, VehicleClass.CONTAINER, VehicleClass.TANKER})
VESSELS = frozenset({VehicleClass.BOAT, VehicleClass.SHIP})
NOBODY = PersonClaims()


@dataclass(frozen=True, slots=True)
class Occupant:
    """Nothing of ``person`` is ever required; it lives in memory and in the box."""

    number: int
    role: OccupantRole
    person: PersonClaims = field(default=NOBODY, repr=False)
    telephone: str | None = field(default=None, repr=False)
    address: str | None = field(default=None, repr=False)
    acted_for_by: str | None = field(default=None, repr=False)
    no_papers: bool = False


def person_of(claims: Claims | None) -> PersonClaims | None:
    """The one person whom a code names; None for a code of the vehicle, of a group, or of nobody."""
    match claims:
        case HealthClaims() if is_of_a_group(claims):
            return None
        case HealthClaims() | CitizenClaims():
            return claims.person
        case PaperClaims():
            return claims.person
        case _:
            return None


def occupant_named(occupants: Sequence[Occupant], person: PersonClaims) -> Occupant | None:
    """The occupant whose number ``person`` shows."""
    for occupant in occupants:
        known = occupant.person
        if person.number and person.number == known.number:
            return occupant
        if person.old_number and person.old_number == known.old_number:
            return occupant
    return None


def holder_of(occupants: Sequence[Occupant], claims: Claims | None) -> Occupant | None:
    """Who of a group shows its test, as far as their own papers tell; None where nobody's do."""
    if not isinstance(claims, HealthClaims):
        return None
    group = (claims.person, *(one for entry in claims.entries for one in entry.covered))
    return next((one for one in occupants if any(may_be(one.person, member) for member in group)), None)


def perhaps_the_same(occupants: Sequence[Occupant]) -> list[tuple[int, int]]:
    """Pairs whose whole name and birth date agree: the officer is asked, nobody is merged."""
    pairs = []
    for index, one in enumerate(occupants):
        for other in occupants[index + 1 :]:
            if _agree(one.person, other.person):
                pairs.append((one.number, other.number))
    return pairs


def perhaps_the_holder(occupants: Sequence[Occupant], readings: Sequence[PassReading]) -> list[tuple[int, int]]:
    """Pairs: whose papers say that they are of a group, and who showed its test without a name."""
    pairs = []
    for read in readings:
        shower = next((one for one in occupants if one.number == read.reading.occupant), None)
        named = [one for one in occupants if one is not shower]
        if shower is None or not is_of_a_group(read.claims) or holder_of([shower], read.claims) is not None:
            continue
        holder = holder_of(named, read.claims) if shower.person == NOBODY else None
        if holder is not None:
            pairs.append((holder.number, shower.number))
    return pairs


def _agree(one: PersonClaims, other: PersonClaims) -> bool:
    if one.number and other.number:
        return False  # two numbers: either joined already, or two people
    if not one.name or not other.name or not one.birth_date:
        return False
    return name_normalised(one.name) == name_normalised(other.name) and one.birth_date == other.birth_date


def usual_role(number: int, vehicle_class: VehicleClass) -> OccupantRole:
    """What is proposed; the officer may say otherwise."""
    if vehicle_class is VehicleClass.ON_FOOT:
        return OccupantRole.ON_FOOT
    if number == 1:
        return OccupantRole.DRIVER
    return OccupantRole.CREW if vehicle_class in GOODS | VESSELS else OccupantRole.PASSENGER


def person_joined(known: PersonClaims, shown: PersonClaims) -> PersonClaims:
    """``known`` with what it lacks filled in from ``shown``; what was known first stays."""
    return PersonClaims(
        name=known.name or shown.name,
        number=known.number or shown.number,
        old_number=known.old_number or shown.old_number,
        masked_number=known.masked_number or shown.masked_number,
        sealed_number=known.sealed_number or shown.sealed_number,
        birth_date=known.birth_date if len(known.birth_date) >= len(shown.birth_date) else shown.birth_date,
        sex=known.sex or shown.sex,
    )


def occupants_joined(keep: Occupant, other: Occupant) -> Occupant:
    """The officer says that the two are one person."""
    return replace(
        keep,
        person=person_joined(keep.person, other.person),
        telephone=keep.telephone or other.telephone,
        address=keep.address or other.address,
        acted_for_by=keep.acted_for_by or other.acted_for_by,
        no_papers=keep.no_papers and other.no_papers,
    )
