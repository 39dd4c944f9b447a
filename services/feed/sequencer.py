"""Gives positions to committed rows of the feed, as soon as they are there. Any instance may; the lock decides."""

from __future__ import annotations

import asyncio

from services.database.connection import Pool, is_worth_again
from services.database.listening import Bell
from services.feed import store


async def place_forever(pool: Pool, bell: Bell, *, look_s: float = 1.0) -> None:
    """For ever; the listener says when the database is away, so this does not."""
    while True:
        rings = bell.rings
        try:
            async with pool.acquire() as conn:
                placed = await store.place(conn)
        except Exception as exc:
            if not is_worth_again(exc):
                raise
            await asyncio.sleep(look_s)
            continue
        if not placed:
            await bell.after(rings, at_most_s=look_s)
