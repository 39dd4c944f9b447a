"""What a restart cut off is given up, and nothing else is."""

import pytest

from checkpoint_agent.settings import StationSettings
from checkpoint_agent.station import Station
from schemas.topics import CROSSINGS, decode
from schemas.words import Source
from tests.builders import DRIVER, NOON
from tests.station_parts import StandingClock, a_centre, a_test_text, all_published, an_identity


@pytest.fixture
def centre():
    return a_centre()


def a_station(home, centre):
    settings = StationSettings(home=home, keys=home, kafka_bootstrap="127.0.0.1:1", port=1)
    station = Station(settings, an_identity(centre), clock=StandingClock(NOON))
    station.listening.take(all_published(centre))
    return station


async def scan(station):
    await station.lane.scan(a_test_text(DRIVER.model_copy(update={"number": None})), Source.HAND_SCANNER)
    return station.lane.current.crossing_id


def written(station):
    return [
        (event.crossing_id, event.type_name)
        for one in station.outbox.oldest(10)
        for event in [decode(CROSSINGS, one.value, one.headers)]
    ]


async def test_what_is_in_hand_before_the_station_has_tidied_up_is_not_given_up(tmp_path, centre):
    before = a_station(tmp_path, centre)
    cut_off = await scan(before)
    before.database.close()
    station = a_station(tmp_path, centre)
    in_hand = await scan(station)
    assert await station.lane.abandon_left_open(station.lane.desk()) == 1
    assert written(station) == [(cut_off, "vn.chotxanh.crossing.abandoned")]
    await station.lane.close(station.lane.desk("minh"))
    assert written(station)[1:] == [(in_hand, "vn.chotxanh.crossing.closed")]
    station.database.close()
