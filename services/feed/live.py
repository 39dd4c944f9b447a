"""The feed for many followers: read once from the database, handed to all. Resumes from any position.

Holds no plate: what it hands out is what stands in the table.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from services.database.connection import Pool, is_worth_again
from services.database.listening import Bell
from services.feed import store
from services.feed.store import FeedEvent
from services.seen import metrics

NOT_READ_YET = 2**63
KEPT = 2000
"""Newest events in memory; whoever is further behind reads from the database."""


class Live:
    def __init__(self, pool: Pool, bell: Bell) -> None:
        self._pool = pool
        self._placed = bell
        self._read = Bell()
        self._recent: deque[FeedEvent] = deque(maxlen=KEPT)
        self._from = NOT_READ_YET
        """Everything after this position is in ``_recent``; whoever is behind it asks the database."""
        self._to = 0

    async def run(self, *, look_s: float = 2.0) -> None:
        """Read what is new, for ever."""
        while True:
            rings = self._placed.rings
            try:
                async with self._pool.acquire() as conn:
                    if self._from == NOT_READ_YET:
                        self._from = self._to = await store.head(conn)
                    new = await store.after(conn, self._to)
            except Exception as exc:
                if not is_worth_again(exc):
                    raise
                await asyncio.sleep(look_s)
                continue
            self._keep(new)
            if not new:
                await self._placed.after(rings, at_most_s=look_s)

    def _keep(self, new: list[FeedEvent]) -> None:
        if not new:
            return
        self._recent.extend(new)
        self._to = new[-1].position
        if len(self._recent) == KEPT:
            self._from = max(self._from, self._recent[0].position - 1)
        self._read.ring()

    async def follow(self, stream: str, position: int, *, beat_s: float = 15.0) -> AsyncIterator[FeedEvent | None]:
        """Events of ``stream`` after ``position``, for ever; None whenever ``beat_s`` passed without one."""
        with metrics.FEEDS.track_inprogress():
            while True:
                rings = self._read.rings
                events = await self._after(stream, position)
                for event in events:
                    yield event
                    position = event.position
                if events:
                    continue
                await self._read.after(rings, at_most_s=beat_s)
                if self._read.rings == rings:
                    yield None

    async def _after(self, stream: str, position: int) -> list[FeedEvent]:
        if position >= self._from:
            return [event for event in self._recent if event.position > position and event.stream == stream]
        async with self._pool.acquire() as conn:
            return await store.after(conn, position, stream=stream)
