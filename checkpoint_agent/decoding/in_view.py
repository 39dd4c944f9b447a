"""The same code held up to the lens counts once. Keeps digests of texts, never the texts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from checkpoint_agent.decoding.codes import DecodedCode


@dataclass(slots=True)
class _Sighting:
    counted_at: datetime
    seen_at: datetime
    crossing: int
    in_view: bool = True


class CodesInView:
    """What was counted already, by text.

    A code counts when it comes into view, and not again until it has left: ``leaves_after`` without
    being read, or another picture of the folder. Within one crossing it also has to stay away for
    ``counts_again_after``, since a paper that is turned over and back is still the same paper. A
    code that is still in view when the next crossing begins belongs to the one before.
    """

    def __init__(
        self,
        *,
        leaves_after: timedelta = timedelta(seconds=3),
        counts_again_after: timedelta = timedelta(seconds=30),
    ) -> None:
        self._leaves_after = leaves_after
        self._counts_again_after = counts_again_after
        self._sightings: dict[bytes, _Sighting] = {}
        self._picture: str | None = None
        self._crossing = 0

    def fresh(
        self, codes: Sequence[DecodedCode], at: datetime, *, picture: str | None = None
    ) -> tuple[DecodedCode, ...]:
        """Those of ``codes`` that count now. ``picture`` is the file the frame came from, if any."""
        if picture != self._picture:
            self._picture = picture
            self._all_left()
        self._some_left(at)
        return tuple(code for code in codes if self._counts(code, at))

    def new_crossing(self) -> None:
        """Begin the next crossing: what has left view may count again at once."""
        self._crossing += 1
        self._sightings = {key: seen for key, seen in self._sightings.items() if seen.in_view}

    def _counts(self, code: DecodedCode, at: datetime) -> bool:
        key = hashlib.sha256(code.text.encode()).digest()
        seen = self._sightings.get(key)
        if seen is None or not (seen.in_view or self._is_recent(seen, at)):
            self._sightings[key] = _Sighting(counted_at=at, seen_at=at, crossing=self._crossing)
            return True
        seen.seen_at, seen.in_view = at, True
        return False

    def _is_recent(self, seen: _Sighting, at: datetime) -> bool:
        return seen.crossing == self._crossing and abs(at - seen.counted_at) < self._counts_again_after

    def _all_left(self) -> None:
        for seen in self._sightings.values():
            seen.in_view = False

    def _some_left(self, at: datetime) -> None:
        for key, seen in list(self._sightings.items()):
            if abs(at - seen.seen_at) > self._leaves_after:
                seen.in_view = False
            if not seen.in_view and not self._is_recent(seen, at):
                del self._sightings[key]
