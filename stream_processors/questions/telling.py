"""What may be told of counts about health. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from schemas.rules.codes import Note

FEW = 5
"""Fewer than this by one reason of health are told under OCCUPANT_HEALTH: a count of one, beside an example with
its post and minute, would say it of a person."""

K = TypeVar("K", bound=tuple[Any, ...])


def fit_to_tell(counts: Mapping[K, int], health: Collection[str]) -> list[tuple[K, int]]:
    """The most frequent first. Each key begins with a code; rare ones of ``health`` are folded together."""
    told: Counter[Any] = Counter()
    for key, times in counts.items():
        hidden = key[0] in health and times < FEW
        told[(Note.OCCUPANT_HEALTH.value, *key[1:]) if hidden else key] += times
    return sorted(told.items(), key=lambda item: (-item[1], str(item[0])))
