"""A record's place in the station's chain."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.events.base import FIRST_PREVIOUS


@dataclass(frozen=True, slots=True)
class Link:
    number: int
    previous: str


NOWHERE = Link(1, FIRST_PREVIOUS)
"""Of a draft that only our own rules see."""
