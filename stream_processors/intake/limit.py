"""When so much is refused that the fault must be ours: wrong keys, or a program older than what it reads. Pure.

A worker that went on would empty the topics into the dead letters, and everything in them would have to be put
back by hand. It stops instead, before the batch that shows it is stored or acknowledged, and stays stopped until
a person has looked: starting it again would bury as many again.

A single sender can write as much rubbish as it likes without stopping anybody: what counts is refused records of
several senders, and one sender's never count for more than a share.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from stream_processors.stopping import NeedsAPerson


@dataclass(frozen=True)
class Limit:
    """As data: these many refused records at least, this share of all, within so long, of so many senders."""

    least: int = 200
    share: float = 0.9
    window_s: float = 60.0
    senders: int = 2
    most_of_one: float = 0.8
    """One sender may be this share of what is refused; more is that sender's fault, and shown to the desk."""


@dataclass(frozen=True)
class Seen:
    """One record. ``sender`` is the record's key, as the broker has it; ``reason`` None: it was taken."""

    sender: bytes
    reason: str | None


class TooMuchRefused(NeedsAPerson):
    """Nothing of the present batch was stored. ``reasons`` counts why records were refused."""

    def __init__(self, refused: int, seen: int, reasons: Mapping[str, int]) -> None:
        super().__init__(
            "nearly everything is refused, so the fault is ours (keys? version?): stopping",
            refused=refused,
            seen=seen,
            reasons=dict(reasons),
        )


class Noted(NamedTuple):
    """A batch that was stored: when, how many records, and those of them that were refused."""

    at_s: float
    records: int
    refused: tuple[Seen, ...]


@dataclass
class Refusals:
    """The records of the last while. One for a worker. Times are readings of the monotonic clock.

    Counted batch by batch: a minute of a busy day is a hundred thousand records, and each batch asks.
    """

    limit: Limit = field(default_factory=Limit)
    _noted: deque[Noted] = field(default_factory=deque)
    _count: int = 0
    _refused: int = 0

    def check(self, records: Sequence[Seen], at_s: float) -> None:
        """Before ``records`` are stored. Raises TooMuchRefused."""
        self._forget(at_s)
        now = _refused(records)
        seen = self._count + len(records)
        if not self._is_much(self._refused + len(now), seen):
            return
        refused = [*(record for noted in self._noted for record in noted.refused), *now]
        if self._is_ours(refused):
            reasons = Counter(record.reason for record in refused if record.reason is not None)
            raise TooMuchRefused(len(refused), seen, reasons)

    def note(self, records: Sequence[Seen], at_s: float) -> None:
        """When they are stored."""
        noted = Noted(at_s, len(records), _refused(records))
        self._noted.append(noted)
        self._count += noted.records
        self._refused += len(noted.refused)

    def _forget(self, at_s: float) -> None:
        while self._noted and at_s - self._noted[0].at_s > self.limit.window_s:
            gone = self._noted.popleft()
            self._count -= gone.records
            self._refused -= len(gone.refused)

    def _is_much(self, refused: int, seen: int) -> bool:
        return refused >= self.limit.least and refused >= self.limit.share * seen

    def _is_ours(self, refused: Sequence[Seen]) -> bool:
        """Not one sender's."""
        senders = Counter(record.sender for record in refused)
        most = self.limit.most_of_one * len(refused)
        return len(senders) >= self.limit.senders and max(senders.values()) <= most


def _refused(records: Sequence[Seen]) -> tuple[Seen, ...]:
    return tuple(record for record in records if record.reason is not None)
