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


@dataclass
class Refusals:
    """The records of the last while. One for a worker. Times are readings of the monotonic clock."""

    limit: Limit = field(default_factory=Limit)
    _seen: deque[tuple[float, Seen]] = field(default_factory=deque)

    def check(self, records: Sequence[Seen], at_s: float) -> None:
        """Before ``records`` are stored. Raises TooMuchRefused."""
        self._forget(at_s)
        seen = [*(record for _, record in self._seen), *records]
        refused = [record for record in seen if record.reason is not None]
        if self._is_ours(refused, len(seen)):
            reasons = Counter(record.reason for record in refused if record.reason is not None)
            raise TooMuchRefused(len(refused), len(seen), reasons)

    def note(self, records: Sequence[Seen], at_s: float) -> None:
        """When they are stored."""
        self._seen.extend((at_s, record) for record in records)

    def _forget(self, at_s: float) -> None:
        while self._seen and at_s - self._seen[0][0] > self.limit.window_s:
            self._seen.popleft()

    def _is_ours(self, refused: Sequence[Seen], seen: int) -> bool:
        limit = self.limit
        if len(refused) < limit.least or len(refused) < limit.share * seen:
            return False
        senders = Counter(record.sender for record in refused)
        return len(senders) >= limit.senders and max(senders.values()) <= limit.most_of_one * len(refused)
