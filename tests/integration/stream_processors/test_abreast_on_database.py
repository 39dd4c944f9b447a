"""Who shares a backlog waits for whom, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from stream_processors import abreast
from stream_processors.abreast import Abreast
from stream_processors.database.pool import open_pool
from stream_processors.intake.records import RawRecord

FULL = 3
NOON = datetime(2021, 10, 6, 5, tzinfo=UTC)


@pytest.fixture
async def worker(migrated):
    pool = await open_pool(migrated)
    yield lambda: Abreast(pool, FULL, uuid4())
    await pool.close()


@pytest.fixture
def patience(monkeypatch):
    """Longer than any machine takes for a statement."""
    monkeypatch.setattr(abreast, "PATIENCE_S", 60.0)


def arrived(*minutes, broker_stamped=True):
    return [
        RawRecord("crossings.v1", 0, n, None, b"", (), NOON + timedelta(minutes=one) if broker_stamped else None)
        for n, one in enumerate(minutes)
    ]


async def waits(worker, records):
    """Whether it still waits when it had time to look again a few times."""
    waiting = asyncio.create_task(worker.wait(records))
    done, _ = await asyncio.wait([waiting], timeout=abreast.LOOK_AGAIN_S * 20)
    return None if done else waiting


@pytest.mark.usefixtures("patience")
async def test_who_is_ahead_waits_until_the_other_has_begun_as_much(worker):
    ahead, behind = worker(), worker()
    await ahead.wait(arrived(0, 1, 2))
    await behind.wait(arrived(0, 1, 2))
    await ahead.wait(arrived(2, 3, 9))
    waiting = await waits(ahead, arrived(10, 11, 12))
    assert waiting, "the other has begun only what arrived until minute 2"
    await behind.wait(arrived(3, 5, 9))
    await asyncio.sleep(abreast.LOOK_AGAIN_S * 10)
    assert not waiting.done(), "minute 10 is still later"
    await behind.wait(arrived(9, 10, 11))
    await asyncio.wait_for(waiting, 30)


@pytest.mark.usefixtures("patience")
async def test_of_several_the_slowest_is_waited_for_and_it_waits_for_nobody(worker):
    first, second, third = worker(), worker(), worker()
    await first.wait(arrived(0, 1, 1))
    await second.wait(arrived(0, 1, 8))
    await third.wait(arrived(1, 1, 4))
    waiting = await waits(third, arrived(5, 6, 7))
    assert waiting
    await first.wait(arrived(1, 2, 6))
    await asyncio.wait_for(waiting, 30)


@pytest.mark.usefixtures("patience")
async def test_who_is_up_to_date_waits_for_nobody(worker):
    behind, up_to_date = worker(), worker()
    await behind.wait(arrived(0, 1, 2))
    assert not await waits(up_to_date, arrived(50, 51))


@pytest.mark.usefixtures("patience")
async def test_a_senders_own_time_says_nothing_of_who_is_ahead(worker):
    behind, other = worker(), worker()
    await behind.wait(arrived(0, 1, 2))
    assert not await waits(other, arrived(50, 51, 52, broker_stamped=False))


async def test_one_that_ended_is_waited_for_no_longer_than_our_patience(worker, monkeypatch):
    monkeypatch.setattr(abreast, "PATIENCE_S", 0.3)
    ended, other = worker(), worker()
    await ended.wait(arrived(0, 1, 2))
    await asyncio.wait_for(other.wait(arrived(50, 51, 52)), 30)
    monkeypatch.setattr(abreast, "PATIENCE_S", 60.0)
    # Nothing was begun by it within the time that a worker is waited for.
    async with other.pool.acquire() as connection:
        await connection.execute("UPDATE workers_begun SET at = at - interval '61 seconds'")
    await asyncio.wait_for(other.wait(arrived(50, 51, 52)), 30)
    async with other.pool.acquire() as connection:
        assert await connection.fetchval("SELECT array_agg(life) FROM workers_begun") == [other.life]
