"""What a station says by itself, and the part of the verdict that needs nothing but the crossing. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.events.registry import NoticePublished
from schemas.passes.kinds import ReadingReason
from schemas.policy.policy import Policy
from schemas.policy.when import Areas, Place
from schemas.rules.acceptance import failing
from schemas.rules.codes import Note
from schemas.rules.conclusion import Conclusion, conclude, could_not_check
from schemas.rules.facts import GREEN_LANE_KINDS, CrossingFacts
from schemas.rules.found import Found
from schemas.rules.green_lane import possible_misread, rules_of_one_crossing
from schemas.rules.inspection import exemptions, inspection_note, without_waived
from schemas.rules.noticed import notice_codes
from schemas.rules.occupants import occupant_codes
from schemas.rules.placing import placed
from schemas.rules.validity import Validity, validity_of


@dataclass(frozen=True)
class Advised:
    conclusion: Conclusion
    found: tuple[Found, ...] = ()
    validity: Validity | None = None


def advise(
    facts: CrossingFacts,
    policy: Policy | None,
    notices: Sequence[NoticePublished],
    *,
    place: Place | None = None,
    areas: Areas | None = None,
    places: Mapping[str, Place] | None = None,
) -> Advised:
    """The station's advice. Without a policy it says that it could not check, and never lets through."""
    if policy is None:
        return Advised(could_not_check(Note.POLICY_NONE_IN_FORCE))
    facts = placed(facts, policy, notices, place=place, areas=areas, places=places)
    validity = validity_of(facts, policy, notices)
    found = rules_of_one_crossing(facts, policy, notices, validity=validity)
    occupants = {one.occupant: occupant_codes(facts, one, policy) for one in facts.occupants}
    conclusion = conclude(policy, crossing_codes(facts, policy, notices, found, validity), occupants)
    return Advised(conclusion, found, validity)


def crossing_codes(
    facts: CrossingFacts,
    policy: Policy,
    notices: Sequence[NoticePublished],
    found: Sequence[Found],
    validity: Validity | None,
) -> list[str]:
    """Codes about vehicle and passes: findings, reasons of readings, notes, rules that fail, what is waived.

    ``facts`` are placed (schemas.rules.placing).
    """
    if facts.emergency:
        return [Note.EMERGENCY_PASS_THROUGH.value]
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
    codes += notice_codes(facts, notices)
    codes += failing(facts, policy, "crossing")
    return _with_draw(facts, policy, codes)


def _with_draw(facts: CrossingFacts, policy: Policy, codes: list[str]) -> list[str]:
    note = inspection_note(facts, policy)
    if note is not None:
        return [*codes, note.value]
    exempt = exemptions(facts, policy)
    if not exempt:
        return codes
    return [*without_waived(codes, exempt), *(one.code for one in exempt)]
