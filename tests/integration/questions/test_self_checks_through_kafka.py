"""From what a worker finds out to the duty officer's desk, and back: all of it real."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import httpx
import pytest

from schemas.policy.matters import InspectionRate
from services.accounts.create import create_key
from services.database.connection import connect
from stream_processors.database.migrate import migrate
from tests.integration.questions.conftest import keys_of
from tests.integration.services.centre_parts import a_front_end, migrated
from tests.integration.services.serving import served
from tests.integration.stream_processors.province import POSTS_OF_TEST, Centre, Station, crossing_id_of
from tests.integration.stream_processors.running import Worker, environment, make_topics, send
from tests.integration.stream_processors.test_draws_on_database import YESTERDAY, closed

OVER = YESTERDAY - timedelta(days=1)
"""Over at every hour of the day on which this runs."""


@pytest.fixture
async def processors(database):
    connection = await asyncpg.connect(database, server_settings={"search_path": "processors"})
    await migrate(connection)
    yield connection
    await connection.close()


@pytest.fixture
async def duty(database, kafka, tmp_path, processors):
    """A crossing of a day that is over, whose draw was turned round, was judged; then the worker was restarted."""
    centre = Centre()
    await migrated(database)
    await make_topics(kafka)
    keys = centre.write_keys(tmp_path / "keys")
    around = environment(database=database, kafka=kafka, keys=keys, ready_file=tmp_path / "ready")
    worker = Worker(around, tmp_path / "worker.log")
    bridge = Station(centre, POSTS_OF_TEST[0])
    crossing = closed(bridge, 1, opened_at=OVER, turned=True)
    rates = (InspectionRate(per_mille=500),)
    await send(
        kafka,
        centre.post(bridge.post_id),
        centre.enrolment(bridge),
        centre.policy(effective_at=datetime(2021, 1, 1, tzinfo=UTC), inspection_rates=rates),
        crossing,
    )
    try:
        async with served(database, kafka, a_front_end(tmp_path / "front"), keys_of(centre)) as services:
            await worker.start()
            await until(lambda: processors.fetchval("SELECT count(*) FROM verdicts WHERE revision > 0"))
            await worker.stop()
            await put_aside(processors, crossing_id_of(crossing))
            await worker.start()
            conn = await connect(database)
            key = await create_key(conn, "duty", ["desk:read", "dead-letters:act"])
            await conn.close()
            async with httpx.AsyncClient(
                base_url=services.url, headers={"authorization": f"Bearer {key}"}
            ) as client:
                yield client
    finally:
        worker.close()


async def put_aside(processors, crossing_id):
    """As a worker leaves it that a deadline of this crossing ended again and again."""
    await processors.execute(
        """
        INSERT INTO timers (crossing_id, kind, deadline, due_at, set_at, fired, begun, put_aside_at)
        VALUES ($1, 'decision', now() - interval '1 hour', 'infinity', now(), true, 5, now())
        ON CONFLICT (crossing_id, kind) DO UPDATE SET due_at = 'infinity', begun = 5, put_aside_at = now()
        """,
        crossing_id,
    )


async def until(asked):
    async with asyncio.timeout(60):
        while not (found := await asked()):  # noqa: ASYNC110  another process says so
            await asyncio.sleep(0.1)
    return found


async def test_a_turned_draw_and_a_timer_put_aside_come_to_the_desk_and_the_timer_is_tried_again(duty, processors):
    async def shown():
        return (await duty.get("/v1/self-checks")).raise_for_status().json()

    async def counted(**wanted):
        counts = (await shown())["counts"]
        return {kind: counts[kind] for kind in wanted} == wanted

    await until(lambda: counted(draws=1, timer=1))
    found = await shown()
    (day,), (timer,) = found["draws"], found["timer"]
    assert (day["day"], [line["code"] for line in day["told"]]) == (OVER.date().isoformat(), ["DRAW_DIFFERS"])
    assert (timer["code"], timer["station_id"]) == ("decision", "rach-mieu-1")
    assert (await duty.post("/v1/self-checks/timers/try-again")).json() == {"asked": 1}
    await until(lambda: counted(draws=1, timer=0))
    assert await processors.fetchval("SELECT count(*) FROM timers WHERE put_aside_at IS NOT NULL") == 0
