"""Rounds in which each has its turn, in the other order each time (A B B A …): drift favours nobody. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import TypeVar

T = TypeVar("T")


def in_turn(contenders: Sequence[T], rounds: int) -> Iterator[T]:
    for number in range(rounds):
        yield from contenders if number % 2 == 0 else reversed(contenders)


def of_medians(ours: Sequence[float], theirs: Sequence[float]) -> float:
    return median(ours) / median(theirs)


def median_of_pairs(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Of each round's own ratio: what the noise of a whole minute does to both falls out."""
    return median(one / other for one, other in zip(ours, theirs, strict=True))


def compared(per_s: Mapping[str, Sequence[float]], ours: str, theirs: str) -> dict[str, float]:
    return {
        "ratio_of_medians": round(of_medians(per_s[ours], per_s[theirs]), 3),
        "median_of_ratios": round(median_of_pairs(per_s[ours], per_s[theirs]), 3),
    }
