"""Which texts may leave the decoder. A stranger wrote them: bounded, printable, storable, or refused."""

from __future__ import annotations

import unicodedata

from checkpoint_agent.decoding.codes import HintReason

MAX_TEXT_BYTES = 4096
LINE_BREAKS = frozenset("\t\r\n")
"""Codes of business cards and calendars have lines; they are named as unknown, not refused."""


def refusal(text: str) -> HintReason | None:
    """Why ``text`` must not go further, or None when it may."""
    if not text:
        return HintReason.TEXT_UNREADABLE
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        return HintReason.TEXT_UNREADABLE
    if size > MAX_TEXT_BYTES:
        return HintReason.TEXT_TOO_LONG
    if any(unicodedata.category(char) == "Cc" and char not in LINE_BREAKS for char in text):
        return HintReason.TEXT_HAS_CONTROL_CHARACTERS
    return None
