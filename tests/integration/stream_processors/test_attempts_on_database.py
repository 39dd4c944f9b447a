"""How often a batch was begun and not finished, on a real database: by lives of the process, not by parts."""

from uuid import uuid4

import asyncpg
import pytest

from stream_processors.database.attempts import AT_ONCE, CAREFULLY, ONE_BY_ONE, count_batch
from stream_processors.database.migrate import SCHEMA
from stream_processors.intake.records import RawRecord


@pytest.fixture
async def counted(migrated):
    connection = await asyncpg.connect(migrated, server_settings={"search_path": SCHEMA})

    async def count(first, last, life):
        records = [RawRecord("crossings.v1", 0, offset, None, b"") for offset in range(first, last + 1)]
        return await count_batch(connection, records, life=life)

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
