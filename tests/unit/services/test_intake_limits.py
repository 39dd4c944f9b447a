"""The intake stops when everything is refused, and no liar can make it stop."""

from __future__ import annotations

import pytest

from services.intake.limits import FEWEST_STATIONS, MOST_REFUSED, Beginning, EverythingIsRefused


def refuse(beginning, number, *, stations=FEWEST_STATIONS, reason="STATION_MAC_WRONG"):
    for nth in range(number):
        beginning.refuse(f"station-{nth % stations}", reason)


def test_it_stops_when_nothing_was_believed_and_a_hundred_of_several_stations_were_refused():
    beginning = Beginning()
    refuse(beginning, MOST_REFUSED - 1)
    with pytest.raises(EverythingIsRefused, match="STATION_MAC_WRONG"):
        beginning.refuse("station-0", "STATION_MAC_WRONG")


def test_one_record_that_is_believed_ends_the_watch_for_good():
    beginning = Beginning()
    beginning.believed()
    refuse(beginning, 10 * MOST_REFUSED)


def test_a_single_station_that_is_broken_or_forged_stops_nobody():
    refuse(Beginning(), 10 * MOST_REFUSED, stations=FEWEST_STATIONS - 1)


def test_reasons_that_no_mistake_of_ours_causes_do_not_count():
    refuse(Beginning(), 10 * MOST_REFUSED, reason="STATION_NUMBER_REPEATED")
    beginning = Beginning()
    for _ in range(10 * MOST_REFUSED):
        beginning.refuse(None, "RECORD_TYPE_UNKNOWN")
