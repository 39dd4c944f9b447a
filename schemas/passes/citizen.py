"""The citizen card's code and the national personal QR: unsigned text, so only its own agreement is checked.

A card states a name, not a right: one whose fields agree is *accepted* with the confidence
"unsigned text", and policy says what that is worth.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from pydantic import ValidationError

from schemas.passes.claims import CitizenClaims, PersonClaims
from schemas.passes.kinds import ReadingReason

# fmt: off
PLACE_CODES = frozenset(f"{code:03d}" for code in (
    1, 2, 4, 6, 8, 10, 11, 12, 14, 15, 17, 19, 20, 22, 24, 25, 26, 27, 30, 31, 33, 34, 35, 36, 37, 38,
    40, 42, 44, 45, 46, 48, 49, 51, 52, 54, 56, 58, 60, 62, 64, 66, 67, 68, 70, 72, 74, 75, 77, 79, 80,
    82, 83, 84, 86, 87, 89, 91, 92, 93, 94, 95, 96,
))
# fmt: on
"""First three digits of a number: place of birth registration (Circular 07/2016/TT-BCA, annex I).
From 100 on they name a country, for those born abroad."""

_FIRST_FOREIGN_PLACE = 100
_MASKED = re.compile(r"\*{6}\d{6}", re.ASCII)
_NUMBER = re.compile(r"\d{12}", re.ASCII)
_OLD_NUMBER = re.compile(r"\d{9}", re.ASCII)
_DAY_FIRST = re.compile(r"\d{8}", re.ASCII)
_SEXES = {"nam": "male", "nữ": "female", "nu": "female"}


class CardRefused(Exception):
    """The code is of this kind and at fault; ``reason`` says how. Carries none of its content."""

    def __init__(self, reason: ReadingReason) -> None:
        super().__init__(reason)
        self.reason = reason


def citizen_card(text: str) -> CitizenClaims:
    """The fields of a citizen card's code. Raises CardRefused."""
    fields = _in_seven([field.strip() for field in text.strip().split("|")])
    number, old_number, name, born, sex, address, issued = fields
    if not _NUMBER.fullmatch(number) or (old_number and not _OLD_NUMBER.fullmatch(old_number)):
        raise CardRefused(ReadingReason.CARD_BROKEN)
    claims = _claims(
        {"number": number, "old_number": old_number or None, "name": name},
        born=_iso(born),
        sex=_SEXES.get(sex.lower()),
        address=address or None,
        issued_on=_iso(issued) if issued else "",
    )
    return _agreeing(claims)


def national_qr(text: str) -> CitizenClaims:
    """The fields of a national personal QR (Decision 1405/QĐ-BTTTT). Raises CardRefused.

    Its sex is given as 0 or 1; an unmasked number says it again, and only then is it taken.
    """
    fields = [field.strip() for field in text.strip().split("|", 4)]
    if len(fields) < 4:
        raise CardRefused(ReadingReason.CARD_BROKEN)
    number, name, born = fields[:3]
    known = "number" if _NUMBER.fullmatch(number) else "old_number" if _OLD_NUMBER.fullmatch(number) else None
    if known is None and _MASKED.fullmatch(number):
        known = "masked_number"
    if known is None:
        raise CardRefused(ReadingReason.CARD_BROKEN)
    sex = sex_of(number) if known == "number" else None
    return _agreeing(_claims({known: number, "name": name}, born=_real(born), sex=sex))


def fields_agree(person: PersonClaims) -> bool:
    """Whether a full number agrees with place, sex and birth year; True where there is nothing to compare."""
    return person.number is None or number_agrees(person.number, person.birth_date, person.sex)


def number_agrees(number: str, birth_date: str, sex: str | None) -> bool:
    """Digit 4 says century and sex (0 and 1: 1900s, male and female; 2 and 3: 2000s; and so on).

    Digits 5 and 6 say the year.
    """
    if number[:3] not in PLACE_CODES and int(number[:3]) < _FIRST_FOREIGN_PLACE:
        return False
    if sex is not None and sex != sex_of(number):
        return False
    return not birth_date or birth_date[:4] == str(birth_year_of(number))


def sex_of(number: str) -> str:
    return "female" if int(number[3]) % 2 else "male"


def birth_year_of(number: str) -> int:
    return 1900 + 100 * (int(number[3]) // 2) + int(number[4:6])


def _in_seven(fields: Sequence[str]) -> Sequence[str]:
    """Seven fields; some readers leave out an empty old number, others the date of issue."""
    match len(fields):
        case 7:
            return fields
        case 6 if _DAY_FIRST.fullmatch(fields[2]):
            return (fields[0], "", *fields[1:])
        case 6:
            return (*fields, "")
        case _:
            raise CardRefused(ReadingReason.CARD_BROKEN)


def _claims(
    who: dict[str, str | None], *, born: str, sex: str | None, address: str | None = None, issued_on: str = ""
) -> CitizenClaims:
    try:
        person = PersonClaims.model_validate({**who, "birth_date": born, "sex": sex})
        return CitizenClaims(person=person, address=address, issued_on=issued_on)
    except ValidationError:
        raise CardRefused(ReadingReason.CARD_BROKEN) from None


def _agreeing(claims: CitizenClaims) -> CitizenClaims:
    if not fields_agree(claims.person):
        raise CardRefused(ReadingReason.CARD_FIELDS_DISAGREE)
    return claims


def _iso(day_first: str) -> str:
    if not _DAY_FIRST.fullmatch(day_first):
        raise CardRefused(ReadingReason.CARD_BROKEN)
    return _real(f"{day_first[4:]}-{day_first[2:4]}-{day_first[:2]}")


def _real(written: str) -> str:
    """The date, if the calendar has it."""
    try:
        return date.fromisoformat(written).isoformat()
    except ValueError:
        raise CardRefused(ReadingReason.CARD_BROKEN) from None
