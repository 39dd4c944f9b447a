"""When a further look is worth its cost: something moved, or two seconds have passed."""

from __future__ import annotations

from datetime import datetime, timedelta

import cv2
import numpy as np

from checkpoint_agent.decoding.light import Gray

SMALL = (160, 90)
THRESHOLD = 12
"""Of 255, in the shrunken picture: above a camera's noise, below a hand's movement."""
MOVED_WITHIN = timedelta(seconds=2)
AGAIN_AFTER = timedelta(seconds=2)


def shrunk(gray: Gray) -> Gray:
    """``gray`` at 160x90, by area, so that noise averages out."""
    return np.asarray(cv2.resize(gray, SMALL, interpolation=cv2.INTER_AREA), dtype=np.uint8)


class MotionGate:
    """Remembers the last small picture and when something last moved in it."""

    def __init__(self) -> None:
        self._last: Gray | None = None
        self._moved_at: datetime | None = None
        self._tried_at: datetime | None = None

    def look(self, small: Gray, at: datetime) -> None:
        """Take note of a frame shrunken by ``shrunk``."""
        if self._last is None or bool((cv2.absdiff(small, self._last) > THRESHOLD).any()):
            self._moved_at = at
        self._last = small

    def is_open(self, at: datetime) -> bool:
        """Whether something moved in the last 2 s.

        The distance is taken without its sign: a clock that is set back must not shut the gate.
        """
        return self._moved_at is not None and abs(at - self._moved_at) <= MOVED_WITHIN

    def is_due(self, at: datetime) -> bool:
        """Whether a code held still, if there is one, must be tried again."""
        return self._tried_at is None or abs(at - self._tried_at) >= AGAIN_AFTER

    def note_round(self, at: datetime) -> None:
        """A whole round of the further steps begins."""
        self._tried_at = at
