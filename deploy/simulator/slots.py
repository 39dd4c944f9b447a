"""When a lane's crossings happen: evenly over the morning, one after the other, with some unevenness."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from deploy.keys import Lane

LONGEST_SERVICE = timedelta(seconds=40)


@dataclass(frozen=True)
class Slot:
    lane: Lane
    opened_at: datetime
    closed_at: datetime
    decided_at: datetime


class NoRoom(ValueError):
    """The morning is too short, or the lanes too few, for what is asked."""


class Slots:
    """Free slots of all lanes. What is taken is gone."""

    def __init__(
        self, lanes: tuple[Lane, ...], start: datetime, end: datetime, crossings: int, rng: random.Random
    ) -> None:
        self._rng = rng
        shares = [crossings // len(lanes) + (place < crossings % len(lanes)) for place in range(len(lanes))]
        self.free = [
            slot
            for lane, share in zip(lanes, shares, strict=True)
            for slot in _of_lane(lane, start, end, share, rng)
        ]
        rng.shuffle(self.free)

    def take(self, fits: Callable[[Slot], bool] = lambda _: True) -> Slot:
        """A random free slot that ``fits``. Raises NoRoom."""
        for place, slot in enumerate(self.free):
            if fits(slot):
                return self.free.pop(place)
        raise NoRoom("no slot fits: a longer morning or more lanes are needed")

    def take_pair(self, fits: Callable[[Slot, Slot], bool]) -> tuple[Slot, Slot]:
        """Two slots that ``fits``, the first one first. Raises NoRoom."""
        for one in self.free:
            for other in self.free:
                if one is not other and fits(one, other):
                    self.free.remove(one)
                    self.free.remove(other)
                    return one, other
        raise NoRoom("no two slots fit: a longer morning or more lanes are needed")


def _of_lane(lane: Lane, start: datetime, end: datetime, count: int, rng: random.Random) -> Iterator[Slot]:
    if not count:
        return
    gap = (end - start) / count
    service = min(LONGEST_SERVICE, gap * 0.6)
    for place in range(count):
        opened = start + gap * (place + rng.random() * 0.35)
        closed = opened + service * (0.5 + 0.2 * rng.random())
        yield Slot(lane, _ms(opened), _ms(closed), _ms(closed + service * 0.25))


def _ms(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
