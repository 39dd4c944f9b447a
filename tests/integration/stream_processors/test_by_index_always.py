"""No statement of a batch reads a table whole: nothing on a small table, it holds up a province on a large one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from schemas.events.self_checks import TimerPutAside
from stream_processors.database import beside, draws, heads, looking_back, nearby, self_checks, timers
from stream_processors.database.bearing import read_bearings
from stream_processors.judging.look_back import Period
from tests.builders import DRIVER
from tests.integration.stream_processors.province import crossing_id_of, now
from tests.integration.stream_processors.test_look_back_on_database import (
    TRUCK,
    known_beforehand,
    registered,
    truck,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


OF_ONE_ROW = {"registry_changes"}


class Explaining:
    """Runs each statement, and keeps which tables its plan reads whole."""

    def __init__(self, connection):
        self._connection, self.whole = connection, []

    async def _explain(self, sql, *arguments):
        plan = [row[0] for row in await self._connection.fetch("EXPLAIN " + sql, *arguments)]
        tables = {line.split("Seq Scan on ")[1].split()[0] for line in plan if "Seq Scan on " in line}
        self.whole += sorted(tables - OF_ONE_ROW)

    async def fetch(self, sql, *arguments):
        await self._explain(sql, *arguments)
        return await self._connection.fetch(sql, *arguments)

    async def execute(self, sql, *arguments):
        await self._explain(sql, *arguments)
        return await self._connection.execute(sql, *arguments)


@pytest.fixture
async def explaining(judge, centre, stations):
    """A crossing of a trip whose driver is positive, and another one of its vehicle."""
    bridge, ferry = stations.values()
    at = now() - 2 * DAY
    hub = truck(bridge, at, DRIVER, trip_id="pha-7")
    await judge.takes(*known_beforehand(centre, stations), registered(centre, TRUCK, "vt-001"))
    await judge.takes(hub, truck(ferry, at + HOUR, DRIVER), centre.result(sampled_at=at + DAY))
    async with judge.pool.acquire() as connection:
        yield Explaining(connection), crossing_id_of(hub), judge.timing.judging.in_force.registry, at


async def test_what_bears_on_a_crossing_is_found_by_index(explaining):
    connection, hub, registry, at = explaining
    assert await read_bearings(connection, [hub], registry) != []
    await beside.travelled(connection, [hub], registry)
    await looking_back.looked_back(connection, {hub: Period(at - DAY, at + DAY)})
    assert connection.whole == []


async def test_what_a_fact_may_change_is_found_by_index(explaining):
    connection, hub, registry, _ = explaining
    await nearby.later_neighbours(connection, {hub}, registry)
    assert await nearby.ask_nearby(connection, {hub}, registry, came={hub}, of_results={hub}) != set()
    assert connection.whole == []


async def test_heads_and_draws_are_found_by_index(explaining):
    connection, _, _, at = explaining
    await heads.to_check(connection)
    await heads.wrong(connection)
    await draws.opened_between(connection, at - DAY, at + DAY)
    assert connection.whole == []


async def test_what_is_said_about_ourselves_is_found_by_index(explaining):
    connection, hub, _, _ = explaining
    await heads.wrong_by_station(connection)
    await timers.put_aside_now(connection, most=None)
    await self_checks.in_force(connection, TimerPutAside)
    await self_checks.said(connection, TimerPutAside, [hub])
    assert connection.whole == []
