"""Whether a camera is there, said once at each change and never in between."""

from __future__ import annotations

import logging
from collections.abc import Callable

from checkpoint_agent.camera.frames import CameraState

log = logging.getLogger(__name__)

OnChange = Callable[[CameraState], None]


class Availability:
    """The camera's state. A change is logged and told to ``on_change``; a repetition is not."""

    def __init__(self, on_change: OnChange | None = None) -> None:
        self._on_change = on_change
        self.state = CameraState.STARTING

    def becomes(self, state: CameraState) -> None:
        if state is self.state:
            return
        self.state = state
        # Neither address nor file name: the one may hold a password, the other a plate.
        level = logging.WARNING if state is CameraState.LOST else logging.INFO
        log.log(level, "camera state changed", extra={"camera_state": state.value})
        if self._on_change is not None:
            self._on_change(state)


class BackOff:
    """Growing pauses between attempts, from ``first_s``, doubled up to ``longest_s``."""

    def __init__(self, first_s: float = 0.5, longest_s: float = 10.0) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self._next_s = first_s

    def pause_s(self) -> float:
        """How long to wait now; the next pause will be twice as long."""
        pause_s, self._next_s = self._next_s, min(self._longest_s, 2 * self._next_s)
        return pause_s

    def reset(self) -> None:
        self._next_s = self._first_s
