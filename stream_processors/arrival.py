"""Records of several partitions in the order in which the broker took them. Pure.

A broker gives what waits partition by partition: of a backlog a megabyte of the smallest records first, decisions
by the thousand before their crossings, and one station's hour before another's. In that order each crossing is
judged again whenever a neighbour of an earlier minute comes. In the order of their arrival they are judged as they
are on a quiet day, once. Kafka Streams chooses so, too (KIP-353).
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import Generic, Protocol, TypeVar

from schemas.topics import LOG_APPEND_TIME


class Arrived(Protocol):
    """A record as aiokafka gives it."""

    @property
    def timestamp(self) -> int: ...

    @property
    def timestamp_type(self) -> int: ...


P = TypeVar("P")
"""A partition."""
R = TypeVar("R", bound=Arrived)


class InOrderOfArrival(Generic[P, R]):
    """Holds what was fetched and not yet handed over. Each partition's own order is kept."""

    def __init__(self) -> None:
        self._held: dict[P, deque[R]] = {}
        self._heads: list[tuple[int, int, P]] = []
        self._number = count()

    def __bool__(self) -> bool:
        return bool(self._heads)

    def add(self, fetched: Mapping[P, Sequence[R]]) -> None:
        for partition, records in fetched.items():
            held = self._held.setdefault(partition, deque())
            had = bool(held)
            held.extend(records)
            if held and not had:
                self._note_head(partition)

    def clear(self) -> None:
        self._held.clear()
        self._heads.clear()

    def drop(self, partition: P) -> None:
        if self._held.pop(partition, None):
            self._heads = [head for head in self._heads if head[2] != partition]
            heapq.heapify(self._heads)

    def held_of(self, partition: P) -> int:
        return len(self._held.get(partition, ()))

    def next_ones(self, waited_for: Callable[[P], bool]) -> Iterator[tuple[P, R]]:
        """The earliest of all, and so on, until a partition has nothing more here that is ``waited_for``."""
        while self._heads:
            _, _, partition = heapq.heappop(self._heads)
            held = self._held[partition]
            record = held.popleft()
            if held:
                self._note_head(partition)
            yield partition, record
            if not held and waited_for(partition):
                return

    def _note_head(self, partition: P) -> None:
        """A sender's own time orders nothing: such a record comes at once."""
        head = self._held[partition][0]
        arrived = head.timestamp if head.timestamp_type == LOG_APPEND_TIME else 0
        heapq.heappush(self._heads, (arrived, next(self._number), partition))
