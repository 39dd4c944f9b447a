"""The station's one clock. A clock is passed down; nothing else here asks what time it is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware, in UTC."""
        ...


class SystemClock:
    """The machine's own."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SheetClock:
    """Stands where the officer's sheets put it; the machine's time until the first sheet."""

    def __init__(self, otherwise: Clock) -> None:
        self._otherwise = otherwise
        self._stands_at: datetime | None = None

    def now(self) -> datetime:
        return self._stands_at or self._otherwise.now()

    def move_to(self, at: datetime) -> None:
        self._stands_at = at.astimezone(UTC)
