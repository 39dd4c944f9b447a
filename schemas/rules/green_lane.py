"""What one crossing shows by itself: GL01, GL03, GL05, GL06, and those of the files beside it. Pure."""

from __future__ import annotations

from collections.abc import Sequence, Set
from datetime import timedelta

from schemas.events.registry import NoticePublished
from schemas.events.verdict import EvidenceItem
from schemas.passes.kinds import PassKind, ReadingReason, ReadingStatus
from schemas.policy.policy import Policy
from schemas.rules.certificates import gl14
from schemas.rules.codes import Rule
from schemas.rules.crew_tests import gl15
from schemas.rules.facts import CrossingFacts
from schemas.rules.found import Found
from schemas.rules.inspection import exemptions
from schemas.rules.pass_scope import gl02, gl04, gl11
from schemas.rules.plates import PlateMatch
from schemas.rules.validity import Validity, validity_of
from schemas.words import FindingClass, Severity

FORGED = frozenset(
    {
        ReadingReason.PASS_SIGNATURE_WRONG,
        ReadingReason.PASS_ALGORITHM_NOT_ALLOWED,
        ReadingReason.PASS_KEY_OF_OTHER_ISSUER,
        ReadingReason.PASS_KEY_NOT_FOR_THIS_USE,
    }
)
REVOKED = frozenset({ReadingReason.PASS_REVOKED, ReadingReason.TOKEN_REVOKED})
CAN_BE_FORGED = frozenset(
    {PassKind.GREEN_LANE_PASS, PassKind.GREEN_LANE_CARD, PassKind.HEALTH_PASS, PassKind.PASSAGE_SLIP}
)


def rules_of_one_crossing(
    facts: CrossingFacts,
    policy: Policy,
    notices: Sequence[NoticePublished],
    *,
    ahead: timedelta = timedelta(0),
    tested: Set[int] = frozenset(),
    driver_changed: bool = False,
    validity: Validity | None = None,
) -> tuple[Found, ...]:
    """Everything that these rules find, in the order of their codes. An emergency passes without.

    What the policy waives for this crossing (a change of driver that was ordered) is no finding either.
    The others are what the centre knows beside: how far the station's clock was ahead on arrival, of whom the
    registry holds a negative test that counts, and that the driver was changed by order on the way here.
    """
    if facts.emergency:
        return ()
    measured = facts.clock_error_ms
    error = policy.clock_error_when_unknown if measured is None else timedelta(milliseconds=measured)
    found = (
        gl01(facts, policy),
        gl02(facts, notices, driver_changed=driver_changed),
        gl03(facts),
        gl04(facts, policy),
        gl05(facts, validity or validity_of(facts, policy, notices)),
        gl06(facts),
        gl11(facts, policy, notices, clock_error=max(error, ahead)),
        gl14(facts, policy),
        gl15(facts, policy, tested=tested),
    )
    raised = tuple(one for one in found if one is not None)
    if not raised:
        return ()
    waived = frozenset(code for one in exemptions(facts, policy) for code in one.waives)
    return tuple(one for one in raised if one.code not in waived)


def gl01(facts: CrossingFacts, policy: Policy) -> Found | None:
    """Head-count above the registered crew. An unknown count proves nothing; what was seen is a lower bound."""
    registered = _registered_crew(facts, policy)
    if registered is None or facts.head_count.at_least <= registered:
        return None
    return Found(
        Rule.GL01,
        FindingClass.SUSPECTED_MISUSE,
        # People in the cargo space is what the catalogue's case is about.
        Severity.HIGH if facts.head_count.cargo else Severity.MEDIUM,
        "vehicle",
        (
            EvidenceItem(
                code="MORE_PEOPLE_THAN_CREW",
                numbers={
                    "seen": facts.head_count.at_least,
                    "registered": registered,
                    "cab": facts.head_count.cab or 0,
                    "cargo": facts.head_count.cargo or 0,
                },
            ),
        ),
    )


def _registered_crew(facts: CrossingFacts, policy: Policy) -> int | None:
    """The most that a genuine pass allows, but no more than the policy's limit for the class."""
    if not facts.passes:
        return None
    on_passes = [
        shown.registered_crew for shown in facts.passes if shown.registered_crew is not None and shown.genuine
    ]
    if not on_passes:
        return None
    limit = policy.crew_of_class.get(facts.vehicle_class)
    return min(max(on_passes), limit) if limit is not None else max(on_passes)


def gl03(facts: CrossingFacts) -> Found | None:
    """Plate seen is not the plate on the pass. One misread letter is allowed, and named as a note instead."""
    if not facts.passes:
        return None
    compared = [shown.plate for shown in facts.passes if shown.genuine]
    if PlateMatch.DIFFERENT not in compared or PlateMatch.SAME in compared:
        return None
    return Found(
        Rule.GL03,
        FindingClass.SUSPECTED_MISUSE,
        Severity.HIGH,
        "vehicle",
        (EvidenceItem(code="PLATE_NOT_ON_PASS"),),
    )


def possible_misread(facts: CrossingFacts) -> str | None:
    """The pair of letters (``8/B``) that would explain a plate that is not the pass's, or None."""
    if not any(one.plate is PlateMatch.ONE_MISREAD for one in facts.passes):
        return None
    shown = [shown for shown in facts.passes if shown.genuine]
    if any(one.plate is PlateMatch.SAME for one in shown):
        return None
    return next((one.misread for one in shown if one.plate is PlateMatch.ONE_MISREAD), None)


def gl05(facts: CrossingFacts, validity: Validity | None) -> Found | None:
    """Expired at the crossing's own time, as the minimum of pass, crew's tests, orders and notices."""
    if validity is None or facts.occurred_at < validity.until or not facts.green_lane:
        return None
    words = {"by": validity.by.value} if validity.by else {}
    numbers = {"occupant": validity.occupant} if validity.occupant else {}
    evidence = EvidenceItem(
        code=_EXPIRED_BY[validity.code],
        instants={"until": validity.until},
        words=words,
        numbers=numbers,
    )
    return Found(Rule.GL05, FindingClass.PAPER, Severity.LOW, "pass", (evidence,))


_EXPIRED_BY = {
    "ENDS_WITH_TEST": "EXPIRED_TEST_OF_CREW",
    "ENDS_WITH_PASS": "EXPIRED_PASS",
    "ENDS_WITH_NOTICE": "EXPIRED_PASS",
    "ENDS_WITH_DISTANCING_ORIGIN": "EXPIRED_DISTANCING_ORIGIN",
    "ENDS_WITH_DISTANCING_DESTINATION": "EXPIRED_DISTANCING_DESTINATION",
    "ENDS_WITH_DISTANCING_ROUTE": "EXPIRED_DISTANCING_ROUTE",
}


def gl06(facts: CrossingFacts) -> Found | None:
    """Revoked, or forged: a code that claims a signature and has it wrong is somebody's work."""
    for reading in facts.readings:
        if reading.status is not ReadingStatus.REJECTED or reading.kind not in CAN_BE_FORGED:
            continue
        if reading.reason in FORGED or reading.reason in REVOKED:
            code = "PASS_FORGED" if reading.reason in FORGED else "PASS_REVOKED"
            evidence = EvidenceItem(code=code, words={"kind": reading.kind.value, "reason": reading.reason.value})
            return Found(Rule.GL06, FindingClass.SUSPECTED_MISUSE, Severity.HIGH, "vehicle", (evidence,))
    return None
