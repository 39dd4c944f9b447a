"""Pictures in files as a camera: one that is shown again and again, or a folder shown in order of name.

A picture that cannot be read is shown as that, with its reason, and stops nothing. A folder that is
not there is a camera that is lost.
"""

from __future__ import annotations

import asyncio
import os
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import cv2
import numpy as np

from checkpoint_agent.camera.availability import Availability, BackOff, OnChange
from checkpoint_agent.camera.frames import (
    CameraState,
    Clock,
    Frame,
    Pace,
    Pixels,
    Shot,
    UnreadablePicture,
    UnreadableReason,
)

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm"})
MAX_FILE_BYTES = 64 << 20
Signature = tuple[str, int, int]
"""Name, time of change and size: a file of the same name with other content is another picture."""


def read_picture(path: Path) -> Pixels | UnreadableReason:
    """The picture in ``path``, or why it cannot be shown. Raises OSError when there is no such file."""
    size = path.stat().st_size
    if size == 0:
        return UnreadableReason.EMPTY_FILE
    if size > MAX_FILE_BYTES:
        return UnreadableReason.TOO_LARGE
    try:
        pixels = cv2.imdecode(np.fromfile(path, dtype=np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return UnreadableReason.COULD_NOT_BE_READ
    if pixels is None:
        return UnreadableReason.COULD_NOT_BE_READ
    return np.asarray(pixels, dtype=np.uint8)


class _PictureCamera(ABC):
    """What showing files has in common: pace, numbers, states."""

    def __init__(
        self,
        path: Path,
        clock: Clock,
        *,
        pace: Pace | None = None,
        watch: bool = True,
        settle_s: float = 0.3,
        on_change: OnChange | None = None,
        back_off: BackOff | None = None,
    ) -> None:
        """With ``watch`` it waits for what comes; without, it ends after what is there.

        ``settle_s`` is how long a file must stay as it is before it is read. Who wants to be
        certain writes under another name and renames.
        """
        self._path = path
        self._clock = clock
        self._pace = pace or Pace()
        self._watch = watch
        self._settle_s = settle_s
        self._available = Availability(on_change)
        self._back_off = back_off or BackOff()
        self._number = 0
        self._shown: set[Signature] = set()

    @property
    def state(self) -> CameraState:
        return self._available.state

    async def _settled(self) -> list[Path]:
        """Files that are not being written: twice the same, ``settle_s`` apart. In order of name."""
        before = await asyncio.to_thread(self._candidates)
        if not before:
            return []
        await asyncio.sleep(self._settle_s)
        after = await asyncio.to_thread(self._candidates)
        return [path for signature, path in sorted(after.items()) if signature in before]

    @abstractmethod
    def _candidates(self) -> dict[Signature, Path]:
        """Files not shown yet, by signature. Raises OSError when the place itself is away."""

    async def _shots_of(self, path: Path) -> AsyncGenerator[Shot]:
        """The frames of one file, at the pace; nothing when it went away or changed meanwhile."""
        try:
            signature = _signature(path)
            pixels = await asyncio.to_thread(read_picture, path)
            if signature != _signature(path):
                return
        except OSError:
            return
        self._shown.add(signature)
        if isinstance(pixels, UnreadableReason):
            yield UnreadablePicture(path.name, pixels, self._clock())
            return
        for shown in range(1, self._pace.frames + 1):
            yield self._frame(pixels, path.name, is_last=shown == self._pace.frames)
            await asyncio.sleep(self._pace.interval_s)

    def _frame(self, pixels: Pixels, name: str, *, is_last: bool) -> Frame:
        self._number += 1
        return Frame(pixels, self._number, self._clock(), picture=name, is_last_of_picture=is_last)

    async def _lost(self) -> None:
        self._available.becomes(CameraState.LOST)
        await asyncio.sleep(self._back_off.pause_s())

    def _online(self) -> None:
        self._available.becomes(CameraState.ONLINE)
        self._back_off.reset()


class FolderCamera(_PictureCamera):
    """Every picture of a folder once, in order of name; what is put there later follows."""

    async def shots(self) -> AsyncGenerator[Shot]:
        while True:
            try:
                waiting = await self._settled()
            except OSError:
                await self._lost()
                continue
            self._online()
            for path in waiting:
                async for shot in self._shots_of(path):
                    yield shot
            if not waiting and not self._watch:
                break
            if not waiting:
                await asyncio.sleep(self._settle_s)
        self._available.becomes(CameraState.FINISHED)

    def _candidates(self) -> dict[Signature, Path]:
        with os.scandir(self._path) as entries:
            found = dict(_signed(entries))
        # What was taken away may come back under its name; forgetting it keeps the memory small.
        self._shown &= found.keys()
        return {signature: path for signature, path in found.items() if signature not in self._shown}


class PictureCamera(_PictureCamera):
    """One picture, shown until the camera is closed, and anew when its file changes."""

    async def shots(self) -> AsyncGenerator[Shot]:
        last: Frame | None = None
        while self._watch or not self._shown:
            try:
                waiting = await self._settled()
            except OSError:
                last = None
                await self._lost()
                continue
            self._online()
            for path in waiting:
                last = None
                async for shot in self._shots_of(path):
                    last = shot if isinstance(shot, Frame) else None
                    yield shot
            if last is not None and self._watch and not waiting:
                yield self._frame(last.pixels, self._path.name, is_last=True)
            await asyncio.sleep(self._pace.interval_s)
        self._available.becomes(CameraState.FINISHED)

    def _candidates(self) -> dict[Signature, Path]:
        signature = _signature(self._path)
        self._shown &= {signature}
        return {} if signature in self._shown else {signature: self._path}


def _signed(entries: Iterator[os.DirEntry[str]]) -> Iterator[tuple[Signature, Path]]:
    for entry in entries:
        path = Path(entry.path)
        if entry.name.startswith(".") or path.suffix.lower() not in SUFFIXES:
            continue
        try:
            if entry.is_file():
                yield _signature(path), path
        except FileNotFoundError:  # taken away while we looked
            continue


def _signature(path: Path) -> Signature:
    stat = path.stat()
    return (path.name, stat.st_mtime_ns, stat.st_size)
