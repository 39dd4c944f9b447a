"""Fires timers as they fall due: each in a transaction of its own, by one process alone. Polls nothing.

Sleeps until the next one is due, or until somebody sets a timer (any process: NOTIFY). A process that was away
fires what fell due meanwhile when it is back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from services.clock import Clock
from services.database.connection import Connection, Pool, is_worth_again
from services.database.listening import Bell
from services.timers import store
from services.timers.store import Timer

log = logging.getLogger(__name__)

Handler = Callable[[Connection, Timer, datetime], Awaitable[None]]

TRIES = 2
LONGEST_S = 600.0
"""The wall clock may be set while we sleep; so long, at most, does that go unnoticed."""
SHORTEST_S = 0.5
"""What is due and held by another process is theirs; look again after this."""


class Timers:
    def __init__(self, pool: Pool, bell: Bell, clock: Clock, handlers: Mapping[str, Handler]) -> None:
        self._pool = pool
        self._bell = bell
        self._clock = clock
        self._handlers = handlers

    async def run(self, *, retry_s: float = 1.0) -> None:
        """For ever. While the database is away nothing fires, and nothing is lost. A bug is raised."""
        while True:
            rings = self._bell.rings
            try:
                if await self.fire_one():
                    continue
                async with self._pool.acquire() as conn:
                    due = await store.next_due(conn)
            except Exception as exc:
                if not is_worth_again(exc):
                    raise
                await asyncio.sleep(retry_s)
                continue
            await self._bell.after(rings, at_most_s=wait_s(due, self._clock.now()))

    async def fire_one(self) -> bool:
        """Handle what is due the longest and commit; False when nothing is due that nobody else has."""
        timer, at = None, self._clock.now()
        try:
            async with self._pool.acquire() as conn, conn.transaction():
                timer = await store.take_due(conn, at)
                if timer is None:
                    return False
                await self._handlers[timer.kind](conn, timer, at)
        except Exception as exc:
            if timer is not None and not is_worth_again(exc):
                log.error("a timer could not be handled: %s", timer.kind)
                async with self._pool.acquire() as conn:
                    await store.count_attempt(conn, timer, at, most=TRIES)
            raise
        return True


def wait_s(due: datetime | None, now: datetime) -> float:
    """How long there is nothing to do, unless somebody sets a timer."""
    if due is None:
        return LONGEST_S
    return min(max((due - now).total_seconds(), SHORTEST_S), LONGEST_S)
