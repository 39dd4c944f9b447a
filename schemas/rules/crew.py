"""Whether a person is one of those whom a paper names: by the number, or weakly by name and digits. Pure.

A number decides. Names never merge on a part of a name, and a name alone proves nobody a stranger: what only
names say is marked as weak, and where nothing can be compared nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from schemas.passes.claims import PersonClaims
from schemas.rules.agreement import births_differ, last_six, names_differ


class Fit(StrEnum):
    SAME = "same"
    PERHAPS = "perhaps"
    """By six digits, or by the whole name with a birth date that fits."""
    OTHER_BY_NAME = "other_by_name"
    OTHER = "other"
    """Their numbers differ, in the digits that both show."""
    UNKNOWN = "unknown"


def fit(one: PersonClaims, other: PersonClaims) -> Fit:
    """How ``one`` compares with ``other``."""
    new, old = bool(one.number and other.number), bool(one.old_number and other.old_number)
    if (new and one.number == other.number) or (old and one.old_number == other.old_number):
        return Fit.SAME
    mine, theirs = last_six(one), last_six(other)
    if new or old or (mine and theirs and mine != theirs):
        return Fit.OTHER
    return Fit.PERHAPS if mine and theirs else _fit_by_name(one, other)


def _fit_by_name(one: PersonClaims, other: PersonClaims) -> Fit:
    """A birth date that is the same may stand beside a misspelt name, and one name beside a mistyped date."""
    if not one.name or not other.name:
        return Fit.UNKNOWN
    born = bool(one.birth_date and other.birth_date)
    if names_differ(one, other):
        whole = len(one.birth_date) == len(other.birth_date) == len("YYYY-MM-DD")
        return Fit.UNKNOWN if whole and not births_differ(one, other) else Fit.OTHER_BY_NAME
    return Fit.PERHAPS if born and not births_differ(one, other) else Fit.UNKNOWN


def named_among(person: PersonClaims | None, named: Iterable[PersonClaims]) -> tuple[bool | None, bool]:
    """Whether ``person`` is one of ``named``, and whether that is weak. None where it cannot be told."""
    if person is None:
        return None, False
    fits = {fit(person, one) for one in named}
    if not fits:
        return None, False
    if Fit.SAME in fits:
        return True, False
    if Fit.PERHAPS in fits:
        return True, True
    if Fit.UNKNOWN in fits:
        return None, False
    return False, Fit.OTHER_BY_NAME in fits
