"""A live camera, by RTSP or as a device: the latest frame wins, and a slow reader builds no backlog.

A thread reads as fast as the camera gives and keeps one frame. When the camera goes away, the
thread opens it again with growing pauses; when a read hangs, silence itself counts as lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import AsyncGenerator, Callable
from typing import Any, Protocol

import cv2
import numpy as np

from checkpoint_agent.camera.availability import Availability, BackOff, OnChange
from checkpoint_agent.camera.frames import CameraState, Clock, Frame

TIMEOUT_MS = 5000


class Capture(Protocol):
    """What we use of ``cv2.VideoCapture``."""

    def isOpened(self) -> bool: ...

    def read(self) -> tuple[bool, Any]: ...

    def release(self) -> None: ...


OpenCapture = Callable[[], Capture]


def capture_of(address: str | int) -> OpenCapture:
    """How to open an RTSP address or a device number."""

    def opened() -> Capture:
        # OpenCV and FFmpeg would print the address, password included, when they cannot open it.
        os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        if isinstance(address, int):
            return cv2.VideoCapture(address)
        limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, TIMEOUT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, TIMEOUT_MS]
        return cv2.VideoCapture(address, cv2.CAP_FFMPEG, limits)

    return opened


class LiveCamera:
    """Frames as they come. A gap in their numbers is frames that nobody had time for."""

    def __init__(
        self,
        open_capture: OpenCapture,
        clock: Clock,
        *,
        silent_s: float = 3.0,
        on_change: OnChange | None = None,
        back_off: BackOff | None = None,
    ) -> None:
        self._open_capture = open_capture
        self._clock = clock
        self._silent_s = silent_s
        self._available = Availability(on_change)
        self._back_off = back_off or BackOff()

    @property
    def state(self) -> CameraState:
        return self._available.state

    async def shots(self) -> AsyncGenerator[Frame]:
        grabber = _Grabber(self._open_capture, self._clock, self._back_off)
        grabber.start()
        try:
            while True:
                frame = await grabber.latest(self._silent_s)
                if frame is None:
                    self._available.becomes(CameraState.LOST)
                    continue
                self._available.becomes(CameraState.ONLINE)
                yield frame
        finally:
            grabber.stop()


class _Grabber:
    """The thread, and the one place where it leaves its latest frame."""

    def __init__(self, open_capture: OpenCapture, clock: Clock, back_off: BackOff) -> None:
        self._open_capture = open_capture
        self._clock = clock
        self._back_off = back_off
        self._number = 0
        self._frame: Frame | None = None
        self._is_lost = False
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._stopped = threading.Event()
        # A daemon: a read that hangs in a driver must not keep the station from ending.
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()

    async def latest(self, silent_s: float) -> Frame | None:
        """The newest frame not given yet; None when the camera is lost or says nothing."""
        try:
            async with asyncio.timeout(silent_s):
                while True:
                    await self._news.wait()
                    self._news.clear()
                    frame, self._frame = self._frame, None
                    if frame is not None or self._is_lost:
                        return frame
        except TimeoutError:
            return None

    def _run(self) -> None:
        while not self._stopped.is_set():
            with contextlib.suppress(cv2.error):  # a camera gone in the middle of a call
                self._open_and_read()
            self._leave(None)
            self._stopped.wait(self._back_off.pause_s())

    def _open_and_read(self) -> None:
        capture = self._open_capture()
        try:
            if capture.isOpened():
                self._read_all(capture)
        finally:
            capture.release()

    def _read_all(self, capture: Capture) -> None:
        while not self._stopped.is_set():
            has_frame, pixels = capture.read()
            if not has_frame:
                return
            self._back_off.reset()
            self._number += 1
            self._leave(Frame(np.asarray(pixels, dtype=np.uint8), self._number, self._clock()))

    def _leave(self, frame: Frame | None) -> None:
        """Put ``frame`` in place of the one before; None says that the camera is lost after it."""
        self._frame, self._is_lost = frame or self._frame, frame is None
        with contextlib.suppress(RuntimeError):  # the loop ended while we read
            self._loop.call_soon_threadsafe(self._news.set)
