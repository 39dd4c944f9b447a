"""The contents of the province's own green-lane pass (``CX1:``): one map with small keys, for a small code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import ValidationError

from schemas.passes import loose
from schemas.passes.claims import GreenLaneClaims
from schemas.passes.kinds import ReadingReason, Step
from schemas.passes.persons import person_from, person_map
from schemas.passes.refusals import PassRejected
from schemas.passes.trust_list import KeyUsage
from schemas.words import VehicleClass

PREFIX: Final = "CX1:"
USES: Final = frozenset({KeyUsage.GREEN_LANE})

_GREEN_LANE = -65_641
"""Private use, as in ``health``."""
_NUMBER, _PLATE, _CLASS, _REGISTERED, _CREW, _ROUTE, _CARGO, _CARRIER = range(1, 9)

# Never renumbered: passes that are out there carry these.
_CLASSES: Final = {
    1: VehicleClass.MOTORBIKE,
    2: VehicleClass.CAR,
    3: VehicleClass.BUS,
    4: VehicleClass.TRUCK,
    5: VehicleClass.CONTAINER,
    6: VehicleClass.TANKER,
    7: VehicleClass.AMBULANCE,
    8: VehicleClass.BOAT,
    9: VehicleClass.SHIP,
    10: VehicleClass.BICYCLE,
    11: VehicleClass.ON_FOOT,
    12: VehicleClass.OTHER,
}


def claims_of(payload: Mapping[object, object]) -> GreenLaneClaims:
    """The claims of a pass whose signature was right. Raises PassRejected when they are not complete."""
    stated = loose.mapping(payload.get(_GREEN_LANE))
    route = stated.get(_ROUTE)
    class_number = stated.get(_CLASS)
    try:
        return GreenLaneClaims.model_validate(
            {
                "pass_number": stated.get(_NUMBER),
                "plate": stated.get(_PLATE),
                "vehicle_class": _CLASSES.get(class_number) if type(class_number) is int else None,
                "registered_crew": stated.get(_REGISTERED),
                "crew": tuple(person_from(person) for person in loose.items(stated.get(_CREW))),
                "route": tuple(route) if isinstance(route, list) else (),
                "cargo": stated.get(_CARGO),
                "carrier": stated.get(_CARRIER),
            }
        )
    except ValidationError:
        raise PassRejected(Step.TIMES, ReadingReason.PASS_CLAIMS_BROKEN) from None


def payload_of(claims: GreenLaneClaims) -> dict[object, object]:
    """The claims of a new pass, without issuer and times."""
    numbers = {vehicle_class: number for number, vehicle_class in _CLASSES.items()}
    stated: dict[int, object] = {
        _NUMBER: claims.pass_number,
        _PLATE: claims.plate,
        _CLASS: numbers[claims.vehicle_class],
        _REGISTERED: claims.registered_crew,
        _CREW: [person_map(person) for person in claims.crew],
        _ROUTE: list(claims.route),
        _CARGO: claims.cargo,
        _CARRIER: claims.carrier,
    }
    return {_GREEN_LANE: {key: value for key, value in stated.items() if value not in (None, [])}}
