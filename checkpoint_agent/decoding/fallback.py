"""Reading by pyzbar, with its traps closed. Runs without it, and says so, where libzbar is missing.

pyzbar's Linux wheels carry no libzbar: Debian's ``libzbar0`` does (``--no-install-recommends``).
"""

from __future__ import annotations

from typing import Any

from checkpoint_agent.decoding.codes import Corners, DecodedCode, HintReason, Step, StepReading
from checkpoint_agent.decoding.light import Gray
from checkpoint_agent.decoding.texts import refusal

try:
    from pyzbar import pyzbar
except ImportError:  # also what pyzbar raises when the shared library is not there
    pyzbar = None


def fallback_available() -> bool:
    """Whether this machine has libzbar."""
    return pyzbar is not None


def read_by_fallback(gray: Gray) -> StepReading:
    """Codes that pyzbar reads with certainty; nothing at all where it is missing."""
    if pyzbar is None:
        return StepReading()
    try:
        found = pyzbar.decode(gray, symbols=[pyzbar.ZBarSymbol.QRCODE])
    except (ValueError, pyzbar.PyZbarError):
        # One structured-append code in view, a sticker say, and pyzbar gives up the whole frame.
        return StepReading()
    return StepReading(codes=tuple(code for symbol in found if (code := _accepted(symbol)) is not None))


def _accepted(symbol: Any) -> DecodedCode | None:
    """The code, when its text is pure ASCII: pyzbar guesses encodings, and guesses wrong."""
    data: bytes = symbol.data
    if symbol.type != "QRCODE" or not data.isascii():
        return None
    text = data.decode("ascii")
    reason: HintReason | None = refusal(text)
    return None if reason else DecodedCode(text=text, corners=_corners(symbol), step=Step.FALLBACK)


def _corners(symbol: Any) -> Corners:
    left, top, width, height = symbol.rect
    return ((left, top), (left + width, top), (left + width, top + height), (left, top + height))
