"""Administrative units as a tree: hamlet, commune, district, province. Pure; knows no level of risk and no date.

A code that is not in the tree is a unit of its own: nothing is within it, and it is within nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from schemas.bounded import Text40, Text100, Wire


class UnitLevel(StrEnum):
    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"
    HAMLET = "hamlet"


ABOVE: Mapping[UnitLevel, UnitLevel | None] = {
    UnitLevel.PROVINCE: None,
    UnitLevel.DISTRICT: UnitLevel.PROVINCE,
    UnitLevel.COMMUNE: UnitLevel.DISTRICT,
    UnitLevel.HAMLET: UnitLevel.COMMUNE,
}
"""Of which level a unit's parent is."""


class Unit(Wire):
    code: Text40
    level: UnitLevel
    name: Text100
    name_en: Text100 | None = None
    parent: Text40 | None = None


class UnitsDoNotFit(Exception):
    """A unit stands twice, or its parent is missing or of a wrong level. Says which unit and why."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


@dataclass(frozen=True)
class Units:
    by_code: Mapping[str, Unit] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Unit]) -> Units:
        """The tree. Raises UnitsDoNotFit."""
        by_code: dict[str, Unit] = {}
        for unit in rows:
            if unit.code in by_code:
                raise UnitsDoNotFit(unit.code, UNIT_TWICE)
            by_code[unit.code] = unit
        for unit in by_code.values():
            reason = misfit(unit, by_code)
            if reason is not None:
                raise UnitsDoNotFit(unit.code, reason)
        return cls(by_code)

    def __len__(self) -> int:
        return len(self.by_code)

    def chain(self, code: str) -> Iterator[str]:
        """The unit itself, then what it lies in, up to the province."""
        here: str | None = code
        # Four levels; counted, because a published tree may be joined from parts that do not fit together.
        for _ in UnitLevel:
            if here is None:
                return
            yield here
            unit = self.by_code.get(here)
            here = unit.parent if unit is not None else None

    def is_within(self, unit: str, ancestor: str) -> bool:
        """Whether ``unit`` is ``ancestor`` or lies in it."""
        return ancestor in self.chain(unit)

    def within(self, ancestors: Iterable[str]) -> frozenset[str]:
        """Every code that is, or lies in, one of ``ancestors``; unknown codes stand for themselves."""
        wanted = frozenset(ancestors)
        return wanted | {code for code in self.by_code if not wanted.isdisjoint(self.chain(code))}

    def name_of(self, code: str) -> str | None:
        unit = self.by_code.get(code)
        return unit.name if unit is not None else None


UNIT_TWICE = "UNIT_TWICE"
UNIT_PARENT_MISSING = "UNIT_PARENT_MISSING"
UNIT_PARENT_UNKNOWN = "UNIT_PARENT_UNKNOWN"
UNIT_PARENT_LEVEL = "UNIT_PARENT_LEVEL"
UNIT_PARENT_NOT_WANTED = "UNIT_PARENT_NOT_WANTED"


def misfit(unit: Unit, known: Mapping[str, Unit]) -> str | None:
    """Why ``unit`` does not hang in the tree, or None when it does."""
    wanted = ABOVE[unit.level]
    if wanted is None:
        return UNIT_PARENT_NOT_WANTED if unit.parent is not None else None
    if unit.parent is None:
        return UNIT_PARENT_MISSING
    parent = known.get(unit.parent)
    if parent is None:
        return UNIT_PARENT_UNKNOWN
    return UNIT_PARENT_LEVEL if parent.level is not wanted else None
