"""Gathers records as they come, and works through them batch after batch: acknowledged last, and in order.

A batch is opened, stored and finished (judged and sent). Each step has one batch at a time, in order; while one is
finished, the next may be stored and the one behind it opened, when as much waits as a batch holds: for less it
would only cost the latency of the first. So the processor has something to do while two steps wait for the
database. What is not yet taken stays in a buffer of one batch, and behind it in the broker.

What a rebalance has taken away, or gives again from the committed offset on, is let go of before the next step:
whoever has it then begins it anew.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Generic, Protocol, TypeVar

E = TypeVar("E")
E_in = TypeVar("E_in", contravariant=True)
Op = TypeVar("Op")
P = TypeVar("P")

AT_ONCE = 3
"""Batches at work: one in each step."""


class Source(Protocol[E]):
    async def some(self, most: int) -> Sequence[E]:
        """What is there, and at least one; nothing when it has ended."""

    def comes_again(self, event: E) -> bool:
        """Whether it is given anew, here or elsewhere, whatever becomes of it now."""


class Gatherer(Generic[E]):
    """What came and was not taken: at most ``most``, then the source is not asked for more."""

    def __init__(self, source: Source[E], *, most: int) -> None:
        self._source, self.most = source, most
        self._waiting: deque[E] = deque()
        self._came, self._full, self._room = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._ended = False

    async def run(self) -> None:
        """Returns when the source ends."""
        try:
            while found := await self._source.some(self.most - len(self._waiting)):
                self._waiting += found
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
        while True:
            await self._came.wait()
            taken = self.take()
            if taken or self._ended:
                return taken

    def comes_again(self, events: Sequence[E]) -> bool:
        """Of a batch that was taken: all of it, as it was all taken at once."""
        return self._source.comes_again(events[0])

    async def until_full(self) -> None:
        """Returns when a whole batch waits."""
        await self._full.wait()

    def take(self) -> list[E]:
        taken = [event for event in self._waiting if not self._source.comes_again(event)]
        self._waiting.clear()
        self._full.clear()
        self._room.set()
        if not self._ended:
            self._came.clear()
        return taken


class Work(Protocol[E_in, Op, P]):
    """A batch in three steps: two that can be done ahead, and one that is done when its turn has come."""

    async def open(self, events: Sequence[E_in]) -> Op: ...

    def may_be_overtaken(self, opened: Op) -> bool:
        """Whether the next may be opened meanwhile."""

    async def store(self, opened: Op) -> P: ...

    async def finish(self, stored: P) -> None:
        """Returns when database and broker have everything that follows."""


async def work_through(
    gatherer: Gatherer[E], work: Work[E, Op, P], acknowledge: Callable[[Sequence[E]], Awaitable[None]]
) -> None:
    """Until the source ends. Each batch is acknowledged when it is finished, whole, and before any later one.

    Of one that comes again nothing is acknowledged. Raises what a batch or the source raises, and acknowledges
    nothing after that.
    """
    steps = _Steps(gatherer, work, acknowledge)
    reading = asyncio.create_task(gatherer.run())
    at_work = [asyncio.create_task(step) for step in (steps.open(), steps.store(), steps.finish())]
    try:
        await asyncio.gather(*at_work)
        await reading
    finally:
        await _ended(reading, *at_work)


class _Steps(Generic[E, Op, P]):
    def __init__(
        self, gatherer: Gatherer[E], work: Work[E, Op, P], acknowledge: Callable[[Sequence[E]], Awaitable[None]]
    ) -> None:
        self._gatherer, self._work, self._acknowledge = gatherer, work, acknowledge
        self._opened: asyncio.Queue[tuple[Sequence[E], Op] | None] = asyncio.Queue()
        self._stored: asyncio.Queue[tuple[Sequence[E], P] | None] = asyncio.Queue()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._at_work = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def open(self) -> None:
        overtaking = True
        while True:
            await self._room.acquire()
            if not overtaking:
                await self._idle.wait()
            if not self._idle.is_set():
                await _first_of(self._idle.wait(), self._gatherer.until_full())
            events = await self._gatherer.some()
            if not events:
                return self._opened.put_nowait(None)
            self._at_work += 1
            self._idle.clear()
            opened = await self._work.open(events)
            overtaking = self._work.may_be_overtaken(opened)
            self._opened.put_nowait((events, opened))

    async def store(self) -> None:
        while (found := await self._opened.get()) is not None:
            events, opened = found
            if self._gatherer.comes_again(events):
                await self._leave(())
            else:
                self._stored.put_nowait((events, await self._work.store(opened)))
        self._stored.put_nowait(None)

    async def finish(self) -> None:
        while (found := await self._stored.get()) is not None:
            events, stored = found
            if self._gatherer.comes_again(events):
                await self._leave(())
            else:
                await self._work.finish(stored)
                await self._leave(events)

    async def _leave(self, finished: Sequence[E]) -> None:
        await self._acknowledge(finished)
        self._at_work -= 1
        if not self._at_work:
            self._idle.set()
        self._room.release()


async def _first_of(*waits: Coroutine[Any, Any, object]) -> None:
    tasks = [asyncio.create_task(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _ended(*tasks)


async def _ended(*tasks: asyncio.Task[Any]) -> None:
    """Ended by us or by themselves; what one raised is the caller's to see. Being cancelled ends us, too."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
