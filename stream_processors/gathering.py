"""Gathers records as they come, and works through them batch after batch: acknowledged last, and in order.

While one batch is judged and sent, the next may be read, opened and stored, when as much waits as a batch
holds: for less it would only cost the latency of the first. Never more than one batch is judged at a time. What is
not yet taken stays in a buffer of one batch, and behind it in the broker.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Generic, Protocol, TypeVar

E = TypeVar("E")
E_in = TypeVar("E_in", contravariant=True)
P = TypeVar("P")


class Gatherer(Generic[E]):
    """What came and was not taken: at most ``most``, then the source is not asked for more."""

    def __init__(self, source: AsyncIterator[E], *, most: int) -> None:
        self._source, self.most = source, most
        self._waiting: deque[E] = deque()
        self._came, self._full, self._room = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._ended = False

    async def run(self) -> None:
        """Returns when the source ends."""
        try:
            async for one in self._source:
                self._waiting.append(one)
                self._came.set()
                if len(self._waiting) >= self.most:
                    self._full.set()
                    self._room.clear()
                    await self._room.wait()
        finally:
            self._ended = True
            self._came.set()

    async def some(self) -> list[E]:
        """What is there, and at least one; nothing when the source has ended."""
        await self._came.wait()
        return self.take()

    async def until_full(self) -> None:
        """Returns when a whole batch waits."""
        await self._full.wait()

    def take(self) -> list[E]:
        taken = list(self._waiting)
        self._waiting.clear()
        self._full.clear()
        self._room.set()
        if not self._ended:
            self._came.clear()
        return taken


class Work(Protocol[E_in, P]):
    """A batch in two parts: what can be done ahead, and what is done when its turn has come."""

    async def prepare(self, events: Sequence[E_in]) -> P: ...

    def may_be_overtaken(self, prepared: P) -> bool:
        """Whether the next may be prepared meanwhile."""

    async def finish(self, prepared: P) -> None:
        """Returns when database and broker have everything that follows."""


async def work_through(
    gatherer: Gatherer[E], work: Work[E, P], acknowledge: Callable[[Sequence[E]], Awaitable[None]]
) -> None:
    """Until the source ends. Each batch is acknowledged when it is finished, whole, and before any later one.

    Raises what a batch or the source raises; nothing is acknowledged after that.
    """
    reading = asyncio.create_task(gatherer.run())
    try:
        ahead: tuple[list[E], P] | None = None
        while found := ahead or await _next(gatherer, work):
            events, prepared = found
            finishing = asyncio.create_task(work.finish(prepared))
            try:
                ahead = await _ahead(finishing, gatherer, work) if work.may_be_overtaken(prepared) else None
                await finishing
            finally:
                await _ended(finishing)
            await acknowledge(events)
        await reading
    finally:
        await _ended(reading)


async def _next(gatherer: Gatherer[E], work: Work[E, P]) -> tuple[list[E], P] | None:
    events = await gatherer.some()
    return (events, await work.prepare(events)) if events else None


async def _ahead(
    finishing: asyncio.Task[None], gatherer: Gatherer[E], work: Work[E, P]
) -> tuple[list[E], P] | None:
    """The next batch, prepared, if it is full before the one at work is finished."""
    full = asyncio.create_task(gatherer.until_full())
    try:
        await asyncio.wait((finishing, full), return_when=asyncio.FIRST_COMPLETED)
        if finishing.done():
            return None
        return await _next(gatherer, work)
    finally:
        await _ended(full)


async def _ended(task: asyncio.Task[None]) -> None:
    """Ended by us or by itself; what it raised is the caller's to see. Being cancelled meanwhile ends us, too."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
