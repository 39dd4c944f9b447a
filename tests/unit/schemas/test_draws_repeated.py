"""An auditor repeats the random draw from what the centre keeps of a crossing."""

from datetime import timedelta

import pytest

from schemas.policy.matters import InspectionRate
from schemas.policy.when import When
from schemas.rules.inspection import draw_repeated
from schemas.trust.draws import drawn, station_day_key
from schemas.words import VehicleClass
from tests.builders import NOON, a_policy, facts

KEY = b"k" * 32
HALF = a_policy(inspection_rates=(InspectionRate(per_mille=500),))
LOCAL_MIDNIGHT = NOON + timedelta(hours=12)


@pytest.mark.parametrize("counter", range(1, 30))
def test_every_draw_is_repeated_from_lane_day_and_counter(counter):
    opened = LOCAL_MIDNIGHT - timedelta(seconds=1)
    crossing = facts(
        lane=2, opened_at=opened, occurred_at=LOCAL_MIDNIGHT, inspection={"draw_counter": counter, "drawn": True}
    )
    day = NOON.date()  # the local day of the first scan, though it closed on the next
    assert draw_repeated(crossing, HALF, KEY) is drawn(station_day_key(KEY, day), 2, day, counter, 500)


def test_a_station_cannot_say_not_drawn_where_the_rate_is_whole():
    whole = a_policy(inspection_rates=(InspectionRate(per_mille=1000),))
    crossing = facts(inspection={"draw_counter": 7, "drawn": False})
    assert draw_repeated(crossing, whole, KEY) is True


def test_where_nothing_was_to_be_drawn_there_is_nothing_to_repeat():
    ships = a_policy(
        inspection_rates=(InspectionRate(when=When(vehicle_classes=(VehicleClass.SHIP,)), per_mille=1000),)
    )
    assert draw_repeated(facts(inspection={"draw_counter": 7}), ships, KEY) is None
    assert draw_repeated(facts(), HALF, KEY) is None  # no counter was kept
