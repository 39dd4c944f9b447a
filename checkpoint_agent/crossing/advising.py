"""What the station says by itself about the crossing as it stands now. Pure; the rules are those of the centre."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from checkpoint_agent.crossing.building import Crossing
from checkpoint_agent.crossing.records import Desk, closed_record, secrets_of
from schemas.events.crossing import Advice
from schemas.events.registry import NoticePublished, PlateToCheck
from schemas.passes.kinds import ReadingStatus
from schemas.policy.in_force import policy_at
from schemas.policy.policy import Policy
from schemas.policy.when import Areas, NoAreas, Place
from schemas.rules.advice import Advised, advise
from schemas.rules.facts import facts_of
from schemas.rules.noticed import wanted
from schemas.words import Outcome


@dataclass(frozen=True)
class Rules:
    """The policies and notices that the station holds."""

    policies: Sequence[Policy] = ()
    notices: Sequence[NoticePublished] = ()
    places: Mapping[str, Place] = field(default_factory=dict)
    """The posts, by id."""
    areas: Areas = field(default_factory=NoAreas)
    to_be_checked: Sequence[PlateToCheck] = field(default=(), repr=False)
    """The short list that the centre sealed to this station."""


@dataclass(frozen=True)
class Advising:
    """The advice as it is written (``advice``), with what only the screen and the box may know (``advised``)."""

    advised: Advised
    advice: Advice
    policy: Policy | None
    wanted: tuple[PlateToCheck, ...] = field(default=(), repr=False)
    """Notices that name this vehicle, for the screen alone."""

    @property
    def outcome(self) -> Outcome:
        return self.advice.outcome


def advising(
    crossing: Crossing,
    desk: Desk,
    rules: Rules,
    *,
    at: datetime,
    clock_error_ms: int | None = None,
    lists_age_s: int | None = None,
) -> Advising:
    """Judge as of ``at``, by the policy in force then."""
    place = rules.places.get(desk.post_id) or Place(post_id=desk.post_id)
    policy = policy_at(rules.policies, at, place, rules.areas)
    nothing_yet = Advice(outcome=Outcome.COULD_NOT_CHECK)
    draft = closed_record(crossing, desk, at=at, clock_error_ms=clock_error_ms, advice=nothing_yet)
    time_zone = policy.time_zone if policy else "UTC"
    facts = facts_of(draft, secrets_of(crossing, revision=1), time_zone=time_zone)
    named = wanted(crossing.plate, rules.to_be_checked, at)
    facts = facts.model_copy(update={"to_be_checked": bool(named)})
    advised = advise(facts, policy, rules.notices, place=place, areas=rules.areas)
    advice = Advice(
        outcome=advised.conclusion.outcome,
        reasons=advised.conclusion.public_reasons,
        policy_id=policy.policy_id if policy else None,
        policy_version=policy.version if policy else None,
        not_checked=not_checked(crossing),
        lists_age_s=lists_age_s,
    )
    return Advising(advised, advice, policy, named)


def not_checked(crossing: Crossing) -> tuple[str, ...]:
    """Why what could not be checked could not be, once each."""
    reasons = (
        read.reading.reason.value
        for read in crossing.readings
        if read.reading.status is ReadingStatus.COULD_NOT_CHECK and read.reading.reason is not None
    )
    return tuple(dict.fromkeys(reasons))
