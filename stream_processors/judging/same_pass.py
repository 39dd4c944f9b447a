"""GL08: one token, or one pass, on several plates. Pure.

All earlier crossings count, whatever was decided about them: the pass was there. What one misread plate would
explain is no second plate, and a pass that was registered again for this vehicle since then is its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas.events.verdict import EvidenceItem
from schemas.policy.policy import Policy
from schemas.words import OrderedChange, Severity
from stream_processors.judging.context import (
    PASS_KINDS,
    PLATE_LOOK,
    VEHICLE,
    Context,
    KnownCrossing,
    KnownPass,
    Neighbour,
)


@dataclass(frozen=True)
class OtherPlate:
    """``earlier`` showed the same pass with another plate."""

    earlier: Neighbour
    ref: str
    severity: Severity
    evidence: EvidenceItem


def on_another_plate(crossing: KnownCrossing, context: Context, policy: Policy) -> OtherPlate | None:
    """The nearest earlier one; it hangs on the later of the two."""
    within = policy.between_posts.same_code_within
    if within is None or crossing.facts.ordered_change is OrderedChange.TRANS_SHIPMENT:
        return None
    here = (crossing.facts.occurred_at, crossing.facts.crossing_id)
    earlier = [
        one
        for one in context.neighbours
        if one.place_in_time < here
        and crossing.facts.occurred_at - one.at <= within
        and one.shares(*PASS_KINDS)
        and _plates_differ(crossing, one)
        and not _registered_again(crossing, context, one)
    ]
    nearest = max(earlier, key=lambda one: one.place_in_time, default=None)
    return None if nearest is None else _other_plate(crossing, context, nearest)


def _plates_differ(crossing: KnownCrossing, other: Neighbour) -> bool:
    """Both were typed, and no misreading makes the one of the other. An unknown plate proves nothing."""
    mine, theirs = crossing.refs_of(PLATE_LOOK), other.refs_of(PLATE_LOOK)
    return bool(mine and theirs) and not mine & theirs


def _shared(other: Neighbour) -> frozenset[str]:
    return frozenset(ref for kind, ref in other.shared if kind in PASS_KINDS)


def _registered_for_it(crossing: KnownCrossing, context: Context, other: Neighbour) -> list[KnownPass]:
    """The registry's records of the shared pass that name this vehicle's plate."""
    plates, shared = crossing.refs_of(VEHICLE), _shared(other)
    return [one for one in context.passes if one.plate_ref in plates and shared & {one.number_ref, one.token_ref}]


def _registered_again(crossing: KnownCrossing, context: Context, other: Neighbour) -> bool:
    """For this vehicle, after the other one used it: a carrier that replaced its vehicle."""
    return any(one.at > other.at for one in _registered_for_it(crossing, context, other))


def _other_plate(crossing: KnownCrossing, context: Context, earlier: Neighbour) -> OtherPlate:
    own = bool(_registered_for_it(crossing, context, earlier))
    evidence = EvidenceItem(
        code="PASS_ON_ANOTHER_PLATE_THIS_IS_ITS_OWN" if own else "PASS_ON_ANOTHER_PLATE",
        words={"first": earlier.post_id},
        instants={"first-at": earlier.at},
    )
    return OtherPlate(earlier, min(_shared(earlier)), Severity.MEDIUM if own else Severity.HIGH, evidence)
