"""The recorded draws are kept with the crossings, and repeated by day, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from schemas.events.base import FIRST_PREVIOUS
from schemas.events.crossing import CrossingAbandoned, Inspection
from schemas.policy.matters import InspectionRate
from schemas.topics import CROSSINGS
from schemas.trust.chain import station_key
from schemas.trust.draws import drawn, station_day_key
from tests.integration.stream_processors.conftest import FIRST_POLICY_AT
from tests.integration.stream_processors.province import crossing_id_of, now

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
YESTERDAY = (now().astimezone(ZONE) - timedelta(days=1)).replace(hour=12, minute=0, second=0)
"""Noon, local: minutes around it are of one day."""


@pytest.fixture
async def bridge(judge, centre, stations):
    await judge.takes(
        *(centre.post(post_id) for post_id in stations),
        *(centre.enrolment(station) for station in stations.values()),
        centre.policy(effective_at=FIRST_POLICY_AT, inspection_rates=(InspectionRate(per_mille=500),)),
    )
    # The day before: from here on counters are kept.
    await judge.takes(closed(stations["rach-mieu"], 1, opened_at=YESTERDAY - timedelta(days=1)))
    return stations["rach-mieu"]


def must_be(bridge, counter, opened_at):
    day = opened_at.astimezone(ZONE).date()
    key = station_day_key(station_key(bridge.centre.master, bridge.station_id, 1), day)
    return drawn(key, 1, day, counter, 500)


def closed(bridge, counter, *, opened_at=YESTERDAY, turned=False):
    """``turned``: the station says the opposite of what was drawn."""
    was_drawn = must_be(bridge, counter, opened_at) is not turned
    inspection = Inspection(draw_counter=counter, drawn=was_drawn)
    at = opened_at + timedelta(minutes=2)
    return bridge.crossing(at=at, opened_at=opened_at, inspection=inspection)


def given_up(bridge, counter):
    id_ = uuid4()
    event = CrossingAbandoned(
        event_id=id_,
        crossing_id=id_,
        occurred_at=YESTERDAY + timedelta(minutes=3),
        opened_at=YESTERDAY,
        station_id=bridge.station_id,
        post_id=bridge.post_id,
        lane=1,
        enrolment=1,
        number=1,
        previous=FIRST_PREVIOUS,
        clock_error_ms=500,
        draw_counter=counter,
        reason="OFFICER",
    )
    return bridge.chained(CROSSINGS, event)


@pytest.fixture
def repeated(migrated, keys_folder):
    async def repeated():
        day = YESTERDAY.date().isoformat()
        asked = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "stream_processors", "draws", day, day),
            env={**os.environ, "CHOTXANH_DATABASE_URL": migrated, "CHOTXANH_KEYS": str(keys_folder)},
            stdout=asyncio.subprocess.PIPE,
        )
        said = (await asked.communicate())[0].decode().splitlines()
        return asked.returncode, said

    return repeated


async def test_a_day_in_order_is_said_to_be(judge, bridge, repeated):
    await judge.takes(closed(bridge, 1), given_up(bridge, 2), closed(bridge, 3))
    assert await repeated() == (0, [f"{YESTERDAY.date()}: 3 draws, 1 of crossings given up"])


async def test_what_was_drawn_otherwise_and_what_was_left_behind_is_named(judge, bridge, repeated):
    turned = closed(bridge, 2, turned=True)
    await judge.takes(closed(bridge, 1), turned, closed(bridge, 4))
    status, said = await repeated()
    assert status == 3
    assert said[1:] == [
        f"  DRAW_DIFFERS: station rach-mieu-1, lane 1, counter 2, crossing {crossing_id_of(turned)}",
        "  COUNTER_MISSING: station rach-mieu-1, lane 1, counter 3",
    ]


async def test_a_counter_among_records_that_are_missing_is_on_its_way(judge, bridge, repeated):
    late = closed(bridge, 1)
    await judge.takes(closed(bridge, 2))
    status, said = await repeated()
    assert (status, said[1:]) == (0, ["  COUNTER_ON_ITS_WAY: station rach-mieu-1, lane 1, counter 1"])
    await judge.takes(late)
    assert await repeated() == (0, [f"{YESTERDAY.date()}: 2 draws, 0 of crossings given up"])


async def test_a_correction_that_turns_the_draw_is_named(judge, bridge, repeated):
    first = closed(bridge, 1)
    await judge.takes(first)
    turned = Inspection(draw_counter=1, drawn=not must_be(bridge, 1, YESTERDAY))
    await judge.takes(bridge.correction(first, inspection=turned))
    status, said = await repeated()
    assert status == 3
    assert [line.split(":")[0].strip() for line in said[1:]] == ["COUNTER_CHANGED", "DRAW_DIFFERS"]
