"""What the station says by itself about the crossing as it stands now. Pure; the rules are those of the centre."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from checkpoint_agent.crossing.building import Crossing
from checkpoint_agent.crossing.records import Desk, closed_record, secrets_of
from schemas.events.crossing import Advice
from schemas.events.registry import NoticePublished, PlateToCheck, RevokedPass
from schemas.passes.kinds import ReadingReason, ReadingStatus
from schemas.policy.in_force import policy_at
from schemas.policy.policy import Policy
from schemas.policy.when import Areas, NoAreas, Place
from schemas.rules.advice import Advised, advise
from schemas.rules.facts import CrossingFacts, facts_of
from schemas.rules.inspection import inspection_rate
from schemas.rules.noticed import wanted
from schemas.rules.placing import placed
from schemas.rules.revoked import shown_and_revoked, with_revoked
from schemas.trust.draws import drawn, station_day_key
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
    revoked_passes: Sequence[RevokedPass] = field(default=(), repr=False)
    """In the same box: passes that a notice revokes by their numbers."""


@dataclass(frozen=True)
class Advising:
    """The advice as it is written (``advice``), with what only the screen and the box may know (``advised``)."""

    advised: Advised
    advice: Advice
    policy: Policy | None
    wanted: tuple[PlateToCheck, ...] = field(default=(), repr=False)
    """Notices that name this vehicle, for the screen alone."""
    drawn: bool | None = None
    """What the random draw says; None where no rate is for this crossing."""
    revoked: Mapping[int, ReadingReason] = field(default_factory=dict)
    """Codes of this crossing, by their place, that a notice revokes as of its time."""

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
    station_key: bytes | None = None,
) -> Advising:
    """Judge as of ``at``, by the policy in force then. ``station_key``: draws for the random inspection."""
    place = rules.places.get(desk.post_id) or Place(post_id=desk.post_id)
    policy = policy_at(rules.policies, at, place, rules.areas)
    nothing_yet = Advice(outcome=Outcome.COULD_NOT_CHECK)
    draft = closed_record(crossing, desk, at=at, clock_error_ms=clock_error_ms, advice=nothing_yet)
    time_zone = policy.time_zone if policy else "UTC"
    facts = facts_of(draft, secrets_of(crossing, revision=1), time_zone=time_zone)
    revoked = shown_and_revoked(crossing.readings, rules.notices, rules.revoked_passes, at)
    facts = with_revoked(facts, revoked)
    named = wanted(crossing.plate, rules.to_be_checked, at)
    facts = facts.but(to_be_checked=bool(named))
    if policy is not None and station_key is not None and policy.inspection_rates:
        known = placed(facts, policy, rules.notices, place=place, areas=rules.areas, places=rules.places)
        facts = facts.but(drawn=_drawn(crossing, desk, known, policy, station_key))
    advised = advise(facts, policy, rules.notices, place=place, areas=rules.areas, places=rules.places)
    advice = Advice(
        outcome=advised.conclusion.outcome,
        reasons=advised.conclusion.public_reasons,
        policy_id=policy.policy_id if policy else None,
        policy_version=policy.version if policy else None,
        not_checked=not_checked(facts),
        lists_age_s=lists_age_s,
    )
    return Advising(advised, advice, policy, named, facts.drawn, revoked)


def _drawn(
    crossing: Crossing, desk: Desk, facts: CrossingFacts, policy: Policy, station_key: bytes
) -> bool | None:
    """By the counter that was taken at the first scan, so that opening it again draws nothing else."""
    rate = inspection_rate(facts, policy)
    if rate == 0:
        return None
    day = crossing.opened_at.astimezone(ZoneInfo(policy.time_zone)).date()
    return drawn(station_day_key(station_key, day), desk.lane, day, crossing.counter, rate)


def not_checked(facts: CrossingFacts) -> tuple[str, ...]:
    """Why what could not be checked could not be, once each."""
    reasons = (
        reading.reason.value
        for reading in facts.readings
        if reading.status is ReadingStatus.COULD_NOT_CHECK and reading.reason is not None
    )
    return tuple(dict.fromkeys(reasons))
