"""Whose CPU time it was: each step of a batch by itself, what it calls being counted there and not twice."""

from __future__ import annotations

import functools
import inspect
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any


class Steps:
    """CPU time of this process and of ``others`` (PostgreSQL's sessions) by the innermost step that ran."""

    def __init__(self, others_cpu_ns: Callable[[], int]) -> None:
        self.ours: Counter[str] = Counter()
        self.theirs: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self._others = others_cpu_ns
        self._inside = ["the rest"]
        self._since = (0, 0)
        self.begin()

    def begin(self) -> None:
        """From here on; what was counted before is gone."""
        for counted in (self.ours, self.theirs, self.calls):
            counted.clear()
        self._since = (time.process_time_ns(), self._others())

    def enter(self, name: str, *, waits: bool) -> None:
        self._count(waits)
        self._inside.append(name)
        self.calls[name] += 1

    def leave(self, *, waits: bool) -> None:
        self._count(waits)
        self._inside.pop()

    def _count(self, waits: bool) -> None:
        """What does not wait runs while nobody else works for us; asking would cost more than it does."""
        ours, theirs = time.process_time_ns(), self._others() if waits else self._since[1]
        self.ours[self._inside[-1]] += ours - self._since[0]
        self.theirs[self._inside[-1]] += theirs - self._since[1]
        self._since = (time.process_time_ns(), theirs)

    def watched(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def wait(*args: Any, **kwargs: Any) -> Any:
                self.enter(name, waits=True)
                try:
                    return await function(*args, **kwargs)
                finally:
                    self.leave(waits=True)

            return wait

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            self.enter(name, waits=False)
            try:
                return function(*args, **kwargs)
            finally:
                self.leave(waits=False)

        return call


@contextmanager
def watching(steps: Steps, places: Mapping[str, tuple[Any, str]]) -> Iterator[None]:
    """Count ``places`` (a step's name to where its function stands) until the end of the block."""
    former = [(owner, name, getattr(owner, name)) for owner, name in places.values()]
    for step, (owner, name) in places.items():
        setattr(owner, name, steps.watched(step, getattr(owner, name)))
    try:
        yield
    finally:
        for owner, name, function in former:
            setattr(owner, name, function)
