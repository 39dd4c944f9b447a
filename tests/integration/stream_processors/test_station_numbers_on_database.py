"""Which numbers of a station are missing, on a real database: in every order, and with two workers at once."""

import asyncio
from datetime import UTC, datetime

import asyncpg
import pytest

from stream_processors.database.chain import note_numbers
from stream_processors.database.migrate import SCHEMA

AT = datetime(2021, 10, 6, 7, 0, tzinfo=UTC)
BRIDGE, FERRY = ("cau-rach-mieu-1", 1), ("pha-dinh-khao-1", 1)
POSTS = {BRIDGE: "cau-rach-mieu", FERRY: "pha-dinh-khao"}


@pytest.fixture
async def two_workers(migrated):
    connections = [await asyncpg.connect(migrated, server_settings={"search_path": SCHEMA}) for _ in range(2)]
    yield connections
    for connection in connections:
        await connection.close()


async def noted(connection, arrived):
    await note_numbers(connection, arrived, POSTS, at=AT)


async def known(connection):
    highest = await connection.fetch("SELECT station_id, highest FROM station_numbers ORDER BY station_id")
    missing = await connection.fetch("SELECT station_id, first, last FROM missing_numbers ORDER BY 1, 2")
    return dict(map(tuple, highest)), list(map(tuple, missing))


async def test_what_is_missing_comes_and_what_comes_twice_changes_nothing(two_workers):
    one, _ = two_workers
    await noted(one, {BRIDGE: [3, 7], FERRY: [1]})
    assert await known(one) == ({BRIDGE[0]: 7, FERRY[0]: 1}, [(BRIDGE[0], 1, 2), (BRIDGE[0], 4, 6)])
    await noted(one, {BRIDGE: [5, 1, 2, 8], FERRY: [1]})
    assert await known(one) == ({BRIDGE[0]: 8, FERRY[0]: 1}, [(BRIDGE[0], 4, 4), (BRIDGE[0], 6, 6)])


@pytest.mark.parametrize("heard_before", [True, False])
@pytest.mark.parametrize(("first", "second"), [([1, 2], [3, 4]), ([3, 4], [1, 2]), ([4], [2]), ([2], [4])])
async def test_two_workers_at_once_leave_what_one_would_have_left(two_workers, heard_before, first, second):
    one, other = two_workers
    if heard_before:
        await noted(one, {BRIDGE: [1]})
    async with one.transaction():
        await noted(one, {BRIDGE: first})
        waiting = asyncio.create_task(noted_whole(other, {BRIDGE: second}))
        await asyncio.sleep(0.2)
        assert not waiting.done()
    await waiting
    came = {*first, *second} | ({1} if heard_before else set())
    highest, missing = await known(one)
    assert highest == {BRIDGE[0]: max(came)}
    assert {number for _, begin, end in missing for number in range(begin, end + 1)} == (
        set(range(1, max(came))) - came
    )


async def noted_whole(connection, arrived):
    async with connection.transaction():
        await noted(connection, arrived)
