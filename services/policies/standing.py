"""Which published bundles are in force or to come, and which of them a limit that came later forbids. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from schemas.policy.limits import Limits
from schemas.policy.policy import Policy
from schemas.rules.limits import Broken, check_limits


@dataclass(frozen=True)
class Standing:
    """``until``: when another bundle takes over, exclusive; None when none is announced."""

    policy: Policy
    until: datetime | None


def standing(policies: Iterable[Policy], at: datetime) -> tuple[Standing, ...]:
    """In force at ``at`` or from later on, pilots included, in the order in which they take effect."""
    known = tuple(policies)
    found = [
        Standing(one, until)
        for one in known
        for until in [_until(one, known)]
        if until is None or until > max(at, one.effective_at)
    ]
    return tuple(
        sorted(found, key=lambda one: (one.policy.effective_at, one.policy.policy_id, one.policy.version))
    )


def breaking(
    policies: Iterable[Policy], limits: Limits, at: datetime
) -> tuple[tuple[Policy, tuple[Broken, ...]], ...]:
    """Those that break ``limits`` while both are in force, each with what it breaks."""
    found = [
        (one.policy, check_limits(one.policy, [limits]))
        for one in standing(policies, at)
        if one.until is None or limits.effective_at < one.until
    ]
    return tuple((policy, broken) for policy, broken in found if broken)


def _until(policy: Policy, known: Iterable[Policy]) -> datetime | None:
    """The next version of a pilot follows it; what is in force everywhere ends when anything takes effect next."""
    later = [
        other.effective_at
        for other in known
        if _follows(other, policy) and (other.effective_at, other.version) > (policy.effective_at, policy.version)
    ]
    ends = [*later, *([policy.ends_at] if policy.ends_at is not None else [])]
    return min(ends, default=None)


def _follows(other: Policy, policy: Policy) -> bool:
    if policy.areas:
        return bool(other.areas) and other.policy_id == policy.policy_id
    return not other.areas
