"""Whether a worker gets on. Pure: offsets and clock readings in, how long nothing moved out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Place = tuple[str, int]
"""Topic and partition."""


@dataclass(frozen=True)
class Looked:
    """One look at a worker. ``at_s`` is a reading of the monotonic clock."""

    at_s: float
    lag: Mapping[Place, int]
    """Of the partitions that it holds: records that are not acknowledged."""
    acknowledged: Mapping[Place, int]
    """The group's offsets."""
    turns: int
    """Steps inside batches; a batch that judges a whole day again gets on without acknowledging."""
    world_is_there: bool
    """Database and broker answer others than the worker, too."""

    @property
    def has_backlog(self) -> bool:
        return any(self.lag.values())


class Watch:
    """The time since the worker last got on, had nothing to do, or could not do anything."""

    def __init__(self) -> None:
        self._last: Looked | None = None
        self._since_s = 0.0

    def stuck_for_s(self, looked: Looked) -> float:
        if self._last is None or self._got_on(self._last, looked):
            self._since_s = looked.at_s
        self._last = looked
        return looked.at_s - self._since_s

    def _got_on(self, before: Looked, now: Looked) -> bool:
        if not now.has_backlog or not now.world_is_there:
            return True
        if now.turns != before.turns or now.lag.keys() != before.lag.keys():
            return True
        return any(now.acknowledged[place] > before.acknowledged.get(place, -1) for place in now.acknowledged)
