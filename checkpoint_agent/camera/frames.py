"""What a camera gives: frames, pictures that could not be read, and whether it is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""(H, W, 3), uint8, BGR. Not to be written to: the same array may be shown again."""

Clock = Callable[[], datetime]
"""The station's one clock; gives aware datetimes."""


class CameraState(StrEnum):
    STARTING = "starting"
    ONLINE = "online"
    LOST = "lost"
    FINISHED = "finished"
    """There will be no more frames, and nothing is wrong: the end of a video file."""


class UnreadableReason(StrEnum):
    COULD_NOT_BE_READ = "picture_could_not_be_read"
    TOO_LARGE = "picture_too_large"
    EMPTY_FILE = "picture_file_empty"


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture at one instant. ``number`` rises by itself and never repeats within a camera."""

    pixels: Pixels = field(repr=False)
    number: int
    taken_at: datetime
    picture: str | None = None
    """The name of the file it came from, for cameras that show files."""
    is_last_of_picture: bool = False
    """The camera goes on to the next file after this frame."""

    @property
    def is_still(self) -> bool:
        """A picture that will not get better by waiting for the next frame."""
        return self.picture is not None


@dataclass(frozen=True, slots=True)
class UnreadablePicture:
    """A file in the folder that is no picture we can show; the folder goes on."""

    picture: str
    reason: UnreadableReason
    seen_at: datetime


Shot = Frame | UnreadablePicture


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast pictures are shown: ``frames`` of each, ``interval_s`` after one another."""

    interval_s: float = 0.2
    frames: int = 1
