"""How often a batch was begun and not finished, on a real database: by lives of the process, not by parts."""

import asyncio
from uuid import uuid4

import asyncpg
import pytest

from stream_processors.database.attempts import AT_ONCE, CAREFULLY, ONE_BY_ONE, claim_life, count_batch
from stream_processors.database.claims import own_connection
from stream_processors.database.migrate import SCHEMA
from stream_processors.intake.records import RawRecord


@pytest.fixture
async def counted(migrated):
    connection = await asyncpg.connect(migrated, server_settings={"search_path": SCHEMA})

    async def count(first, last, life):
        records = [RawRecord("crossings.v1", 0, offset, None, b"") for offset in range(first, last + 1)]
        return (await count_batch(connection, records, life=life)).life

    yield count
    await connection.close()


async def test_what_ended_two_lives_goes_one_by_one_in_the_third_however_it_is_cut(counted):
    first, second, third = uuid4(), uuid4(), uuid4()
    assert await counted(0, 9, first) == AT_ONCE
    assert [await counted(0, 4, second), await counted(5, 9, second)] == [CAREFULLY, CAREFULLY]
    assert [await counted(5, 6, third), await counted(7, 9, third)] == [ONE_BY_ONE, ONE_BY_ONE]


async def test_what_lies_behind_all_that_was_begun_is_counted_anew(counted):
    first, second = uuid4(), uuid4()
    await counted(0, 9, first)
    assert await counted(0, 9, second) == CAREFULLY
    assert await counted(10, 19, second) == AT_ONCE


async def test_an_end_of_the_process_counts_against_the_batch_at_work_and_the_one_prepared(counted):
    first, second = uuid4(), uuid4()
    assert [await counted(0, 9, first), await counted(10, 19, first)] == [AT_ONCE, AT_ONCE]
    assert [await counted(0, 9, second), await counted(10, 19, second)] == [CAREFULLY, CAREFULLY]


async def test_what_a_rebalance_took_from_a_life_that_goes_on_did_not_fail_there(counted, migrated):
    first, second = uuid4(), uuid4()
    async with own_connection(migrated, "test") as mine, own_connection(migrated, "test") as of_the_other:
        assert await claim_life(mine, first)
        assert await claim_life(of_the_other, second)
        assert [await counted(0, 9, life) for life in (first, second, first, second)] == [AT_ONCE] * 4


async def test_an_end_counts_though_it_was_taken_over_by_one_that_goes_on(counted, migrated):
    first, second, third, fourth = uuid4(), uuid4(), uuid4(), uuid4()
    async with own_connection(migrated, "test") as goes_on:
        assert await claim_life(goes_on, second)
        await counted(0, 9, first)
        assert [await counted(0, 9, second), await counted(0, 9, third)] == [CAREFULLY, CAREFULLY]
    await no_claim_is_held(migrated)
    assert await counted(0, 9, fourth) == ONE_BY_ONE


async def test_what_a_process_says_of_itself_ends_with_it(counted, migrated):
    first, second = uuid4(), uuid4()
    async with own_connection(migrated, "test") as mine, own_connection(migrated, "test") as again:
        assert await claim_life(mine, first)
        assert not await claim_life(again, first)
        await counted(0, 9, first)
    await no_claim_is_held(migrated)
    assert await counted(0, 9, second) == CAREFULLY


async def no_claim_is_held(url):
    """The database sees the end of a connection a moment later."""
    async with own_connection(url, "test") as connection:
        while await connection.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
