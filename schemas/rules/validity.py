"""Until when a vehicle may use the green lane: the minimum over everything, and which of it binds.

24 Aug 2021, Decision 1570: the card dies when the test of any one person on the vehicle expires, or when
distancing ends locally (schemas.rules.distancing).
8 Aug 2021: all expired cards extended by announcement; printed expiry is not the legal expiry.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from schemas.events.registry import NoticePublished
from schemas.passes.kinds import PassKind, ReadingStatus
from schemas.policy.policy import Policy, TestDemand
from schemas.rules.applying import applies
from schemas.rules.facts import CrossingFacts, OccupantFacts, PassFacts, TestFacts
from schemas.words import FactState, TestOutcome


class Validity(msgspec.Struct, frozen=True):
    """``until`` is exclusive. ``occupant`` is set when it is that person's test that binds."""

    until: datetime
    by: PassKind | None = None
    occupant: int | None = None
    by_notice: bool = False
    distancing_at: str | None = None
    """Where distancing held last, when it is its end that binds."""

    @property
    def code(self) -> str:
        """What binds, as a stable code with its sentence."""
        if self.distancing_at is not None:
            return f"ENDS_WITH_DISTANCING_{self.distancing_at.upper()}"
        if self.occupant is not None:
            return "ENDS_WITH_TEST"
        return "ENDS_WITH_NOTICE" if self.by_notice else "ENDS_WITH_PASS"


def notices_at(notices: Sequence[NoticePublished], at: datetime) -> list[NoticePublished]:
    """Those in force at ``at``."""
    if not notices:
        return []
    return [
        notice
        for notice in notices
        if notice.state is FactState.IN_FORCE
        and notice.effective_at <= at
        and (notice.ends_at is None or at < notice.ends_at)
    ]


def pass_valid_until(shown: PassFacts, notices: Sequence[NoticePublished]) -> tuple[datetime | None, bool]:
    """The legal expiry of a pass and whether a notice made it so; ``notices`` are those in force."""
    printed = shown.valid_until
    if printed is None or not notices:
        return printed, False
    extended = [
        notice.stays_valid_until
        for notice in notices
        if notice.notice == "extends"
        and notice.stays_valid_until is not None
        and (notice.of_issuer is None or notice.of_issuer == shown.issuer)
        and (notice.expiring_before is None or printed < notice.expiring_before)
    ]
    latest = max(extended, default=printed)
    return (latest, True) if latest > printed else (printed, False)


def demand_for(facts: CrossingFacts, policy: Policy, occupant: OccupantFacts | None = None) -> TestDemand | None:
    """The first demand that asks a test of ``occupant`` (of anybody on this crossing, where None), or None."""
    for demand in policy.test_demands:
        if (
            (not demand.directions or facts.direction in demand.directions)
            and (not demand.purposes or facts.purpose in demand.purposes)
            and (not demand.vehicle_classes or facts.vehicle_class in demand.vehicle_classes)
            and (not demand.only_green_lane or facts.green_lane)
            and applies(demand.when, facts, policy, occupant)
        ):
            return demand
    return None


def test_valid_until(test: TestFacts, policy: Policy) -> datetime | None:
    """When a negative test stops counting; None when the policy does not take it at all."""
    for validity in policy.tests:
        if validity.kind is test.kind and test.basis in validity.basis:
            start = test.sampled_at if validity.counted_from == "sample" else test.resulted_at
            return start + validity.lasts if start is not None else None
    return None


def best_test(occupant: OccupantFacts, policy: Policy) -> tuple[TestFacts, datetime] | None:
    """The accepted negative test that counts longest, with its end."""
    best: tuple[TestFacts, datetime] | None = None
    for test in occupant.tests:
        if test.status is ReadingStatus.ACCEPTED and test.outcome is TestOutcome.NEGATIVE:
            until = test_valid_until(test, policy)
            if until is not None and (best is None or until > best[1]):
                best = test, until
    return best


def validity_of(facts: CrossingFacts, policy: Policy, notices: Sequence[NoticePublished]) -> Validity | None:
    """The minimum over passes, tests where asked for, notices and distancing; None when nothing says an end.

    ``facts`` are placed: that is where distancing comes from.
    """
    in_force = notices_at(notices, facts.occurred_at)
    ends = [
        Validity(until, by=shown.kind, by_notice=by_notice)
        for shown in facts.passes
        for until, by_notice in [pass_valid_until(shown, in_force)]
        if until is not None
    ]
    ends += [
        Validity(best[1], occupant=occupant.occupant)
        for occupant in facts.occupants
        if (best := best_test(occupant, policy)) is not None and demand_for(facts, policy, occupant) is not None
    ]
    if facts.distancing_until is not None:
        ends.append(Validity(facts.distancing_until, distancing_at=facts.distancing_at))
    if len(ends) < 2:
        return ends[0] if ends else None
    return min(ends, key=lambda end: (end.until, end.occupant or 0))
