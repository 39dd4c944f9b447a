"""The codes of one occupant, as far as the crossing, its readings and the policy give them. Pure."""

from __future__ import annotations

from schemas.policy.policy import Policy
from schemas.rules.acceptance import failing
from schemas.rules.facts import CrossingFacts, OccupantFacts
from schemas.rules.inspection import exemptions, without_waived
from schemas.rules.measures import measure_for
from schemas.rules.tests_shown import test_shown


def occupant_codes(facts: CrossingFacts, occupant: OccupantFacts, policy: Policy) -> tuple[str, ...]:
    """Their test as shown, papers that do not fit, rules that fail, their measure. Not what the register knows."""
    measure = measure_for(facts, occupant, policy)
    codes = (
        test_shown(facts, occupant, policy).value,
        *occupant.disagreements,
        *failing(facts, policy, "occupant", occupant),
        *((measure.code,) if measure else ()),
    )
    return without_waived(codes, exemptions(facts, policy, occupant))
