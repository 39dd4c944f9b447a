"""A person inside one of the province's own passes: a map with small keys, the number always sealed."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping

from schemas.passes import loose
from schemas.passes.claims import PersonClaims

_NAME, _BIRTH_DATE, _SEALED_NUMBER, _LAST_SIX, _SEX = 1, 2, 3, 4, 5
_SEXES = {0: "male", 1: "female"}
_MASK = "******"


def person_from(map_: Mapping[object, object], **stated_elsewhere: str | None) -> PersonClaims:
    """The person in ``map_``. Raises ValidationError where a value breaks the bounds of the wire."""
    last_six = loose.text(map_.get(_LAST_SIX))
    sex = map_.get(_SEX)
    return PersonClaims.model_validate(
        {
            "name": loose.text(map_.get(_NAME)),
            "birth_date": loose.birth_date(map_.get(_BIRTH_DATE)),
            "sealed_number": _sealed_text(map_.get(_SEALED_NUMBER)),
            "masked_number": _MASK + last_six if last_six else None,
            "sex": _SEXES.get(sex) if type(sex) is int else None,
        }
        | stated_elsewhere
    )


def person_map(person: PersonClaims) -> dict[int, object]:
    """What of ``person`` goes into a pass. A number in the clear does not: raises ValueError."""
    if person.number or person.old_number:
        raise ValueError("a number goes into a pass sealed or masked only")
    sexes = {word: number for number, word in _SEXES.items()}
    stated = {
        _NAME: person.name,
        _BIRTH_DATE: person.birth_date or None,
        _SEALED_NUMBER: b64decode(person.sealed_number) if person.sealed_number else None,
        _LAST_SIX: person.masked_number.removeprefix(_MASK) if person.masked_number else None,
        _SEX: sexes[person.sex] if person.sex else None,
    }
    return {key: value for key, value in stated.items() if value is not None}


def _sealed_text(box: object) -> str | None:
    return b64encode(box).decode("ascii") if isinstance(box, bytes) and box else None
