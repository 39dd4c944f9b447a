"""Runs the higher level's trials on a bundle, by the rules that it will be judged with. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

from schemas.events.crossing import HeadCount
from schemas.ids import derived_id
from schemas.passes.kinds import Confidence, PassKind, ReadingStatus
from schemas.policy.limits import Limit, Limits, Trial
from schemas.policy.policy import Policy
from schemas.rules.advice import advise
from schemas.rules.facts import CrossingFacts, OccupantFacts, PassFacts, ReadingFacts, TestFacts
from schemas.rules.measures import measure_for
from schemas.rules.placing import placed
from schemas.rules.plates import PlateMatch
from schemas.words import Immunity, OccupantRole, TestKind, TestOutcome, VehicleClass

SOMEWHERE = "somewhere"
_LONG_AGO = timedelta(days=30)


@dataclass(frozen=True)
class Broken:
    """``field``: which part of the bundle breaks ``limit``."""

    field: str
    limit: Limit
    document: str


class _AllAt:
    """Every place has one level, and lies within whatever unit is named: the strictest that a bundle can be."""

    def __init__(self, level: int, *, within: bool) -> None:
        self._level = level
        self._within = within

    def level_of(self, unit: str, at: datetime) -> int | None:
        return self._level

    def is_within(self, unit: str, ancestor: str) -> bool:
        return self._within

    def turns_of(self, unit: str) -> tuple[datetime, ...]:
        return ()


def check_limits(policy: Policy, limits: Iterable[Limits]) -> tuple[Broken, ...]:
    """Every limit that ``policy`` breaks while both are in force, once each, with what breaks it."""
    return tuple(
        Broken(field, limit, limit.sentence.document or one.document)
        for one in limits
        for limit in one.limits
        for field in [_broken(policy, one, limit)]
        if field is not None
    )


def _broken(policy: Policy, limits: Limits, limit: Limit) -> str | None:
    instants = [at for at in _instants(policy, limits) if limits.ends_at is None or at < limits.ends_at]
    for at in instants:
        for facts, areas in _crossings(policy, limit.trial, at):
            field = _breaks(policy, limit, facts, areas)
            if field is not None:
                return field
    return None


def _instants(policy: Policy, limits: Limits) -> tuple[datetime, ...]:
    """When the bundle begins, and at each instant from which one of its rules says something else."""
    begins = max(policy.effective_at, limits.effective_at)
    named = [at for when in policy.conditions for at in (when.from_at, when.until_at) if at is not None]
    return (begins, *sorted({at for at in named if at > begins}))


def _crossings(policy: Policy, trial: Trial, at: datetime) -> Iterator[tuple[CrossingFacts, _AllAt]]:
    posts = sorted({post for when in policy.conditions for post in when.posts} | {SOMEWHERE})
    combinations = product(
        trial.vehicle_classes, trial.directions, trial.purposes, trial.levels, trial.immunity, posts, (True, False)
    )
    for vehicle_class, direction, purpose, level, immunity, post, within in combinations:
        facts = CrossingFacts(
            crossing_id=derived_id("trial", post),
            revision=1,
            station_id=f"{post}-1"[:60],
            post_id=post,
            occurred_at=at,
            clock_error_ms=0,
            direction=direction,
            purpose=purpose,
            vehicle_class=vehicle_class,
            head_count=HeadCount(cab=1, cargo=0),
            readings=_readings(trial),
            passes=_passes(trial, vehicle_class, at) if trial.card else (),
            occupants=(_driver(policy, trial, immunity, at),),
            origin_unit=SOMEWHERE,
            destination_commune=SOMEWHERE,
        )
        yield facts, _AllAt(level, within=within)


def _readings(trial: Trial) -> tuple[ReadingFacts, ...]:
    card = ReadingFacts(kind=PassKind.GREEN_LANE_PASS, status=ReadingStatus.ACCEPTED)
    person = ReadingFacts(kind=PassKind.HEALTH_PASS, status=ReadingStatus.ACCEPTED, occupant=1)
    return (*((card,) if trial.card else ()), person)


def _passes(trial: Trial, vehicle_class: VehicleClass, at: datetime) -> tuple[PassFacts, ...]:
    return (
        PassFacts(
            reading=0,
            kind=PassKind.GREEN_LANE_PASS,
            status=ReadingStatus.ACCEPTED,
            confidence=Confidence.SIGNED,
            vehicle_class=vehicle_class,
            registered_crew=1,
            valid_from=at - _LONG_AGO,
            valid_until=at + _LONG_AGO,
            plate=PlateMatch.SAME,
        ),
    )


def _driver(policy: Policy, trial: Trial, immunity: Immunity, at: datetime) -> OccupantFacts:
    return OccupantFacts(
        occupant=1,
        role=OccupantRole.DRIVER,
        age_years=40,
        named=True,
        on_pass=True if trial.card else None,
        tests=_tests(trial, at),
        **_protection(policy, immunity, at),
    )


def _tests(trial: Trial, at: datetime) -> tuple[TestFacts, ...]:
    if trial.test_hours is None:
        return ()
    sampled_at = at - timedelta(hours=trial.test_hours)
    return (
        TestFacts(
            reading=0,
            status=ReadingStatus.ACCEPTED,
            confidence=Confidence.SIGNED,
            kind=TestKind.PCR,
            outcome=TestOutcome.NEGATIVE,
            sampled_at=sampled_at,
            resulted_at=sampled_at,
        ),
    )


def _protection(policy: Policy, immunity: Immunity, at: datetime) -> dict[str, Any]:
    """Papers that make it so by the bundle's own definition."""
    definition = policy.immunity
    days = {
        Immunity.FULL: definition.full_from_day,
        Immunity.PART: definition.part_from_day,
        Immunity.RECOVERED: definition.recovered_from_day,
    }
    if immunity is Immunity.NONE:
        return {}
    on = (at.astimezone(UTC) - timedelta(days=days[immunity] + 1)).date().isoformat()
    if immunity is Immunity.RECOVERED:
        return {"recovered_on": on}
    return {"doses": 2 if immunity is Immunity.FULL else 1, "doses_needed": 2, "last_dose_on": on}


def _breaks(policy: Policy, limit: Limit, facts: CrossingFacts, areas: _AllAt) -> str | None:
    """The part of the bundle that is at fault, or None."""
    advised = advise(facts, policy, (), areas=areas).conclusion
    own = [code for _, codes in advised.occupants.values() for code in codes]
    codes = (*advised.reasons, *own)
    for code in codes:
        if code in limit.never_codes or policy.outcome_of(code) in limit.never_outcomes:
            return _field_of(policy, code)
    days = _quarantine_days(policy, facts, areas)
    if limit.quarantine_days_at_least is not None and days < limit.quarantine_days_at_least:
        return "quarantine"
    if limit.quarantine_days_at_most is not None and days > limit.quarantine_days_at_most:
        return "quarantine"
    return None


def _quarantine_days(policy: Policy, facts: CrossingFacts, areas: _AllAt) -> int:
    known = placed(facts, policy, areas=areas)
    measure = measure_for(known, known.occupants[0], policy)
    if measure is None:
        return 0
    return sum(stage.days for stage in measure.stages) + measure.self_monitoring_days


def _field_of(policy: Policy, code: str) -> str:
    """The rule that gives ``code``, else its place in the map of codes, else what it maps the rest to."""
    for name in ("acceptance", "exemptions", "quarantine"):
        for nth, rule in enumerate(getattr(policy, name)):
            if rule.code == code:
                return f"{name}.{nth}"
    if code.startswith("TS_") and policy.test_demands:
        return "test_demands"
    mapped = [nth for nth, entry in enumerate(policy.codes) if entry.code == code]
    return f"codes.{mapped[0]}" if mapped else "unnamed_code"
