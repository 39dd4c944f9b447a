"""The feed follows the order of commits, on a real PostgreSQL."""

from __future__ import annotations

import asyncio

from services.database.connection import connect
from services.database.listening import FEED_PLACED, FEED_WRITTEN, Bells, listen_forever
from services.feed import store
from services.feed.live import Live
from services.feed.sequencer import place_forever
from tests.builders import NOON, an_id


async def write(conn, name):
    await store.add(conn, store.ALERTS, "new", an_id(name), {"name": name}, NOON)


async def test_a_follower_gets_what_a_slow_transaction_wrote_first_and_committed_last(centre_url):
    slow, quick, reader = [await connect(centre_url) for _ in range(3)]
    begun = slow.transaction()
    await begun.start()
    await write(slow, "slow")  # takes the lower row id, and is not committed
    async with quick.transaction():
        await write(quick, "quick")
    await store.place(reader)
    seen = await store.after(reader, 0)
    await begun.commit()
    await store.place(reader)
    later = await store.after(reader, seen[-1].position)
    assert [event.content["name"] for event in seen] == ["quick"]
    assert [event.content["name"] for event in later] == ["slow"]
    for conn in (slow, quick, reader):
        await conn.close()


async def test_two_sequencers_at_once_give_each_row_one_position(centre_url, centre):
    async with centre.pool.acquire() as conn:
        for number in range(50):
            await write(conn, f"event {number}")

    async def place():
        async with centre.pool.acquire() as conn:
            return await store.place(conn, limit=20)

    placed = await asyncio.gather(*(place() for _ in range(5)))
    async with centre.pool.acquire() as conn:
        events = await store.after(conn, 0)
        head = await store.head(conn)
    assert sum(placed) == 50
    assert [event.position for event in events] == list(range(1, 51))
    assert head == 50


async def test_a_follower_that_comes_back_gets_what_it_missed_and_then_what_is_new(centre_url, centre):
    bells = Bells()
    live = Live(centre.pool, bells[FEED_PLACED])
    works = (listen_forever(centre_url, bells), place_forever(centre.pool, bells[FEED_WRITTEN]), live.run())
    async with centre.pool.acquire() as conn:
        for name in ("seen", "missed"):
            await write(conn, name)
        await store.place(conn)
    tasks = [asyncio.create_task(work) for work in works]
    following = live.follow(store.ALERTS, 1)
    try:
        missed = await asyncio.wait_for(anext(following), 10)
        async with centre.pool.acquire() as conn:
            await write(conn, "new")
        new = await asyncio.wait_for(anext(following), 10)
    finally:
        await following.aclose()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert [missed.content["name"], new.content["name"]] == ["missed", "new"]
    assert new.position == 3


async def test_what_is_rolled_back_is_never_in_the_feed(centre_url):
    conn = await connect(centre_url)
    begun = conn.transaction()
    await begun.start()
    await write(conn, "never")
    await begun.rollback()
    assert await store.place(conn) == 0
    assert await store.after(conn, 0) == []
    await conn.close()
