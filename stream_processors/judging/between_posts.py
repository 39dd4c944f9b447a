"""GL09, GL12, GL16 and GL17: what two posts show together. Pure; each hangs on the later of the two crossings.

Both clocks' errors are allowed for: inside them nothing is said. What the policy gives no window for is not asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from statistics import median_low
from typing import Literal
from uuid import UUID

import msgspec

from schemas.events.crossing import HeadCount
from schemas.events.verdict import EvidenceItem
from schemas.passes.kinds import ReadingStatus
from schemas.policy.policy import Policy
from schemas.rules.codes import Rule
from schemas.rules.facts import CrossingFacts
from schemas.rules.inspection import exemptions
from schemas.words import CargoSpace, FactState, Outcome, Severity, TestOutcome
from stream_processors.judging.context import (
    IDENTIFYING_PERSON,
    VEHICLE,
    Context,
    KnownCrossing,
    Neighbour,
)
from stream_processors.judging.journeys import Way, was_let_through

TRAVELLERS_LEAST = 2
"""So many others must have been slow before a wait is taken for measured."""


class FoundBetween(msgspec.Struct, frozen=True):
    """Suspected misuse that ``earlier`` and the crossing that is judged show together."""

    code: Rule
    severity: Severity
    earlier: Neighbour
    subject: Literal["vehicle", "person"]
    ref: str
    evidence: tuple[EvidenceItem, ...]
    incident: tuple[object, ...] = ()
    """What makes it one incident with others; by default the subject and the local day."""

    @property
    def rests_on(self) -> tuple[UUID, ...]:
        decision = self.earlier.decision
        return (self.earlier.event_id, *((decision.event_id,) if decision else ()))


def found_between(
    crossing: KnownCrossing, facts: CrossingFacts, context: Context, policy: Policy
) -> tuple[FoundBetween, ...]:
    """In the order of their codes. None for what raises nothing, and none that the policy waives here."""
    if crossing.state is FactState.WITHDRAWN or facts.practice or facts.emergency or not context.neighbours:
        return ()
    way = Way.of(crossing, facts, context, policy)
    counted, seal = gl09(way), gl17(way)
    slow = gl12(way, context, second_sign=counted is not None or seal is not None)
    found = (*_one(counted), *_one(slow), *gl16(way, context), *_one(seal))
    if not found:
        return ()
    waived = frozenset(code for one in exemptions(facts, policy) for code in one.waives)
    return tuple(one for one in found if one.code not in waived)


def _one(found: FoundBetween | None) -> Iterator[FoundBetween]:
    if found is not None:
        yield found


def gl09(way: Way) -> FoundBetween | None:
    """Head-count changed between posts: boarded just before this one, or dropped after the one before.

    An unknown count proves nothing; what was seen is a lower bound.
    """
    within = way.policy.between_posts.count_within
    if within is None or not way.green_lane_or_transit:
        return None
    before = next((one for one in way.journey if _counted(one.head_count)), None)
    if before is None or not way.surely_within(before, within) or way.change_ordered(before):
        return None
    now, then = way.facts.head_count, before.head_count
    more = then.total is not None and now.at_least > then.total
    fewer = now.total is not None and now.total < then.at_least
    if not more and not fewer:
        return None
    evidence = EvidenceItem(
        code="MORE_PEOPLE_THAN_BEFORE" if more else "FEWER_PEOPLE_THAN_BEFORE",
        numbers={
            "before": then.total if then.total is not None else then.at_least,
            "now": now.total if now.total is not None else now.at_least,
            "minutes": _minutes(way.gap(before)),
        },
        words={"first": before.post_id, "second": way.facts.post_id},
        instants={"first-at": before.at},
    )
    # People who ride with the cargo are what the catalogue's cases are about.
    severity = Severity.HIGH if now.cargo or then.cargo else Severity.MEDIUM
    return _of_vehicle(Rule.GL09, severity, way, before, evidence)


def _counted(count: HeadCount) -> bool:
    return count.total is not None or count.at_least > 0


def gl12(way: Way, context: Context, *, second_sign: bool) -> FoundBetween | None:
    """Far too long between two posts: information by itself, an alert only with a second sign.

    The usual time, by the policy's measure, and behind it: its allowance, closures, and the wait that others
    had who came the same way in the hours before.
    """
    policy = way.policy
    percent = policy.between_posts.slow_percent
    before = next(iter(way.journey), None)
    if percent is None or before is None or not way.green_lane_or_transit:
        return None
    travel = policy.travel_time(before.post_id, way.facts.post_id)
    if travel is None or not way.surely_within(before, policy.between_posts.slow_within):
        return None
    allowed = travel * percent / 100 + policy.between_posts.slow_allowance
    allowed += way.closed_meanwhile(before) + measured_wait(context, before.post_id, travel)
    if way.gap(before) - way.errors(before) <= allowed or way.change_ordered(before):
        return None
    signs = _second_signs(way, second_sign)
    evidence = EvidenceItem(
        code="FAR_TOO_LONG",
        numbers={"minutes": _minutes(way.gap(before)), "usual": _minutes(travel), "allowed": _minutes(allowed)},
        words={"first": before.post_id, "second": way.facts.post_id},
        instants={"first-at": before.at, "second-at": way.facts.occurred_at},
    )
    severity = Severity.MEDIUM if signs else Severity.INFORMATION
    beside = tuple(EvidenceItem(code=sign) for sign in signs)
    return _of_vehicle(Rule.GL12, severity, way, before, evidence, *beside)


def _second_signs(way: Way, found: bool) -> tuple[str, ...]:
    """The count, the cargo space, a tip."""
    signs = []
    if found:
        signs.append("SIGN_COUNT_OR_SEAL")
    if way.facts.head_count.cargo:
        signs.append("SIGN_PEOPLE_IN_CARGO")
    if way.facts.to_be_checked:
        signs.append("SIGN_TO_BE_CHECKED")
    return tuple(signs)


def measured_wait(context: Context, first_post: str, travel: timedelta) -> timedelta:
    """What others needed beyond the least time, at the median, who came the same way shortly before. A jam holds
    up everyone; one slow truck proves none, so that fewer than two others measure nothing."""
    taken = [one for first, one in context.travelled if first == first_post]
    if len(taken) < TRAVELLERS_LEAST:
        return timedelta(0)
    return max(median_low(taken) - travel, timedelta(0))


def gl16(way: Way, context: Context) -> Iterator[FoundBetween]:
    """Turned back, and seen at another post within its window. One finding, about the vehicle before a person.

    Whoever was let through meanwhile, or shows a test taken since, has mended what they were turned back for.
    """
    within = way.policy.between_posts.turned_back_within
    if within is None:
        return
    here = (way.facts.occurred_at, way.facts.crossing_id)
    earlier = sorted(
        (one for one in context.neighbours if one.place_in_time < here and one.post_id != way.facts.post_id),
        key=lambda one: one.place_in_time,
        reverse=True,
    )
    for one in earlier:
        subject = _turned_back(way.crossing, one)
        if subject is None or not way.surely_within(one, within):
            continue
        if _let_through_since(way, context, one) or _tested_since_is_shown(way, one):
            continue
        evidence = EvidenceItem(
            code="TURNED_BACK_ELSEWHERE",
            numbers={"minutes": _minutes(way.gap(one))},
            words={"first": one.post_id, "second": way.facts.post_id},
            instants={"first-at": one.at},
        )
        yield FoundBetween(Rule.GL16, Severity.MEDIUM, one, *subject, (evidence,))
        return


def _turned_back(crossing: KnownCrossing, earlier: Neighbour) -> tuple[Literal["vehicle", "person"], str] | None:
    decided = earlier.decision
    if decided is None:
        return None
    vehicles = sorted(ref for kind, ref in earlier.shared if kind == VEHICLE)
    if vehicles and decided.outcome is Outcome.TURN_BACK:
        return "vehicle", vehicles[0]
    persons = sorted(
        one.ref
        for one in earlier.refs
        if one.kind in IDENTIFYING_PERSON
        and (one.kind, one.ref) in earlier.shared
        and decided.for_occupant(one.occupant) is Outcome.TURN_BACK
    )
    return ("person", persons[0]) if persons else None


def _let_through_since(way: Way, context: Context, turned_back: Neighbour) -> bool:
    here = (way.facts.occurred_at, way.facts.crossing_id)
    return any(
        turned_back.place_in_time < one.place_in_time < here
        and one.shared & turned_back.shared
        and was_let_through(one, context.registry)
        for one in context.neighbours
    )


def _tested_since_is_shown(way: Way, turned_back: Neighbour) -> bool:
    """A negative test of somebody aboard whose sample is younger than the refusal."""
    return any(
        test.status is ReadingStatus.ACCEPTED
        and test.outcome is TestOutcome.NEGATIVE
        and test.sampled_at is not None
        and test.sampled_at >= turned_back.at
        for occupant in way.facts.occupants
        for test in occupant.tests
    )


def gl17(way: Way) -> FoundBetween | None:
    """A door seal broken or changed since the post that put it on.

    An officer who opened the cargo space on the way broke it lawfully; so did an ordered trans-shipment. A number
    that was not entered proves nothing.
    """
    within = way.policy.between_posts.seal_within
    if within is None or way.facts.cargo_space not in (CargoSpace.SEAL_CHECKED, CargoSpace.SEAL_BROKEN):
        return None
    put_on = _seal_put_on(way)
    if put_on is None or not way.surely_within(put_on, within) or way.trans_shipped(put_on):
        return None
    broken = way.facts.cargo_space is CargoSpace.SEAL_BROKEN
    seen, expected = way.facts.seal_number, put_on.seal_number
    if not broken and (seen is None or expected is None or seen == expected):
        return None
    evidence = EvidenceItem(
        code="SEAL_BROKEN" if broken else "SEAL_CHANGED",
        words={
            "first": put_on.post_id,
            "second": way.facts.post_id,
            **({"expected": expected} if expected else {}),
            **({"seen": seen} if seen else {}),
        },
        instants={"first-at": put_on.at},
    )
    return _of_vehicle(Rule.GL17, Severity.HIGH, way, put_on, evidence, incident=(put_on.crossing_id,))


def _seal_put_on(way: Way) -> Neighbour | None:
    """The crossing that put on the seal that should still be there."""
    for one in way.earlier:
        if one.cargo_space is CargoSpace.OPENED:
            return None
        if one.cargo_space is CargoSpace.SEAL_PUT_ON:
            return one if was_let_through(one, way.registry) and one.post_id != way.facts.post_id else None
    return None


def _of_vehicle(
    code: Rule,
    severity: Severity,
    way: Way,
    earlier: Neighbour,
    *evidence: EvidenceItem,
    incident: tuple[object, ...] = (),
) -> FoundBetween:
    ref = way.crossing.vehicle_ref or str(way.facts.crossing_id)
    return FoundBetween(code, severity, earlier, "vehicle", ref, evidence, incident)


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)
