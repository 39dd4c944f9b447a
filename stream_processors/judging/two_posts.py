"""GL07: the same pass, plate or person at two posts faster than travel allows. Pure.

All earlier crossings count, whatever was decided: the pass was there. Both clocks' errors are allowed for, and
where no travel time is known nothing is suspected.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from schemas.events.verdict import EvidenceItem
from schemas.policy.policy import Policy
from stream_processors.judging.context import (
    IDENTIFYING_PERSON,
    PASS_KINDS,
    VEHICLE,
    KnownCrossing,
    Neighbour,
    clock_error,
)

MOST_PAIRS = 20
"""The nearest in time; a pass that was copied a thousand times is one incident all the same."""


@dataclass(frozen=True)
class TooFast:
    """``earlier`` and the crossing that is judged cannot both be of one ``subject``."""

    earlier: Neighbour
    subject: Literal["pass", "vehicle", "person"]
    ref: str
    evidence: EvidenceItem


def too_fast(crossing: KnownCrossing, neighbours: Iterable[Neighbour], policy: Policy) -> tuple[TooFast, ...]:
    """The pairs that hang on this crossing: those in which it is the later one."""
    pairs = [
        pair
        for earlier in neighbours
        if _place(earlier) < (crossing.facts.occurred_at, crossing.facts.crossing_id)
        and (pair := _pair(crossing, earlier, policy)) is not None
    ]
    pairs.sort(key=lambda pair: _place(pair.earlier), reverse=True)
    return tuple(pairs[:MOST_PAIRS])


def _place(neighbour: Neighbour) -> tuple[object, object]:
    return neighbour.at, neighbour.crossing_id


def _pair(crossing: KnownCrossing, earlier: Neighbour, policy: Policy) -> TooFast | None:
    needed = policy.travel_time(earlier.post_id, crossing.facts.post_id)
    if needed is None or earlier.post_id == crossing.facts.post_id:
        return None
    gap = crossing.facts.occurred_at - earlier.at
    errors = clock_error(crossing.facts.clock_error_ms, crossing.ahead, policy) + clock_error(
        earlier.clock_error_ms, earlier.ahead, policy
    )
    if gap + errors >= needed:
        return None
    shared = _strongest(earlier)
    return TooFast(earlier, *shared, _evidence(crossing, earlier, gap, needed)) if shared else None


def _strongest(earlier: Neighbour) -> tuple[Literal["pass", "vehicle", "person"], str] | None:
    """One finding a pair: about the pass if they share one, else the vehicle, else the person."""
    for subject, kinds in (("pass", PASS_KINDS), ("vehicle", {VEHICLE}), ("person", IDENTIFYING_PERSON)):
        refs = sorted(ref for kind, ref in earlier.shared if kind in kinds)
        if refs:
            return subject, refs[0]  # type: ignore[return-value]
    return None


def _evidence(crossing: KnownCrossing, earlier: Neighbour, gap: timedelta, needed: timedelta) -> EvidenceItem:
    return EvidenceItem(
        code="TWO_POSTS_TOO_FAST",
        numbers={"minutes": int(gap.total_seconds() // 60), "needed": int(needed.total_seconds() // 60)},
        words={"first": earlier.post_id, "second": crossing.facts.post_id},
        instants={"first-at": earlier.at, "second-at": crossing.facts.occurred_at},
    )
