"""What the decoder found in one frame. Holds strangers' texts, and shows none of them in a repr."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

Point = tuple[int, int]
Corners = tuple[Point, Point, Point, Point]
"""Top left, top right, bottom right, bottom left of the code itself, in pixels of the full frame."""


class Step(StrEnum):
    """One way of looking at a frame. FIRST is tried on every frame, the others in turn after it."""

    FIRST = "first"
    CLOSE_UP = "close_up"
    SHARPENED = "sharpened"
    EVENED = "evened"
    ENLARGED_EVENED = "enlarged_evened"
    FALLBACK = "fallback"
    AZTEC = "aztec"
    THRESHOLD = "threshold"


class Symbology(StrEnum):
    QR = "qr"
    AZTEC = "aztec"


class HintReason(StrEnum):
    """Why something that was seen gave no text; each is one sentence on the station's page."""

    HOLD_CLOSER = "hold_closer"
    HOLD_STILL = "hold_still"
    TOO_BRIGHT = "too_bright"
    TOO_DARK = "too_dark"
    CLEAN_LENS = "clean_lens"
    TEXT_TOO_LONG = "text_too_long"
    TEXT_HAS_CONTROL_CHARACTERS = "text_has_control_characters"
    TEXT_UNREADABLE = "text_unreadable"


class Failure(StrEnum):
    """Why a frame was not looked at to its end: ours to mend, never the fault of who holds the code."""

    TIME_LIMIT = "time_limit"
    DECODER_DIED = "decoder_died"
    DECODER_AWAY = "decoder_away"
    FRAME_TOO_LARGE = "frame_too_large"


@dataclass(frozen=True, slots=True)
class DecodedCode:
    """One code with its text, which is personal data: it stays in memory, and out of logs."""

    text: str = field(repr=False)
    corners: Corners
    step: Step
    symbology: Symbology = Symbology.QR
    frame_number: int = 0
    """The frame it was read from, where a further step finished after later frames had come."""


@dataclass(frozen=True, slots=True)
class Hint:
    """Something for the officer to do. ``corners`` is None when it is about the whole picture."""

    reason: HintReason
    corners: Corners | None = None


@dataclass(frozen=True, slots=True)
class StepReading:
    """What one step made of one gray frame: codes from left to right, and what gave no text."""

    codes: tuple[DecodedCode, ...] = ()
    hints: tuple[Hint, ...] = ()


@dataclass(frozen=True, slots=True)
class Decoded:
    """All that is known after a frame: its own codes, and those a further step has just finished."""

    codes: tuple[DecodedCode, ...] = ()
    hints: tuple[Hint, ...] = ()
    step: Step | None = None
    """The step that read the first of ``codes``; None when nothing was read."""
    elapsed_ms: float = 0.0
    failure: Failure | None = None
