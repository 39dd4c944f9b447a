"""Which level a place had at an instant: the most specific unit, as of then, by the newest revision."""

from __future__ import annotations

import csv
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas.events.registry import ZonesAssigned
from schemas.units import Unit, UnitLevel, Units, UnitsDoNotFit
from schemas.words import FactState
from schemas.zones import Zones
from tests.builders import an_id

ALL_UNITS = Path(__file__).resolve().parents[4] / "shared" / "data" / "admin_units_2021.csv"

# 6 October 2021, 00:00 in Ho Chi Minh City
MIDNIGHT = datetime(2021, 10, 5, 17, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

UNITS = Units.of(
    [
        Unit(code="83", level=UnitLevel.PROVINCE, name="Tỉnh Bến Tre"),
        Unit(code="831", level=UnitLevel.DISTRICT, name="Huyện Châu Thành", parent="83"),
        Unit(code="28810", level=UnitLevel.COMMUNE, name="Thị trấn Châu Thành", parent="831"),
        Unit(code="28810-1", level=UnitLevel.HAMLET, name="Ấp 1", parent="28810"),
        Unit(code="829", level=UnitLevel.DISTRICT, name="Thành phố Bến Tre", parent="83"),
        Unit(code="79", level=UnitLevel.PROVINCE, name="Thành phố Hồ Chí Minh"),
    ]
)


def assigned(name="zones", *, at=MIDNIGHT, revision=1, state=FactState.IN_FORCE, written=MIDNIGHT, **levels):
    return ZonesAssigned(
        event_id=an_id(name),
        occurred_at=written,
        revision=revision,
        state=state,
        document="QĐ 1",
        effective_at=at,
        levels={code.removeprefix("u").replace("_", "-"): level for code, level in levels.items()},
    )


def level(unit, *assignments, at=MIDNIGHT):
    return Zones.of(assignments, UNITS).level_of(unit, at)


@pytest.mark.parametrize(
    ("unit", "expected"),
    [("28810-1", 4), ("28810", 3), ("831", 2), ("83", 1), ("829", 1), ("79", None), ("unknown", None)],
)
def test_the_most_specific_unit_counts_hamlet_before_commune_before_district_before_province(unit, expected):
    everything = assigned(u83=1, u831=2, u28810=3, u28810_1=4)
    assert level(unit, everything) == expected


def test_a_province_assigned_later_leaves_a_hamlets_own_level_alone():
    hamlet = assigned("hamlet", u28810_1=4, at=MIDNIGHT - timedelta(days=3))
    assert level("28810-1", hamlet, assigned("province", u83=1)) == 4
    assert level("28810", hamlet, assigned("province", u83=1)) == 1


@pytest.mark.parametrize(
    ("at", "expected"),
    [(MIDNIGHT - MINUTE, 2), (MIDNIGHT, 3), (MIDNIGHT + MINUTE, 3)],  # 23:59 and 00:00 local
)
def test_a_level_counts_from_its_instant_and_no_minute_before(at, expected):
    former = assigned("former", u831=2, at=MIDNIGHT - timedelta(days=14))
    assert level("28810", assigned(u831=3), former, at=at) == expected


def test_before_the_first_assignment_nothing_is_known():
    assert level("28810", assigned(u831=3), at=MIDNIGHT - MINUTE) is None


def test_the_highest_revision_counts_whatever_order_they_came_in():
    first, second = assigned(u831=3), assigned(u831=2, revision=2)
    assert level("831", first, second) == level("831", second, first) == 2


def test_a_unit_that_a_revision_no_longer_names_falls_back_to_what_it_lies_in():
    province = assigned("province", u83=1)
    assert level("831", province, assigned(u831=3), assigned(u829=3, revision=2)) == 1


def test_a_withdrawn_assignment_counts_for_nothing():
    withdrawn = assigned(u831=3, revision=2, state=FactState.WITHDRAWN)
    assert level("831", assigned(u831=3), withdrawn) is None
    assert level("831", assigned("province", u83=1), assigned(u831=3), withdrawn) == 1


def test_of_two_from_one_instant_the_one_written_later_counts_in_every_order():
    early, late = assigned("a", u831=3), assigned("b", u831=4, written=MIDNIGHT + MINUTE)
    assert level("831", early, late) == level("831", late, early) == 4


def test_a_level_says_which_unit_and_which_document_decided():
    unit, found = Zones.of([assigned(u831=3)], UNITS).found_at("28810-1", MIDNIGHT)
    assert (unit, found.document, found.since) == ("831", "QĐ 1", MIDNIGHT)


def test_an_unknown_unit_has_the_level_that_was_given_to_it_by_name_and_no_other():
    assert level("unknown", assigned(u83=1, uunknown=2)) == 2
    assert level("elsewhere", assigned(u83=1)) is None


@pytest.mark.parametrize(
    ("unit", "ancestor", "within"),
    [
        ("28810-1", "83", True),
        ("83", "83", True),
        ("83", "28810-1", False),
        ("829", "831", False),
        ("unknown", "83", False),
        ("unknown", "unknown", True),
    ],
)
def test_a_unit_is_within_itself_and_what_it_lies_in(unit, ancestor, within):
    assert UNITS.is_within(unit, ancestor) is within


@pytest.mark.parametrize(
    ("unit", "reason"),
    [
        (Unit(code="83", level=UnitLevel.PROVINCE, name="again"), "UNIT_TWICE"),
        (Unit(code="1", level=UnitLevel.PROVINCE, name="x", parent="83"), "UNIT_PARENT_NOT_WANTED"),
        (Unit(code="1", level=UnitLevel.DISTRICT, name="x"), "UNIT_PARENT_MISSING"),
        (Unit(code="1", level=UnitLevel.DISTRICT, name="x", parent="99"), "UNIT_PARENT_UNKNOWN"),
        (Unit(code="1", level=UnitLevel.COMMUNE, name="x", parent="83"), "UNIT_PARENT_LEVEL"),
        (Unit(code="1", level=UnitLevel.HAMLET, name="x", parent="831"), "UNIT_PARENT_LEVEL"),
    ],
)
def test_a_unit_that_does_not_hang_in_the_tree_is_refused_with_the_reason(unit, reason):
    with pytest.raises(UnitsDoNotFit) as refused:
        Units.of([*UNITS.by_code.values(), unit])
    assert refused.value.reason == reason


def test_parts_that_make_a_circle_end():
    circle = Units({"a": Unit(code="a", level=UnitLevel.COMMUNE, name="x", parent="a")})
    assert Zones.of([], circle).level_of("a", MIDNIGHT) is None


@pytest.mark.skipif(not ALL_UNITS.exists(), reason="the units of 2021 are laid beside the checkout")
def test_every_unit_of_2021_hangs_in_one_tree_and_takes_its_provinces_level():
    with ALL_UNITS.open(encoding="utf-8") as rows:
        units = Units.of(
            Unit(code=row["code"], level=row["level"], name=row["name_vi"], parent=row["parent_code"] or None)
            for row in csv.DictReader(rows)
        )
    assert Counter(unit.level for unit in units.by_code.values()) == {
        UnitLevel.PROVINCE: 63,
        UnitLevel.DISTRICT: 705,
        UnitLevel.COMMUNE: 10_599,
    }
    levels = {code: random.Random(code).randint(1, 4) for code in units.by_code if len(code) == 2}
    zones = Zones.of([assigned(**levels)], units)
    for code in units.by_code:
        (province,) = [one for one in units.chain(code) if len(one) == 2]
        assert zones.level_of(code, MIDNIGHT) == levels[province]
    assert len(units.within(["83"])) == 1 + 9 + 157
