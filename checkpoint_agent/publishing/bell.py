"""Wakes the publisher when something was committed, from whichever thread."""

from __future__ import annotations

import asyncio
import contextlib


class Bell:
    """Belongs to the event loop that is running when it is made."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._rung = asyncio.Event()

    def ring(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody is waiting
            self._loop.call_soon_threadsafe(self._rung.set)

    def silence(self) -> None:
        """Before looking what there is: what is committed after this rings again."""
        self._rung.clear()

    async def wait(self, at_most_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(at_most_s):
                await self._rung.wait()
