"""Risk levels of administrative units as of an instant: the most specific unit counts. Pure, reads no clock.

Of one assignment the highest revision counts, and a withdrawn one counts for nothing. Of several that name
the same unit the one that took effect last counts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from schemas.events.registry import ZonesAssigned
from schemas.units import Units
from schemas.words import FactState


@dataclass(frozen=True)
class LevelSince:
    """A unit's own level from an instant until the next, and the assignment that says so."""

    since: datetime
    level: int
    by: UUID
    document: str


@dataclass(frozen=True)
class Zones:
    units: Units = field(default_factory=Units)
    by_unit: Mapping[str, tuple[LevelSince, ...]] = field(default_factory=dict)
    """Of each unit that was ever named, in time order."""

    @classmethod
    def of(cls, assignments: Iterable[ZonesAssigned], units: Units) -> Zones:
        """In any order, former revisions among them or not."""
        by_unit: dict[str, list[tuple[datetime, datetime, str, LevelSince]]] = {}
        for one in _in_force(assignments):
            for unit, level in one.levels.items():
                since = LevelSince(one.effective_at, level, one.event_id, one.document)
                # Of two from the same instant: the one written later, then by id, so that order never decides.
                place = (one.effective_at, one.occurred_at, str(one.event_id), since)
                by_unit.setdefault(unit, []).append(place)
        return cls(
            units,
            {unit: tuple(place[-1] for place in sorted(found, key=_place)) for unit, found in by_unit.items()},
        )

    def own_level(self, unit_code: str, at: datetime) -> LevelSince | None:
        """What was assigned to this very unit, or None."""
        history = self.by_unit.get(unit_code, ())
        index = bisect_right(history, at, key=lambda one: one.since)
        return history[index - 1] if index else None

    def found_at(self, unit_code: str, at: datetime) -> tuple[str, LevelSince] | None:
        """The unit that decides, and its level: hamlet before commune before district before province."""
        for code in self.units.chain(unit_code):
            own = self.own_level(code, at)
            if own is not None:
                return code, own
        return None

    def level_of(self, unit_code: str, at: datetime) -> int | None:
        """The level in force at ``at``; None when nobody assigned one to it or to what it lies in."""
        found = self.found_at(unit_code, at)
        return found[1].level if found is not None else None

    def turns_of(self, unit_code: str) -> tuple[datetime, ...]:
        """Every instant from which an assignment names it or what it lies in."""
        since = {one.since for code in self.units.chain(unit_code) for one in self.by_unit.get(code, ())}
        return tuple(sorted(since))

    def is_within(self, unit: str, ancestor: str) -> bool:
        """Whether ``unit`` is ``ancestor`` or lies in it."""
        return self.units.is_within(unit, ancestor)


def _place(entry: tuple[datetime, datetime, str, LevelSince]) -> tuple[datetime, datetime, str]:
    return entry[:3]


def _in_force(assignments: Iterable[ZonesAssigned]) -> list[ZonesAssigned]:
    newest: dict[UUID, ZonesAssigned] = {}
    for one in assignments:
        known = newest.get(one.event_id)
        if known is None or one.revision > known.revision:
            newest[one.event_id] = one
    return [one for one in newest.values() if one.state is FactState.IN_FORCE]
