"""Tells whoever looks that something changed; what changed they ask for themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Changes:
    """Used from one event loop."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Event] = set()
        self.count = 0

    def tell(self) -> None:
        self.count += 1
        for listener in self._listeners:
            listener.set()

    @contextmanager
    def listened_to(self) -> Iterator[asyncio.Event]:
        listener = asyncio.Event()
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
