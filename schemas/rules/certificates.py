"""GL14: one test certificate with different dates, or with persons outside those whom it covers. Pure.

A signed certificate cannot be edited: one that was signed twice with different dates was issued again, and
that is no finding. So of two dates at least one stands on a paper or an unsigned text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

from schemas.events.verdict import EvidenceItem
from schemas.passes.kinds import Confidence
from schemas.policy.policy import Policy
from schemas.rules.codes import Rule
from schemas.rules.facts import CrossingFacts, TestFacts
from schemas.rules.found import Found
from schemas.words import FindingClass, Severity


def gl14(facts: CrossingFacts, policy: Policy) -> Found | None:
    """As far as one crossing shows it."""
    evidence = (*_of_others(facts), *_dates(facts, policy))
    return gl14_found(evidence, weak=all(one.code.endswith("_BY_NAME") for one in evidence)) if evidence else None


def gl14_found(evidence: tuple[EvidenceItem, ...], *, weak: bool = False) -> Found:
    severity = Severity.INFORMATION if weak else Severity.LOW
    return Found(Rule.GL14, FindingClass.PAPER, severity, "crossing", evidence, weak=weak)


def _of_others(facts: CrossingFacts) -> Iterator[EvidenceItem]:
    """A paper of somebody else, or a group's by somebody outside it."""
    for one in facts.occupants:
        if one.others_tests:
            weak = all(test.weak for test in one.others_tests)
            code = "TEST_OF_ANOTHER_BY_NAME" if weak else "TEST_OF_ANOTHER"
            yield EvidenceItem(code=code, numbers={"occupant": one.occupant})


def _dates(facts: CrossingFacts, policy: Policy) -> Iterator[EvidenceItem]:
    """The first pair that differs is enough."""
    shown = [(one.occupant, test) for one in facts.occupants for test in one.tests if test.certificate is not None]
    if len(shown) < 2:
        return
    for (number, one), (_, other) in combinations(shown, 2):
        if one.certificate == other.certificate and sampled_unlike(one, other, policy):
            yield dates_differ(number, one.sampled_at, other.sampled_at)
            return


def sampled_unlike(one: TestFacts, other: TestFacts, policy: Policy) -> bool:
    if one.confidence is Confidence.SIGNED and other.confidence is Confidence.SIGNED:
        return False
    return times_differ(one.sampled_at, other.sampled_at, policy)


def times_differ(one: datetime | None, other: datetime | None, policy: Policy) -> bool:
    """On another local day, and further apart than reading or rounding explains."""
    if one is None or other is None or abs(one - other) <= max(policy.sample_time_error, timedelta(0)):
        return False
    zone = ZoneInfo(policy.time_zone)
    return one.astimezone(zone).date() != other.astimezone(zone).date()


def dates_differ(occupant: int, one: datetime | None, other: datetime | None) -> EvidenceItem:
    first, second = sorted(at for at in (one, other) if at is not None)
    return EvidenceItem(
        code="CERTIFICATE_DATES_DIFFER",
        numbers={"occupant": occupant},
        instants={"first": first, "second": second},
    )


def joined(found: Iterable[Found | None]) -> Found | None:
    """One finding of all that was found about the certificates of a crossing; weak only if every part is."""
    several = [one for one in found if one is not None]
    if not several:
        return None
    evidence = tuple(dict.fromkeys(item.model_dump_json() for one in several for item in one.evidence))
    items = tuple(EvidenceItem.model_validate_json(item) for item in evidence)
    return gl14_found(items, weak=all(one.weak for one in several))
