"""Which policy and which notices were in force at an instant. As of the event's own time, never the wall clock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from schemas.policy.policy import Policy
from schemas.policy.when import Areas, NoAreas, Place


def policy_at(
    policies: Iterable[Policy], at: datetime, place: Place | None = None, areas: Areas | None = None
) -> Policy | None:
    """The policy that had taken effect last at ``at``; of two with one instant, the higher version.

    At ``place`` a pilot that is in force there goes before what is in force everywhere. None when none was in
    force: whoever asks must say "could not check", and not guess.
    """
    known = areas or NoAreas()
    return max((one for one in policies if is_in_force(one, at, place, known)), key=precedence, default=None)


def is_in_force(policy: Policy, at: datetime, place: Place | None, areas: Areas) -> bool:
    return (
        policy.effective_at <= at
        and (policy.ends_at is None or at < policy.ends_at)
        and (not policy.areas or _is_for(policy, place, areas))
    )


def precedence(policy: Policy) -> tuple[bool, datetime, int]:
    """Of those in force the greatest is the one that counts."""
    return bool(policy.areas), policy.effective_at, policy.version


def held_as(policy_id: str) -> str:
    """Under which name a station's heartbeat says which version of this policy it holds."""
    return f"policy-{sha256(policy_id.encode()).hexdigest()[:16]}"


def _is_for(policy: Policy, place: Place | None, areas: Areas) -> bool:
    if place is None:
        return False
    unit = place.unit
    return place.post_id in policy.areas or (
        unit is not None and any(areas.is_within(unit, area) for area in policy.areas)
    )
