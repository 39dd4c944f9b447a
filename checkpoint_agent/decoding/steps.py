"""The steps of reading a gray frame, each by its name. Pure: no camera, no clock, nothing remembered.

zxing-cpp goes first on every frame. What it cannot read is looked at in other ways, one step at a
time, by whoever calls; README.md beside this has what was measured. OpenCV's own QR detectors
are never used: they hung for over 20 s on some photographs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import cv2
import numpy as np
import zxingcpp

from checkpoint_agent.decoding.codes import (
    Corners,
    DecodedCode,
    Hint,
    HintReason,
    Step,
    StepReading,
    Symbology,
)
from checkpoint_agent.decoding.fallback import read_by_fallback
from checkpoint_agent.decoding.light import Gray, code_area, side_px, unanswered, why_not_read
from checkpoint_agent.decoding.texts import refusal

# Not the umbrella ``QRCode``: it includes Micro QR without error correction, which read a phantom.
QR = zxingcpp.BarcodeFormat.QRCodeModel2
AZTEC = zxingcpp.BarcodeFormat.AztecCode
MAX_CODES = 16
CLOSE_UPS = 3
LARGEST_TO_ENLARGE_PX = 2200

FURTHER_STEPS = (
    Step.CLOSE_UP,
    Step.SHARPENED,
    Step.ENLARGED_EVENED,
    Step.FALLBACK,
    Step.AZTEC,
    Step.THRESHOLD,
    Step.EVENED,
)
"""What follows when the first step found nothing; the cheap and the most successful come first."""


def decode_once(gray: Gray, step: Step = Step.FIRST) -> StepReading:
    """What ``step`` alone reads in ``gray`` (H, W; uint8): codes from left to right, and hints."""
    if gray.size == 0 or min(gray.shape) < 2:
        return StepReading()
    reading = _STEPS[step](np.ascontiguousarray(gray))
    codes = sorted(reading.codes[:MAX_CODES], key=lambda code: code.corners[0])
    return StepReading(codes=tuple(codes), hints=reading.hints[:MAX_CODES])


def _first(gray: Gray) -> StepReading:
    return _by_zxing(gray, gray, Step.FIRST, return_errors=True)


def _close_up(gray: Gray) -> StepReading:
    """Enlarge only where a code was seen and not read: a twentieth of the cost of the whole frame."""
    seen = [hint.corners for hint in _first(gray).hints if hint.corners is not None]
    codes = (code for corners in seen[:CLOSE_UPS] for code in _read_close_up(gray, corners))
    return StepReading(codes=tuple(codes))


def _read_close_up(gray: Gray, corners: Corners) -> tuple[DecodedCode, ...]:
    margin = 8 + int(side_px(corners) / 4)
    area = code_area(gray, corners, margin_px=margin)
    if area.size == 0 or max(area.shape) > LARGEST_TO_ENLARGE_PX:
        return ()
    scale = 3 if max(area.shape) < 500 else 2
    large = _enlarged(area, scale)
    corner = (max(0, min(x for x, _ in corners) - margin), max(0, min(y for _, y in corners) - margin))
    for look in (_unchanged, _sharpened, _evened, _thresholded):
        codes = _by_zxing(look(large), gray, Step.CLOSE_UP, scale=scale).codes
        if codes:
            return tuple(replace(code, corners=_moved(code.corners, corner)) for code in codes)
    return ()


def _enlarged_step(step: Step, look: Callable[[Gray], Gray]) -> Callable[[Gray], StepReading]:
    def read(gray: Gray) -> StepReading:
        scale = 1 if max(gray.shape) > LARGEST_TO_ENLARGE_PX else 2
        return _by_zxing(look(_enlarged(gray, scale)), gray, step, scale=scale)

    return read


def _evened_step(gray: Gray) -> StepReading:
    return _by_zxing(_evened(gray), gray, Step.EVENED)


def _aztec(gray: Gray) -> StepReading:
    return _by_zxing(gray, gray, Step.AZTEC)


def _by_zxing(
    looked_at: Gray, original: Gray, step: Step, *, scale: int = 1, return_errors: bool = False
) -> StepReading:
    """Read ``looked_at``, which is ``original`` enlarged ``scale`` times, in the original's pixels."""
    found = zxingcpp.read_barcodes(
        looked_at,
        formats=AZTEC if step is Step.AZTEC else QR,  # type: ignore[arg-type]
        try_rotate=False,  # gives nothing for these codes
        try_downscale=True,  # codes that fill the frame
        try_invert=True,  # screens in dark mode
        text_mode=zxingcpp.TextMode.Plain,
        return_errors=return_errors,
    )
    return _sorted_out(found, original, step, scale)


def _sorted_out(found: Iterable[zxingcpp.Barcode], gray: Gray, step: Step, scale: int) -> StepReading:
    """Texts that may go further on one side, what the officer can do about the rest on the other."""
    codes: list[DecodedCode] = []
    hints: list[Hint] = []
    for barcode in found:
        corners = _corners(barcode, scale)
        text, reason = _text_of(barcode, gray, corners)
        if reason is None:
            symbology = Symbology.AZTEC if step is Step.AZTEC else Symbology.QR
            codes.append(DecodedCode(text=text, corners=corners, step=step, symbology=symbology))
        else:
            hints.append(Hint(reason, corners))
    # A spoiled code is often reported twice, as it is and inverted.
    return StepReading(codes=tuple(codes), hints=unanswered(hints, codes))


def _text_of(barcode: zxingcpp.Barcode, gray: Gray, corners: Corners) -> tuple[str, HintReason | None]:
    if not barcode.valid:
        return "", why_not_read(gray, corners)
    try:
        text = barcode.text
    except UnicodeDecodeError:
        return "", HintReason.TEXT_UNREADABLE
    return text, refusal(text)


def _corners(barcode: zxingcpp.Barcode, scale: int) -> Corners:
    place = barcode.position
    a, b, c, d = (
        (point.x // scale, point.y // scale)
        for point in (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    )
    return (a, b, c, d)


def _moved(corners: Corners, by: tuple[int, int]) -> Corners:
    a, b, c, d = ((x + by[0], y + by[1]) for x, y in corners)
    return (a, b, c, d)


def _enlarged(gray: Gray, scale: int) -> Gray:
    if scale == 1:
        return gray
    return _gray(cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC))


def _unchanged(gray: Gray) -> Gray:
    return gray


def _sharpened(gray: Gray) -> Gray:
    """Unsharp mask, sigma 1.5, strength 0.8."""
    return _gray(cv2.addWeighted(gray, 1.8, cv2.GaussianBlur(gray, (0, 0), 1.5), -0.8, 0))


def _evened(gray: Gray) -> Gray:
    """Local contrast evened out: half of the code in the sun, half in the shade."""
    return _gray(cv2.createCLAHE(clipLimit=2.0, tileGridSize=(8, 8)).apply(gray))


def _thresholded(gray: Gray) -> Gray:
    mode, kind = cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY
    return _gray(cv2.adaptiveThreshold(gray, 255, mode, kind, 41, 5))


def _gray(image: object) -> Gray:
    return np.asarray(image, dtype=np.uint8)


_STEPS: dict[Step, Callable[[Gray], StepReading]] = {
    Step.FIRST: _first,
    Step.CLOSE_UP: _close_up,
    Step.SHARPENED: _enlarged_step(Step.SHARPENED, _sharpened),
    Step.EVENED: _evened_step,
    Step.ENLARGED_EVENED: _enlarged_step(Step.ENLARGED_EVENED, _evened),
    Step.FALLBACK: read_by_fallback,
    Step.AZTEC: _aztec,
    Step.THRESHOLD: _enlarged_step(Step.THRESHOLD, _thresholded),
}
