"""The live picture with its codes outlined: the newest frame, in memory, and on no disk."""

from __future__ import annotations

import cv2
import numpy as np

from checkpoint_agent.camera import Frame
from checkpoint_agent.decoding import Decoded, Failure, Hint, HintReason
from checkpoint_agent.decoding.codes import Corners

WIDEST_PX = 960
READ = (80, 220, 60)
NOT_READ = (0, 140, 255)


class Live:
    def __init__(self) -> None:
        self.number = 0
        self.hints: tuple[HintReason, ...] = ()
        self.failure: Failure | None = None
        self._frame: Frame | None = None
        self._read: tuple[Corners, ...] = ()
        self._not_read: tuple[Hint, ...] = ()

    def shows(self, frame: Frame, decoded: Decoded) -> bool:
        """Put ``frame`` in place of the one before; True when what is said about it changed."""
        hints = tuple(dict.fromkeys(hint.reason for hint in decoded.hints))
        is_news = (hints, decoded.failure) != (self.hints, self.failure)
        self.number += 1
        self.hints, self.failure = hints, decoded.failure
        self._frame = frame
        self._read = tuple(code.corners for code in decoded.codes)
        self._not_read = decoded.hints
        return is_news

    def jpeg(self) -> bytes | None:
        """The newest picture, made smaller, codes outlined: whole lines where read, two thin ones where not."""
        if self._frame is None:
            return None
        pixels, read, not_read = self._frame.pixels, self._read, self._not_read
        scale = min(1.0, WIDEST_PX / pixels.shape[1])
        small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        for corners in read:
            _outline(small, corners, scale, READ, 5)
        for hint in not_read:
            if hint.corners is not None:
                _outline(small, hint.corners, scale, NOT_READ, 2)
        done, encoded = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 75])
        return encoded.tobytes() if done else None


def _outline(
    small: cv2.typing.MatLike, corners: Corners, scale: float, colour: tuple[int, int, int], width_px: int
) -> None:
    points = (np.array(corners, dtype=np.float64) * scale).astype(np.int32)
    cv2.polylines(small, [points], isClosed=True, color=colour, thickness=width_px)
