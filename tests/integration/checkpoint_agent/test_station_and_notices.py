"""A station and a real Kafka: a road closed on the command's page is held with the cable out, until it opens."""

from datetime import UTC, datetime, timedelta
from unittest.mock import sentinel
from uuid import uuid4

import pytest

from schemas.topics import NOTICES
from schemas.words import Source
from services.registry.notices import NoticeForm, ended, sent_by_form
from tests.builders import DRIVER
from tests.integration.checkpoint_agent.test_station_and_kafka import (
    a_centre_producer,
    a_station,
    broker,
    centre,
    publish,
    until,
)
from tests.station_parts import a_test_text, an_identity, signed_record

__all__ = ["broker", "centre"]

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


def closed_by_the_page(now):
    form = NoticeForm(
        notice_id=str(uuid4()),
        notice="road_closed",
        post_id="co-chien",
        other_post_id="rach-mieu",
        road="Phà Rạch Miễu",
        document="TB-12",
        issuer="UBND tỉnh",
    )
    return sent_by_form(form, ("rach-mieu", "co-chien"), now).event(sentinel.no_box_is_needed, now)


async def announce(bootstrap, centre, notice):
    record = signed_record(centre, NOTICES, notice)
    async with a_centre_producer(bootstrap) as producer:
        await producer.send_and_wait(record.topic, key=record.key, value=record.value, headers=record.headers)


async def what_the_lane_says(station):
    await station.lane.scan(a_test_text(DRIVER.model_copy(update={"number": None})), Source.HAND_SCANNER)
    await station.lane.set(plate="71B1-000.01")
    advised = station.lane.advising
    crossing = await station.lane.close_and_decide(advised.outcome, station.lane.desk("minh"))
    await station.lane.leave()
    assert crossing is not None
    return advised.advice.reasons


async def test_a_closed_road_is_said_at_the_lane_with_the_cable_out_until_it_opens(tmp_path, broker, centre):
    identity = an_identity(centre)
    await publish(broker, centre)
    closed = closed_by_the_page(datetime.now(UTC) - timedelta(minutes=1))
    async with a_station(tmp_path, identity, broker) as station:
        await until(lambda: station.listening.held.rules.policies and station.reach.online)
        assert "ROAD_CLOSED" not in await what_the_lane_says(station)
        await announce(broker, centre, closed)
        await until(lambda: station.listening.held.rules.notices)
    async with a_station(tmp_path, identity, "127.0.0.1:1") as station:
        assert not station.reach.online
        assert station.listening.held.rules.notices == (closed,)
        assert "ROAD_CLOSED" in await what_the_lane_says(station)
    async with a_station(tmp_path, identity, broker) as station:
        opened = ended(closed, datetime.now(UTC))
        await announce(broker, centre, opened)
        await until(lambda: station.listening.held.rules.notices == (opened,))
        assert "ROAD_CLOSED" not in await what_the_lane_says(station)


async def test_a_closed_road_that_the_centre_did_not_sign_is_not_taken(tmp_path, broker, centre):
    identity = an_identity(centre)
    now = datetime.now(UTC)
    forged = signed_record(centre, NOTICES, closed_by_the_page(now), signature=bytes(64))
    async with a_station(tmp_path, identity, broker) as station:
        async with a_centre_producer(broker) as producer:
            await producer.send_and_wait(forged.topic, key=forged.key, value=forged.value, headers=forged.headers)
        signed = closed_by_the_page(now)
        await announce(broker, centre, signed)
        await until(lambda: station.listening.held.rules.notices)
        assert [one.notice_id for one in station.listening.held.rules.notices] == [signed.notice_id]
