"""Which camera an address names: a picture, a folder, a video, an RTSP address, a device number."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Protocol

from checkpoint_agent.camera.availability import OnChange
from checkpoint_agent.camera.frames import CameraState, Clock, Pace, Shot
from checkpoint_agent.camera.live import LiveCamera, capture_of
from checkpoint_agent.camera.pictures import SUFFIXES, FolderCamera, PictureCamera
from checkpoint_agent.camera.video_file import VideoFileCamera

STREAMS = ("rtsp://", "rtsps://", "http://", "https://")
VIDEOS = frozenset({".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".ts", ".mjpg", ".mjpeg"})


class Camera(Protocol):
    """A camera of any kind."""

    @property
    def state(self) -> CameraState: ...

    def shots(self) -> AsyncGenerator[Shot]:
        """Frames, and pictures that could not be read. ``contextlib.aclosing`` lets go of the camera."""
        ...


def open_camera(
    address: str,
    clock: Clock,
    *,
    pace: Pace | None = None,
    watch: bool = True,
    on_change: OnChange | None = None,
) -> Camera:
    """The camera at ``address``. Nothing is opened before its shots are asked for.

    ``pace`` is for files. Without ``watch`` a folder or picture ends after what is there.
    """
    if address.startswith(STREAMS):
        return LiveCamera(capture_of(address), clock, on_change=on_change)
    if (device := _device(address)) is not None:
        return LiveCamera(capture_of(device), clock, on_change=on_change)
    path = Path(address)
    if path.suffix.lower() in VIDEOS:
        return VideoFileCamera(path, clock, pace=pace, on_change=on_change)
    is_picture = path.suffix.lower() in SUFFIXES and not path.is_dir()
    kind = PictureCamera if is_picture else FolderCamera
    return kind(path, clock, pace=pace, watch=watch, on_change=on_change)


def _device(address: str) -> int | None:
    number = address.removeprefix("/dev/video")
    return int(number) if number.isascii() and number.isdigit() else None
