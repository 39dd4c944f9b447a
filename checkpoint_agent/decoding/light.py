"""Why a code that was seen could not be read, from brightness and sharpness alone. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from checkpoint_agent.decoding.codes import Corners, DecodedCode, Hint, HintReason

Gray = NDArray[np.uint8]
"""(H, W), uint8."""

SMALLEST_SIDE_PX = 230
"""A dense pass has 77 modules a side, and 3 px a module are wanted (the limit is 2)."""
BRIGHT = 215
DARK = 45
FAINT_CONTRAST = 18.0
SOFT_EDGES = 0.12
"""Of the code's variance, what its Laplacian has: below this the edges are washed out."""


def why_not_read(gray: Gray, corners: Corners) -> HintReason:
    """The one thing most worth changing for the code at ``corners``."""
    area = code_area(gray, corners)
    if area.size == 0:
        return HintReason.HOLD_STILL
    brightness, contrast = float(area.mean()), float(area.std())
    if brightness > BRIGHT:
        return HintReason.TOO_BRIGHT
    if brightness < DARK:
        return HintReason.TOO_DARK
    if side_px(corners) < SMALLEST_SIDE_PX:
        return HintReason.HOLD_CLOSER
    if contrast < FAINT_CONTRAST or sharpness(area) < SOFT_EDGES:
        return HintReason.CLEAN_LENS
    return HintReason.HOLD_STILL


def whole_picture_hint(gray: Gray) -> Hint | None:
    """Say so when the whole picture is blinded or black; ``gray`` may be a shrunken copy."""
    brightness = float(gray.mean())
    if brightness > 240:
        return Hint(HintReason.TOO_BRIGHT)
    if brightness < 10:
        return Hint(HintReason.TOO_DARK)
    return None


def unanswered(hints: Iterable[Hint], codes: Iterable[DecodedCode]) -> tuple[Hint, ...]:
    """Hints about places where no code was read after all, one for each place."""
    answered = [code.corners for code in codes]
    left: list[Hint] = []
    for hint in hints:
        if hint.corners is not None:
            if any(is_at(hint.corners, place) for place in answered):
                continue
            answered.append(hint.corners)
        left.append(hint)
    return tuple(left)


def is_at(corners: Corners, place: Corners) -> bool:
    """Whether the middle of ``corners`` lies within ``place``."""
    middle_x, middle_y = sum(x for x, _ in corners) / 4, sum(y for _, y in corners) / 4
    within_x = min(x for x, _ in place) <= middle_x <= max(x for x, _ in place)
    return within_x and min(y for _, y in place) <= middle_y <= max(y for _, y in place)


def code_area(gray: Gray, corners: Corners, *, margin_px: int = 0) -> Gray:
    """The upright rectangle around ``corners``, cut at the picture's edges; may be empty."""
    left, right = min(x for x, _ in corners) - margin_px, max(x for x, _ in corners) + margin_px
    top, bottom = min(y for _, y in corners) - margin_px, max(y for _, y in corners) + margin_px
    return gray[max(0, top) : max(0, bottom), max(0, left) : max(0, right)]


def side_px(corners: Corners) -> float:
    """The code's shorter side."""
    (ax, ay), (bx, by), _, (dx, dy) = corners
    return min(float(np.hypot(bx - ax, by - ay)), float(np.hypot(dx - ax, dy - ay)))


def sharpness(area: Gray) -> float:
    """Edge strength relative to contrast, so that a dim picture is not taken for a soft one."""
    variance = float(area.var())
    return float(cv2.Laplacian(area, cv2.CV_64F).var()) / variance if variance else 0.0
