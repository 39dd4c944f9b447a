"""What the station and its decoding child say to each other: a length, then JSON. No pickle.

The child handles what strangers made, so its answers are bounded and checked again on this side.
Pixels do not travel here: they lie in memory that both see.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from checkpoint_agent.decoding.codes import (
    Corners,
    DecodedCode,
    Hint,
    HintReason,
    Step,
    StepReading,
    Symbology,
)
from checkpoint_agent.decoding.texts import refusal

HEADER_BYTES = 4
MAX_MESSAGE_BYTES = 1 << 20
"""16 codes of 4 KB, each character escaped to six bytes, fit with room to spare."""


class MalformedMessage(Exception):
    """The other side said something that is not in this language. Carries nothing of what it said."""


@dataclass(frozen=True, slots=True)
class Hello:
    """The child's first word: it has loaded its libraries."""

    fallback_available: bool


@dataclass(frozen=True, slots=True)
class Request:
    """Look at the (height, width) gray frame in the shared memory, by one step."""

    height: int
    width: int
    step: Step


def framed(message: dict[str, Any]) -> bytes:
    """``message`` as it goes through the pipe."""
    body = json.dumps(message, separators=(",", ":")).encode()
    return len(body).to_bytes(HEADER_BYTES, "big") + body


def body_length(header: bytes) -> int:
    """How many bytes follow ``header``. Raises MalformedMessage when that is too many."""
    length = int.from_bytes(header, "big")
    if length > MAX_MESSAGE_BYTES:
        raise MalformedMessage
    return length


def hello_to_wire(hello: Hello) -> bytes:
    return framed({"fallback_available": hello.fallback_available})


def hello_from_wire(body: bytes) -> Hello:
    message = _parsed(body)
    return Hello(fallback_available=message.get("fallback_available") is True)


def request_to_wire(request: Request) -> bytes:
    return framed({"height": request.height, "width": request.width, "step": request.step.value})


def request_from_wire(body: bytes) -> Request:
    message = _parsed(body)
    return Request(message["height"], message["width"], Step(message["step"]))


def reading_to_wire(reading: StepReading) -> bytes:
    codes = [[c.text, c.corners, c.step.value, c.symbology.value] for c in reading.codes]
    hints = [[h.reason.value, h.corners] for h in reading.hints]
    return framed({"codes": codes, "hints": hints})


def reading_from_wire(body: bytes) -> StepReading:
    """What the child read. Raises MalformedMessage for anything it should not have sent."""
    message = _parsed(body)
    try:
        codes = tuple(_code(*fields) for fields in message["codes"])
        hints = tuple(_hint(*fields) for fields in message["hints"])
    except (KeyError, TypeError, ValueError):
        raise MalformedMessage from None  # the cause would carry the text
    return StepReading(codes=codes, hints=hints)


def _code(text: str, corners: list[list[int]], step: str, symbology: str) -> DecodedCode:
    if not isinstance(text, str) or refusal(text) is not None:
        raise MalformedMessage
    return DecodedCode(text, _corners(corners), Step(step), Symbology(symbology))


def _hint(reason: str, corners: list[list[int]] | None) -> Hint:
    return Hint(HintReason(reason), None if corners is None else _corners(corners))


def _corners(points: list[list[int]]) -> Corners:
    a, b, c, d = ((int(x), int(y)) for x, y in points)
    return (a, b, c, d)


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        raise MalformedMessage from None
    if not isinstance(message, dict):
        raise MalformedMessage
    return message
