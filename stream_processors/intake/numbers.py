"""A station's gapless numbers: which are missing, as ranges. Pure; records come in any order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Range = tuple[int, int]
"""Both ends included."""


@dataclass(frozen=True)
class Numbers:
    """The highest number seen of one enrolment, and the ranges below it that are missing."""

    highest: int = 0
    missing: tuple[Range, ...] = ()


def after(numbers: Numbers, arrived: Iterable[int]) -> Numbers:
    """What is missing once ``arrived`` are there too. Numbers seen before change nothing."""
    highest, missing = numbers.highest, list(numbers.missing)
    for number in sorted(arrived):
        if number > highest:
            if number > highest + 1:
                missing.append((highest + 1, number - 1))
            highest = number
        else:
            missing = [part for gap in missing for part in _without(gap, number)]
    return Numbers(highest, tuple(missing))


def _without(gap: Range, number: int) -> list[Range]:
    first, last = gap
    if not first <= number <= last:
        return [gap]
    return [part for part in ((first, number - 1), (number + 1, last)) if part[0] <= part[1]]
