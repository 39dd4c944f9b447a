"""A video file as a camera: every frame, in order, at the file's own speed or another. Drops nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import cv2
import numpy as np

from checkpoint_agent.camera.availability import Availability, BackOff, OnChange
from checkpoint_agent.camera.frames import (
    CameraState,
    Clock,
    Frame,
    Pace,
    Shot,
    UnreadablePicture,
    UnreadableReason,
)

USUAL_FRAMES_PER_S = 25.0


class VideoFileCamera:
    """Plays the file once. A slow reader makes it slower, never jumpy."""

    def __init__(
        self,
        path: Path,
        clock: Clock,
        *,
        pace: Pace | None = None,
        on_change: OnChange | None = None,
        back_off: BackOff | None = None,
    ) -> None:
        """Without ``pace`` it plays at the file's own speed; ``Pace(interval_s=0)`` is at once."""
        self._path = path
        self._clock = clock
        self._pace = pace
        self._available = Availability(on_change)
        self._back_off = back_off or BackOff()

    @property
    def state(self) -> CameraState:
        return self._available.state

    async def shots(self) -> AsyncGenerator[Shot]:
        while not await asyncio.to_thread(self._path.is_file):
            self._available.becomes(CameraState.LOST)
            await asyncio.sleep(self._back_off.pause_s())
        capture = await asyncio.to_thread(cv2.VideoCapture, str(self._path))
        try:
            async for shot in self._played(capture):
                yield shot
        finally:
            capture.release()
        self._available.becomes(CameraState.FINISHED)

    async def _played(self, capture: cv2.VideoCapture) -> AsyncGenerator[Shot]:
        if not capture.isOpened():
            yield UnreadablePicture(self._path.name, UnreadableReason.COULD_NOT_BE_READ, self._clock())
            return
        self._available.becomes(CameraState.ONLINE)
        loop, interval_s, number = asyncio.get_running_loop(), self._interval_s(capture), 0
        due = loop.time()
        while (read := await asyncio.to_thread(capture.read))[0]:
            number += 1
            due = max(due + interval_s, loop.time())
            yield Frame(np.asarray(read[1], dtype=np.uint8), number, self._clock())
            await asyncio.sleep(due - loop.time())

    def _interval_s(self, capture: cv2.VideoCapture) -> float:
        if self._pace is not None:
            return self._pace.interval_s
        return 1 / (capture.get(cv2.CAP_PROP_FPS) or USUAL_FRAMES_PER_S)
