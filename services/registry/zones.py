"""Risk levels as tables and pages read and write them. The levels themselves are schemas.zones'."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from schemas.bounded import instant_text
from schemas.events.registry import ZonesAssigned
from schemas.ids import derived_id
from schemas.units import Unit, Units
from schemas.words import FactState
from schemas.zone_files import LevelsFrom, levels_from
from schemas.zones import Zones
from services.database.connection import Connection
from services.pages.words import LOCAL
from services.registry import store
from services.registry.requests import ZonesSent


async def from_table(conn: Connection, content: bytes, units: Units) -> list[ZonesSent]:
    """What a CSV table changes: one assignment for each document and instant. Raises CsvRefused.

    The same document and instant again replaces its levels as a new revision; the very same changes nothing.
    """
    found = levels_from(content, units, time_zone=LOCAL.key)
    published = {one.event_id: one for one in await store.newest(conn, "zones")}
    sent = [(one, derived_id("zones", one.document, instant_text(one.effective_at))) for one in found]
    return [
        _sent(one, published.get(zones_id)) for one, zones_id in sent if _changes(one, published.get(zones_id))
    ]


def _changes(one: LevelsFrom, known: ZonesAssigned | None) -> bool:
    return known is None or known.state is not FactState.IN_FORCE or known.levels != one.levels


def _sent(one: LevelsFrom, known: ZonesAssigned | None) -> ZonesSent:
    return ZonesSent(
        zones_id=derived_id("zones", one.document, instant_text(one.effective_at)),
        revision=known.revision + 1 if known is not None else 1,
        document=one.document,
        effective_at=one.effective_at,
        levels=one.levels,
    )


@dataclass(frozen=True)
class Shown:
    """A row of the page: a unit, and the level that holds there."""

    code: str
    unit: Unit | None
    within: tuple[str, ...]
    """Names of what it lies in, the nearest first."""
    level: int
    since: datetime
    document: str


def shown(assignments: Iterable[ZonesAssigned], units: Units, at: datetime) -> list[Shown]:
    """Units that have a level of their own at ``at``, the highest level first, then by code."""
    zones = Zones.of(assignments, units)
    rows = []
    for code in zones.by_unit:
        own = zones.own_level(code, at)
        if own is None:
            continue
        above = tuple(units.name_of(one) or one for one in list(units.chain(code))[1:])
        rows.append(Shown(code, units.by_code.get(code), above, own.level, own.since, own.document))
    return sorted(rows, key=lambda row: (-row.level, row.code))
