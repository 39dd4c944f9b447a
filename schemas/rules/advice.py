"""What a station says by itself, and the part of the verdict that needs nothing but the crossing. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.events.registry import NoticePublished
from schemas.passes.kinds import ReadingReason
from schemas.policy.policy import Policy
from schemas.rules.codes import Note
from schemas.rules.conclusion import Conclusion, conclude, could_not_check
from schemas.rules.facts import GREEN_LANE_KINDS, CrossingFacts
from schemas.rules.found import Found
from schemas.rules.green_lane import possible_misread, rules_of_one_crossing
from schemas.rules.tests_shown import test_shown
from schemas.rules.validity import Validity, validity_of


@dataclass(frozen=True)
class Advised:
    conclusion: Conclusion
    found: tuple[Found, ...] = ()
    validity: Validity | None = None


def advise(facts: CrossingFacts, policy: Policy | None, notices: Sequence[NoticePublished]) -> Advised:
    """The station's advice. Without a policy it says that it could not check, and never lets through."""
    if policy is None:
        return Advised(could_not_check(Note.POLICY_NONE_IN_FORCE))
    found = rules_of_one_crossing(facts, policy, notices)
    occupants = {occupant.occupant: (test_shown(facts, occupant, policy).value,) for occupant in facts.occupants}
    conclusion = conclude(policy, crossing_codes(facts, policy, notices, found), occupants)
    return Advised(conclusion, found, validity_of(facts, policy, notices))


def crossing_codes(
    facts: CrossingFacts, policy: Policy, notices: Sequence[NoticePublished], found: Sequence[Found]
) -> list[str]:
    """Codes about vehicle and passes: findings, reasons of readings, notes."""
    if facts.emergency:
        return [Note.EMERGENCY_PASS_THROUGH.value]
    validity = validity_of(facts, policy, notices)
    extended = validity is not None and facts.occurred_at < validity.until
    codes = [one.code.value for one in found]
    for reading in facts.readings:
        if reading.reason is None:
            continue
        if reading.reason is ReadingReason.PASS_EXPIRED and extended and reading.kind in GREEN_LANE_KINDS:
            codes.append(Note.VALID_BY_NOTICE.value)
        else:
            codes.append(reading.reason.value)
    if possible_misread(facts) is not None:
        codes.append(Note.PLATE_MISREAD_POSSIBLE.value)
    if not facts.readings:
        codes.append(Note.NOTHING_SHOWN.value)
    return codes
