"""Whether Kafka is in reach. Said once at each change, never at each retry of a long night."""

from __future__ import annotations

import logging
from collections.abc import Callable

log = logging.getLogger(__name__)


class Reach:
    """Offline until the broker has first answered."""

    def __init__(self, on_change: Callable[[bool], None] = lambda online: None) -> None:
        self._on_change = on_change
        self._said = False
        self.online = False

    def found(self) -> None:
        if self.online:
            return
        self.online = self._said = True
        log.info("Kafka in reach")
        self._on_change(True)

    def lost(self, exc: BaseException) -> None:
        """``exc`` is named by its kind: a message may hold an address with a password."""
        if not self.online and self._said:
            return
        self.online, self._said = False, True
        log.warning("Kafka out of reach, events stay in the outbox", extra={"error": type(exc).__name__})
        self._on_change(False)
