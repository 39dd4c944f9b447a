"""A policy's CertLogic rules over the person-free facts: the codes of those that fail. Pure.

The data that a rule sees::

    payload.crossing   direction, purpose, vehicleClass, post, postMode, greenLane, cardValid, originLevel,
                       destinationLevel, headCount {cab, cargo}
    payload.occupant   role, ageYears, immunity, doses, dosesNeeded, lastDoseOn, recoveredOn   (rules about one)
    payload.tests      kind, basis, outcome, status, sampledAt, resultedAt   (accepted ones, the newest first)
    external           validationClock, startOfDay, valueSets

What is not known is absent. Every date and midnight is a full instant, in the policy's own time zone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Any, Literal
from zoneinfo import ZoneInfo

from schemas.bounded import instant_text
from schemas.passes.kinds import ReadingStatus
from schemas.policy.certlogic import RuleNotEvaluable
from schemas.policy.policy import Policy
from schemas.rules.applying import applies, immunity
from schemas.rules.codes import Note
from schemas.rules.facts import CrossingFacts, OccupantFacts, TestFacts


def failing(
    facts: CrossingFacts,
    policy: Policy,
    about: Literal["occupant", "crossing"],
    occupant: OccupantFacts | None = None,
) -> tuple[str, ...]:
    """Codes of the rules that fail, once each. A rule that cannot be told says so, and never passes in silence."""
    if facts.emergency:
        return ()
    selected = [
        rule for rule in policy.acceptance if rule.about == about and applies(rule.when, facts, policy, occupant)
    ]
    if not selected:
        return ()
    data = document(facts, policy, occupant)
    codes: dict[str, None] = {}
    for rule in selected:
        try:
            value = rule.expression.evaluate(data)
        except RuleNotEvaluable:
            value = None
        if value is False:
            codes[rule.code] = None
        elif value is not True:
            codes[Note.RULE_NOT_EVALUABLE.value] = None
    return tuple(codes)


def document(facts: CrossingFacts, policy: Policy, occupant: OccupantFacts | None) -> dict[str, Any]:
    """What a rule sees of ``occupant``, or of the crossing alone."""
    zone = ZoneInfo(policy.time_zone)
    payload: dict[str, Any] = {"crossing": _crossing(facts)}
    if occupant is not None:
        payload["occupant"] = _occupant(facts, policy, occupant, zone)
        payload["tests"] = _tests(occupant.tests)
    return {
        "payload": payload,
        "external": {
            "validationClock": instant_text(facts.occurred_at),
            "startOfDay": _midnight(facts.occurred_at.astimezone(zone).date(), zone),
            "valueSets": policy.value_sets,
        },
    }


def _crossing(facts: CrossingFacts) -> dict[str, Any]:
    return _known(
        direction=facts.direction.value,
        purpose=facts.purpose.value,
        vehicleClass=facts.vehicle_class.value,
        post=facts.post_id,
        postMode=facts.place.mode.value if facts.place and facts.place.mode else None,
        greenLane=facts.green_lane,
        cardValid=facts.card_valid,
        originLevel=facts.origin_level,
        destinationLevel=facts.destination_level,
        headCount=_known(cab=facts.head_count.cab, cargo=facts.head_count.cargo),
    )


def _occupant(facts: CrossingFacts, policy: Policy, one: OccupantFacts, zone: ZoneInfo) -> dict[str, Any]:
    return _known(
        role=one.role.value,
        ageYears=one.age_years,
        immunity=immunity(facts, policy, one).value,
        doses=one.doses,
        dosesNeeded=one.doses_needed,
        lastDoseOn=_day(one.last_dose_on, zone),
        recoveredOn=_day(one.recovered_on, zone),
    )


def _tests(tests: Iterable[TestFacts]) -> list[dict[str, Any]]:
    accepted = [test for test in tests if test.status is ReadingStatus.ACCEPTED and test.sampled_at is not None]
    accepted.sort(
        key=lambda test: (test.sampled_at or datetime.min.replace(tzinfo=UTC), test.reading), reverse=True
    )
    return [
        _known(
            kind=test.kind.value if test.kind else None,
            basis=test.basis.value,
            outcome=test.outcome.value if test.outcome else None,
            status=test.status.value,
            sampledAt=instant_text(test.sampled_at) if test.sampled_at else None,
            resultedAt=instant_text(test.resulted_at) if test.resulted_at else None,
        )
        for test in accepted
    ]


def _known(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _day(text: str | None, zone: ZoneInfo) -> str | None:
    try:
        return _midnight(date.fromisoformat((text or "")[:10]), zone)
    except ValueError:
        return None


def _midnight(day: date, zone: ZoneInfo) -> str:
    return instant_text(datetime.combine(day, time(), zone))
