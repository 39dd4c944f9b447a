"""Whether a ``When`` is for a crossing, or for one person on it. Pure; the facts must be placed first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from schemas.passes.kinds import ReadingStatus
from schemas.policy.policy import Policy
from schemas.policy.when import When
from schemas.rules.facts import CrossingFacts, OccupantFacts
from schemas.rules.immunity import immunity_of
from schemas.words import Immunity, Purpose

Known = bool | None
"""None: nobody knows."""


def applies(when: When, facts: CrossingFacts, policy: Policy, occupant: OccupantFacts | None = None) -> bool:
    """All parts hold. One that fails decides; else one that nobody can tell is left to the rule itself."""
    unknown = False
    for name, asked in when.parts:
        holds = _PARTS[name](asked, facts, policy, occupant)
        if holds is False:
            return False
        unknown = unknown or holds is None
    return when.applies_when_unknown if unknown else True


def immunity(facts: CrossingFacts, policy: Policy, occupant: OccupantFacts) -> Immunity:
    return immunity_of(occupant, policy.immunity, facts.occurred_at, ZoneInfo(policy.time_zone))


def _is_one_of(value: object | None, asked: tuple[Any, ...]) -> Known:
    return None if value is None else value in asked


def _is_within(unit: str | None, within: tuple[str, ...], asked: tuple[str, ...]) -> Known:
    return None if unit is None else any(one in within for one in asked)


def _pass_kinds(asked: Any, facts: CrossingFacts, policy: Policy, occupant: OccupantFacts | None) -> Known:
    return any(
        reading.kind in asked
        and reading.status is ReadingStatus.ACCEPTED
        and (occupant is None or reading.occupant in (None, occupant.occupant))
        for reading in facts.readings
    )


def _purposes(asked: Any, facts: CrossingFacts, policy: Policy, occupant: OccupantFacts | None) -> Known:
    if facts.purpose in asked:
        return True
    return None if facts.purpose is Purpose.UNKNOWN else False


def _age(facts: OccupantFacts | None) -> int | None:
    return facts.age_years if facts else None


_PARTS: Mapping[str, Callable[[Any, CrossingFacts, Policy, OccupantFacts | None], Known]] = {
    "origins": lambda asked, facts, policy, one: _is_within(facts.origin_unit, facts.origin_within, asked),
    "origin_levels": lambda asked, facts, policy, one: _is_one_of(facts.origin_level, asked),
    "destinations": lambda asked, facts, policy, one: _is_within(
        facts.destination_commune, facts.destination_within, asked
    ),
    "destination_levels": lambda asked, facts, policy, one: _is_one_of(facts.destination_level, asked),
    "post_modes": lambda asked, facts, policy, one: _is_one_of(facts.place and facts.place.mode, asked),
    "post_levels": lambda asked, facts, policy, one: _is_one_of(facts.place and facts.place.level, asked),
    "posts": lambda asked, facts, policy, one: facts.post_id in asked,
    "directions": lambda asked, facts, policy, one: facts.direction in asked,
    "purposes": _purposes,
    "vehicle_classes": lambda asked, facts, policy, one: facts.vehicle_class in asked,
    "green_lane": lambda asked, facts, policy, one: facts.green_lane is asked,
    "card_valid": lambda asked, facts, policy, one: (
        None if facts.card_valid is None else facts.card_valid is asked
    ),
    "pass_kinds": _pass_kinds,
    "roles": lambda asked, facts, policy, one: _is_one_of(one.role if one else None, asked),
    "immunity": lambda asked, facts, policy, one: immunity(facts, policy, one) in asked if one else None,
    "age_at_least": lambda asked, facts, policy, one: None if _age(one) is None else (_age(one) or 0) >= asked,
    "age_under": lambda asked, facts, policy, one: None if _age(one) is None else (_age(one) or 0) < asked,
    "from_at": lambda asked, facts, policy, one: facts.occurred_at >= asked,
    "until_at": lambda asked, facts, policy, one: facts.occurred_at < asked,
}
