"""Which policy and which notices were in force at an instant. As of the event's own time, never the wall clock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from schemas.policy.policy import Policy


def policy_at(policies: Iterable[Policy], at: datetime) -> Policy | None:
    """The policy that had taken effect last at ``at``; of two with one instant, the higher version.

    None when none was in force: whoever asks must say "could not check", and not guess.
    """
    in_force = [policy for policy in policies if policy.effective_at <= at]
    return max(in_force, key=lambda policy: (policy.effective_at, policy.version), default=None)
