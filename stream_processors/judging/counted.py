"""Which decision the judge counts with. Uses facts only: that none came in time is a fact that a timer found."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from schemas.events.verdict import DecisionCounted
from schemas.policy.policy import Policy
from schemas.words import Outcome
from stream_processors.judging.context import DECISION_DEADLINE, Context, KnownCrossing


def as_of(crossing: KnownCrossing, context: Context, policy: Policy | None = None, *also: datetime) -> datetime:
    """The greatest ``occurred_at`` among the facts that make this crossing be judged.

    Neighbours do not count: one that comes later makes a crossing of its own be judged, not this one, and
    counting it would let the order of arrival decide. ``also`` are deadlines that something rests on.
    """
    instants: list[datetime] = [crossing.facts.occurred_at, *also]
    instants += [result.at for result in context.results]
    if context.decision is not None:
        instants.append(context.decision.at)
    elif policy is not None and _deadline_known(crossing, context, policy):
        instants.append(decision_deadline(crossing, policy))
    return max(instants)


def decision_deadline(crossing: KnownCrossing, policy: Policy) -> datetime:
    return crossing.facts.occurred_at + policy.decision_time


def _deadline_known(crossing: KnownCrossing, context: Context, policy: Policy) -> bool:
    """A timer found that it passed. What it says is the policy's instant, not when somebody looked."""
    known = context.deadlines.get(DECISION_DEADLINE)
    return known is not None and known.passed_at >= decision_deadline(crossing, policy)


def decision_counted(crossing: KnownCrossing, context: Context, policy: Policy) -> DecisionCounted:
    """None in time counts as let through and is marked; a late decision counts from when it is known.

    Nothing else that is known later says that none was made: a crossing and its decision travel on two topics, and
    behind an outage a result of hours later is known before either. Unseen is not absent.
    """
    if context.decision is not None:
        return _counted(context.decision.outcome)
    return _counted(None, none_in_time=_deadline_known(crossing, context, policy))


@cache
def _counted(outcome: Outcome | None, *, none_in_time: bool = False) -> DecisionCounted:
    """One for all crossings: nobody can change it, and there are few."""
    return DecisionCounted(outcome=outcome, none_in_time=none_in_time)


def was_let_through(counted: DecisionCounted) -> bool:
    """Passed, as far as anybody knows."""
    return counted.none_in_time or counted.outcome is Outcome.LET_THROUGH


def may_have_passed(counted: DecisionCounted) -> bool:
    """Let through, or still waiting for its decision: a crossing counts from its closing."""
    return was_let_through(counted) or counted.outcome is None
