"""What the quarantine matrix asks of a person who crosses. Pure; the facts must be placed first."""

from __future__ import annotations

from schemas.policy.matters import Measure
from schemas.policy.policy import Policy
from schemas.rules.applying import applies
from schemas.rules.facts import CrossingFacts, OccupantFacts


def measure_for(facts: CrossingFacts, occupant: OccupantFacts, policy: Policy) -> Measure | None:
    """By the first line that is for them; None when none is. An emergency passes without."""
    if facts.emergency:
        return None
    for line in policy.quarantine:
        if applies(line.when, facts, policy, occupant):
            return Measure(
                code=line.code,
                stages=line.stages,
                self_monitoring_days=line.self_monitoring_days,
                test_days=line.test_days,
                sentence=line.sentence.model_copy(update={"document": line.sentence.document or policy.document}),
            )
    return None
