"""Told to stop in the middle of a query while the pool is closed beside it: the real asyncpg, the real server."""

from __future__ import annotations

import asyncio

import pytest

from stream_processors.database.pool import open_pool
from stream_processors.world import in_place


@pytest.mark.parametrize("turns", range(6))
async def test_the_work_ends_at_whatever_instant_the_pool_is_closed(migrated, turns):
    """One turn of the loop later the connection was being given back, and said that it was gone."""
    pool, begun = await open_pool(migrated), asyncio.Event()

    async def query():
        async with pool.acquire() as connection:
            begun.set()
            await connection.execute("SELECT pg_sleep(60)")

    working = asyncio.create_task(in_place("questions", query))
    await begun.wait()
    await asyncio.sleep(0.1)  # the query is at the server
    working.cancel()
    for _ in range(turns):
        await asyncio.sleep(0)
    pool.terminate()
    ended, _ = await asyncio.wait({working}, timeout=20)
    assert ended
    assert working.cancelled()
