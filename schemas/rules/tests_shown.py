"""An occupant's test as far as it was shown: enough, too old, of a kind not taken, positive, or none. Pure."""

from __future__ import annotations

from schemas.passes.kinds import ReadingStatus
from schemas.policy.policy import Policy
from schemas.rules.codes import TestStatus
from schemas.rules.facts import CrossingFacts, OccupantFacts
from schemas.rules.validity import best_test, demand_for, test_valid_until
from schemas.words import TestOutcome


def test_shown(facts: CrossingFacts, occupant: OccupantFacts, policy: Policy) -> TestStatus:
    """One code for each occupant. A positive test counts whether or not one was asked for."""
    for test in occupant.tests:
        if test.outcome is TestOutcome.POSITIVE and test.status is ReadingStatus.ACCEPTED:
            return TestStatus.SHOWN_POSITIVE
    best = best_test(occupant, policy)
    if best is not None and facts.occurred_at < best[1]:
        return TestStatus.SHOWN_VALID
    if demand_for(facts, policy, occupant) is None:
        return TestStatus.NOT_ASKED
    if best is not None:
        return TestStatus.SHOWN_TOO_OLD
    if not occupant.tests:
        return TestStatus.NONE_SHOWN
    checked = [test for test in occupant.tests if test.status is ReadingStatus.ACCEPTED]
    if not checked:
        return TestStatus.SHOWN_UNCHECKED
    if all(test_valid_until(test, policy) is None for test in checked):
        return TestStatus.SHOWN_NOT_ACCEPTED
    return TestStatus.NONE_SHOWN
