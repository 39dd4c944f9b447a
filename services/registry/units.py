"""The administrative units as they were published: the tree that names are read from. Asked, not guessed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from schemas.events.registry import UnitsPublished
from schemas.units import Unit, Units
from schemas.words import FactState
from services.database.connection import Connection
from services.registry import store
from services.registry.requests import UnitsSent


class UnitNames:
    """Read again only when something was published: eleven thousand units are not read for every row."""

    def __init__(self) -> None:
        self._read_at: Any = None
        self._units = Units()

    async def tree(self, conn: Connection) -> Units:
        state = await conn.fetchrow(
            "SELECT count(*) AS entries, max(recorded_at) AS newest FROM registry WHERE kind = 'units'"
        )
        if tuple(state) != self._read_at:
            self._units = joined(await store.newest(conn, "units"))
            self._read_at = tuple(state)
        return self._units


def joined(published: Iterable[UnitsPublished]) -> Units:
    """The provinces' parts as one tree."""
    return Units({unit.code: unit for one in published if one.state is FactState.IN_FORCE for unit in one.units})


def to_publish(rows: Sequence[Unit], published: Sequence[UnitsPublished]) -> list[UnitsSent]:
    """Each province whole, with ``rows`` added to or changed in what was published; unchanged ones are left out.

    A unit that is not in ``rows`` stays: a province may add its hamlets a commune at a time.
    """
    known = joined(published)
    tree = Units({**known.by_code, **{unit.code: unit for unit in rows}})
    revisions = {one.province: one.revision for one in published}
    of_province: dict[str, list[Unit]] = {}
    touched = {province_of(tree, unit.code) for unit in rows if known.by_code.get(unit.code) != unit}
    for unit in tree.by_code.values():
        province = province_of(tree, unit.code)
        if province in touched:
            of_province.setdefault(province, []).append(unit)
    return [
        UnitsSent(
            province=province,
            revision=revisions.get(province, 0) + 1,
            units=tuple(sorted(units, key=lambda unit: unit.code)),
        )
        for province, units in sorted(of_province.items())
    ]


def province_of(tree: Units, code: str) -> str:
    return list(tree.chain(code))[-1]
