"""The station holds units and levels of risk, and hands them to the rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from checkpoint_agent.listening.held import Held, holding
from schemas.events.registry import UnitsPublished, ZonesAssigned
from schemas.units import Unit, UnitLevel
from schemas.words import FactState
from tests.builders import an_id

MIDNIGHT = datetime(2021, 10, 5, 17, tzinfo=UTC)
UNITS = UnitsPublished(
    event_id=an_id("units"),
    occurred_at=MIDNIGHT,
    revision=1,
    province="83",
    units=(
        Unit(code="83", level=UnitLevel.PROVINCE, name="Tỉnh Bến Tre"),
        Unit(code="831", level=UnitLevel.DISTRICT, name="Huyện Châu Thành", parent="83"),
    ),
)
LEVELS = ZonesAssigned(
    event_id=an_id("zones"),
    occurred_at=MIDNIGHT,
    revision=1,
    document="QĐ 1",
    effective_at=MIDNIGHT,
    levels={"83": 3},
)


def test_levels_and_units_that_came_in_either_order_reach_the_rules():
    for events in ((UNITS, LEVELS), (LEVELS, UNITS)):
        areas = holding(Held(), events).rules.areas
        assert areas.level_of("831", MIDNIGHT) == 3
        assert areas.level_of("831", MIDNIGHT - timedelta(minutes=1)) is None
        assert areas.is_within("831", "83")


def test_a_withdrawn_assignment_is_held_and_counts_for_nothing():
    withdrawn = LEVELS.model_copy(update={"revision": 2, "state": FactState.WITHDRAWN})
    held = holding(holding(Held(), (UNITS, LEVELS)), (withdrawn,))
    assert held.rules.areas.level_of("831", MIDNIGHT) is None
    assert held.revisions["zones"] == 2
