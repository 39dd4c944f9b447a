"""GL15: a crew member's test is missing or too old, where the policy asks for one. Pure.

What could not be checked is our fault and no finding; a positive test is health's affair. A demand that was
abolished, or waived for these people, ends the finding that rests on it.
"""

from __future__ import annotations

from collections.abc import Set

from schemas.events.verdict import EvidenceItem
from schemas.policy.policy import Policy
from schemas.rules.codes import Rule, TestStatus
from schemas.rules.facts import CrossingFacts, OccupantFacts
from schemas.rules.found import Found
from schemas.rules.inspection import exemptions, without_waived
from schemas.rules.tests_shown import test_shown
from schemas.rules.validity import best_test
from schemas.words import FindingClass, OccupantRole, Severity

CREW = frozenset({OccupantRole.DRIVER, OccupantRole.CREW})
_SAID = {
    TestStatus.NONE_SHOWN: "CREW_TEST_MISSING",
    TestStatus.SHOWN_TOO_OLD: "CREW_TEST_TOO_OLD",
    TestStatus.SHOWN_NOT_ACCEPTED: "CREW_TEST_NOT_ACCEPTED",
}


def gl15(facts: CrossingFacts, policy: Policy, *, tested: Set[int] = frozenset()) -> Found | None:
    """``tested``: occupants of whom the registry knows a negative test that counts, whatever paper they carry."""
    if not facts.occupants or not facts.green_lane:
        return None
    evidence = tuple(
        item
        for one in facts.occupants
        if one.role in CREW and one.occupant not in tested and (item := _lacking(facts, one, policy)) is not None
    )
    return Found(Rule.GL15, FindingClass.PAPER, Severity.LOW, "crossing", evidence) if evidence else None


def _lacking(facts: CrossingFacts, one: OccupantFacts, policy: Policy) -> EvidenceItem | None:
    status = test_shown(facts, one, policy)
    code = _SAID.get(status)
    if code is None or not without_waived((status.value,), exemptions(facts, policy, one)):
        return None
    best = best_test(one, policy) if status is TestStatus.SHOWN_TOO_OLD else None
    return EvidenceItem(code=code, numbers={"occupant": one.occupant}, instants={"until": best[1]} if best else {})
