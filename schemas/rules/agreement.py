"""Whether all that one occupant shows is of one person: numbers, masked digits, names, birth dates. Pure.

A code that nobody signed proves nothing by itself, so what it says is held against the others: card against QR
against test pass against what the officer entered. Only what two of them say can disagree; what one leaves out
is no contradiction. Nobody is merged and nobody is blamed here: a reason code says what to look at again.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations, starmap

from schemas.passes.citizen import number_agrees
from schemas.passes.claims import CitizenClaims, Claims, HealthClaims, HealthEntry, PaperClaims, PersonClaims
from schemas.passes.kinds import ReadingReason, ReadingStatus
from schemas.passes.reading import Reading
from schemas.rules.codes import Agreement

Shown = tuple[Reading, Claims | None]


def agree(shown: Sequence[Shown], known: PersonClaims | None = None) -> tuple[str, ...]:
    """What does not fit among the papers of one occupant and ``known``, as joined or entered of them."""
    believed = [claims for reading, claims in shown if claims is not None and _counts(reading)]
    people = [person for claims in believed if (person := _holder(claims)) is not None]
    if known is not None:
        people.append(known)
    people = _unlike(people)
    found = [code.value for code, differ in _COMPARED.items() if _any_two(people, differ)] if people[1:] else []
    if not _possible(people):
        found.append(Agreement.NUMBER_IMPOSSIBLE.value)
    if not all([covers(claims, known) for claims in believed]):
        found.append(Agreement.TEST_COVERS_OTHERS.value)
    return tuple(found)


def covers(claims: Claims | None, person: PersonClaims | None) -> bool:
    """False when the group test ``claims`` is of other people; True where there is no group or nobody known."""
    if person is None or not isinstance(claims, HealthClaims) or not _can_be_told(person):
        return True
    covered = [one for entry in claims.entries for one in entry.covered]
    return not covered or any(may_be(person, one) for one in (claims.person, *covered))


def is_of_a_group(claims: Claims | None) -> bool:
    """A test that covers several people: whoever shows it need not be the one who was sampled."""
    return isinstance(claims, HealthClaims) and any([entry.covered for entry in claims.entries])


def covers_by_name(entry: HealthEntry, person: PersonClaims) -> bool:
    """Whether the group test is this person's too, though it was shown by another."""
    return any(may_be(person, one) for one in entry.covered)


def may_be(one: PersonClaims, other: PersonClaims) -> bool:
    """By the number; else by its last six digits or the whole name, each with a birth date that fits."""
    if one.number and other.number:
        return one.number == other.number
    if masked_differ(one, other) or names_differ(one, other) or births_differ(one, other):
        return False
    same_name = bool(one.name and other.name)
    same_digits = bool(last_six(one) and last_six(other))
    return (same_name and same_digits) or (
        (same_name or same_digits) and bool(one.birth_date and other.birth_date)
    )


def _counts(reading: Reading) -> bool:
    """What a rejected code claims is somebody's invention; an expired one is genuine."""
    return reading.status is not ReadingStatus.REJECTED or reading.reason is ReadingReason.PASS_EXPIRED


def _holder(claims: Claims) -> PersonClaims | None:
    """Whom a paper names as its holder. A group test is held by any of its group: see ``covers``."""
    match claims:
        case HealthClaims():
            return None if is_of_a_group(claims) else claims.person
        case CitizenClaims() | PaperClaims():
            return claims.person
        case _:
            return None


def _can_be_told(person: PersonClaims) -> bool:
    return bool(person.number or person.masked_number or (person.name and person.birth_date))


def _unlike(people: Iterable[PersonClaims]) -> list[PersonClaims]:
    """Each once: papers of one person mostly say the same, and what is the same cannot differ."""
    said = {
        (one.name, one.number, one.old_number, one.masked_number, one.birth_date, one.sex): one for one in people
    }
    return list(said.values())


def _any_two(people: Sequence[PersonClaims], differ: Callable[[PersonClaims, PersonClaims], bool]) -> bool:
    return any(starmap(differ, combinations(people, 2)))


def _possible(people: Sequence[PersonClaims]) -> bool:
    """The number of each paper against place, sex and birth year, its own or another's."""
    numbers = {person.number for person in people if person.number}
    said = {(person.birth_date, person.sex) for person in people} if numbers else ()
    return all([number_agrees(number, born, sex) for number in numbers for born, sex in said])


def _numbers_differ(one: PersonClaims, other: PersonClaims) -> bool:
    if one.old_number and other.old_number and one.old_number != other.old_number:
        return True
    return masked_differ(one, other) or bool(one.number and other.number and one.number != other.number)


def masked_differ(one: PersonClaims, other: PersonClaims) -> bool:
    mine, theirs = last_six(one), last_six(other)
    return bool(mine and theirs and mine != theirs)


def last_six(person: PersonClaims) -> str:
    return (person.number or person.masked_number or "")[-6:]


def births_differ(one: PersonClaims, other: PersonClaims) -> bool:
    """A year alone fits every day of it."""
    shared = min(len(one.birth_date), len(other.birth_date))
    return one.birth_date[:shared] != other.birth_date[:shared]


def names_differ(one: PersonClaims, other: PersonClaims) -> bool:
    """Marks are dropped and words may stand in another order: passports and EU passes write them so."""
    if not one.name or not other.name or one.name == other.name:
        return False
    return _folded(one.name) != _folded(other.name)


def _folded(name: str) -> list[str]:
    plain = unicodedata.normalize("NFD", name.upper().replace("Đ", "D"))
    return sorted("".join(letter for letter in plain if not unicodedata.combining(letter)).split())


def _sexes_differ(one: PersonClaims, other: PersonClaims) -> bool:
    return bool(one.sex and other.sex and one.sex != other.sex)


_COMPARED: dict[Agreement, Callable[[PersonClaims, PersonClaims], bool]] = {
    Agreement.NUMBERS_DIFFER: _numbers_differ,
    Agreement.NAMES_DIFFER: names_differ,
    Agreement.BIRTH_DATES_DIFFER: births_differ,
    Agreement.SEXES_DIFFER: _sexes_differ,
}
