"""Which decision the judge counts with. Uses facts only: how late it is, is told by the newest of them."""

from __future__ import annotations

from datetime import datetime

from schemas.events.verdict import DecisionCounted
from schemas.policy.policy import Policy
from schemas.words import Outcome
from stream_processors.judging.context import Context, KnownCrossing


def as_of(crossing: KnownCrossing, context: Context) -> datetime:
    """The greatest ``occurred_at`` among the facts that make this crossing be judged.

    Neighbours do not count: one that comes later makes a crossing of its own be judged, not this one, and
    counting it would let the order of arrival decide.
    """
    instants: list[datetime] = [crossing.facts.occurred_at, *(result.at for result in context.results)]
    if context.decision is not None:
        instants.append(context.decision.at)
    return max(instants)


def decision_counted(crossing: KnownCrossing, context: Context, policy: Policy) -> DecisionCounted:
    """None in time counts as let through and is marked; a late decision counts from when it is known."""
    if context.decision is not None:
        return DecisionCounted(outcome=context.decision.outcome)
    late = as_of(crossing, context) > crossing.facts.occurred_at + policy.decision_time
    return DecisionCounted(outcome=None, none_in_time=late)


def was_let_through(counted: DecisionCounted) -> bool:
    """Passed, as far as anybody knows."""
    return counted.none_in_time or counted.outcome is Outcome.LET_THROUGH


def may_have_passed(counted: DecisionCounted) -> bool:
    """Let through, or still waiting for its decision: a crossing counts from its closing."""
    return was_let_through(counted) or counted.outcome is None
