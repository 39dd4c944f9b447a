"""Says how far a long step is, on one line of a terminal or in a line now and then elsewhere."""

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

BETWEEN_LINES_S = 3.0


def say(text: str) -> None:
    print(f"• {text}", file=sys.stderr, flush=True)


class Progress:
    """``with Progress("Kafka", of=42) as progress: progress.step(size)`` for each thing done."""

    def __init__(
        self,
        what: str,
        *,
        of: int,
        out: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._what, self._of = what, of
        self._out = out or sys.stderr
        self._clock = clock
        self._done = self._bytes = 0
        self._said_at = clock()

    def __enter__(self) -> Self:
        return self

    def step(self, size: int = 0) -> None:
        self._done += 1
        self._bytes += size
        if self._out.isatty():
            self._say("\r", "")
        elif self._clock() - self._said_at >= BETWEEN_LINES_S:
            self._say("", "\n")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._out.isatty() or error is None:
            self._say("\r" if self._out.isatty() else "", "\n")

    def _say(self, start: str, end: str) -> None:
        self._said_at = self._clock()
        megabytes = f", {self._bytes / 10**6:.1f} MB" if self._bytes else ""
        print(f"{start}• {self._what}: {self._done} of {self._of}{megabytes}", end=end, file=self._out, flush=True)
