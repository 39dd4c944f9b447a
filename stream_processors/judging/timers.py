"""Which instants must be waited for so that everything about a crossing is said. Pure.

A timer that fires only makes known that its instant has passed; the judge then says what follows.
"""

from __future__ import annotations

from schemas.policy.policy import Policy
from stream_processors.judging.context import DECISION_DEADLINE, TRANSIT_DEADLINE, Context, KnownCrossing
from stream_processors.judging.counted import decision_deadline
from stream_processors.judging.said import WantedTimer
from stream_processors.judging.transit import Transit, TransitState


def wanted_timers(
    crossing: KnownCrossing, context: Context, policy: Policy, transit: Transit | None
) -> tuple[WantedTimer, ...]:
    timers = []
    if context.decision is None:
        known = context.deadlines.get(DECISION_DEADLINE)
        deadline = decision_deadline(crossing, policy)
        if known is None or known.passed_at < deadline:
            timers.append(WantedTimer(DECISION_DEADLINE, deadline))
    if transit is not None and transit.state is TransitState.OPEN:
        timers.append(WantedTimer(TRANSIT_DEADLINE, transit.deadline, transit.posts))
    return tuple(timers)
