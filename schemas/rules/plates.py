"""Comparing the plate seen with the plate on a pass: normalised, one misread letter allowed and named."""

from __future__ import annotations

from enum import StrEnum

from schemas.trust.refs import plate_normalised

MISREAD_AS = ("8B", "0D", "0O", "0Q", "1I", "1L", "2Z", "5S", "6G", "DĐ", "4A", "7T", "UV", "CG")
"""Pairs that glare, dirt and tired eyes confuse on Vietnamese plates."""


class PlateMatch(StrEnum):
    SAME = "same"
    ONE_MISREAD = "one_misread"
    DIFFERENT = "different"
    NOT_COMPARABLE = "not_comparable"
    """No plate was typed, or none stands on the pass."""


def compare_plates(seen: str | None, on_pass: str | None) -> tuple[PlateMatch, str | None]:
    """How the two compare, and the pair of letters (``8/B``) when one misread would explain the difference."""
    one, other = plate_normalised(seen or ""), plate_normalised(on_pass or "")
    if not one or not other:
        return PlateMatch.NOT_COMPARABLE, None
    if one == other:
        return PlateMatch.SAME, None
    if len(one) != len(other):
        return PlateMatch.DIFFERENT, None
    differing = [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]]
    if len(differing) == 1 and _confusable(*differing[0]):
        return PlateMatch.ONE_MISREAD, "/".join(sorted(differing[0]))
    return PlateMatch.DIFFERENT, None


def plate_look(plate: str) -> str:
    """The plate with one letter in place of all that are confused with it: what two misreadings have in common."""
    return "".join(_LOOKS.get(letter, letter) for letter in plate_normalised(plate))


def _looks() -> dict[str, str]:
    """Each letter of a pair to the least that it can be taken for, directly or by way of another."""
    looks = {letter: letter for pair in MISREAD_AS for letter in pair}
    for _ in MISREAD_AS:
        for pair in MISREAD_AS:
            looks.update(dict.fromkeys(pair, min(looks[letter] for letter in pair)))
    return looks


_LOOKS = _looks()


def _confusable(one: str, other: str) -> bool:
    return one + other in MISREAD_AS or other + one in MISREAD_AS
