"""Findings as they are said: what the rules found, with ids, incidents and the facts they rest on. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from schemas.canonical import dated
from schemas.events.verdict import DecisionCounted, EvidenceItem
from schemas.ids import derived_id, finding_id
from schemas.passes.kinds import PassKind
from schemas.policy.policy import Policy
from schemas.rules.codes import Rule
from schemas.rules.facts import CrossingFacts
from schemas.rules.found import Found
from schemas.words import FindingClass, Severity
from stream_processors.judging import look_back
from stream_processors.judging import transit as transits
from stream_processors.judging.between_posts import FoundBetween
from stream_processors.judging.context import PASS_KINDS, KnownCrossing, LookedBack
from stream_processors.judging.counted import may_have_passed
from stream_processors.judging.cross_check import Matched
from stream_processors.judging.lane import lane_used
from stream_processors.judging.people import OnBoard
from stream_processors.judging.said import Kind, Said, in_order, said
from stream_processors.judging.same_pass import OtherPlate
from stream_processors.judging.transit import Transit
from stream_processors.judging.two_posts import TooFast
from stream_processors.judging.version import JUDGE_VERSION


class Bearings(msgspec.Struct, frozen=True):
    """What every finding about one crossing says alike."""

    crossing: KnownCrossing
    facts: CrossingFacts
    policy: Policy
    counted: DecisionCounted
    base: tuple[UUID, ...]
    """Facts that anything said about this crossing rests on: the record, its decision, the policy."""
    at: datetime


def of_one_crossing(found: Found, at: Bearings, also_rests_on: tuple[UUID, ...] = ()) -> Said:
    """A rule that one crossing shows by itself."""
    ref = _subject_ref(found, at.crossing)
    subject = ref or str(at.facts.crossing_id)
    return _finding(
        at,
        found.code,
        crossings=(at.facts.crossing_id,),
        subject=found.subject,
        subject_ref=ref,
        incident=(found.code.value, subject, local_day(at.facts.occurred_at, at.policy)),
        finding_class=found.finding_class,
        severity=found.severity,
        evidence=found.evidence,
        weak=found.weak,
        also_rests_on=also_rests_on,
        private={"misread": found.misread} if found.misread else {},
    )


def gl06_not_registered(kind: PassKind) -> Found:
    """A genuine pass of ours that a complete registry does not know was made with a key that somebody took."""
    evidence = EvidenceItem(code="PASS_NOT_REGISTERED", words={"kind": kind.value})
    return Found(Rule.GL06, FindingClass.SUSPECTED_MISUSE, Severity.HIGH, "vehicle", (evidence,))


def gl07(pair: TooFast, at: Bearings) -> Said:
    return _finding(
        at,
        Rule.GL07,
        crossings=(pair.earlier.crossing_id, at.facts.crossing_id),
        subject=pair.subject,
        subject_ref=pair.ref,
        incident=(Rule.GL07.value, pair.ref, local_day(at.facts.occurred_at, at.policy)),
        finding_class=FindingClass.SUSPECTED_MISUSE,
        severity=Severity.HIGH,
        evidence=(pair.evidence,),
        also_rests_on=(pair.earlier.event_id,),
    )


def between_posts(found: FoundBetween, at: Bearings) -> Said:
    incident = found.incident or (found.ref, local_day(at.facts.occurred_at, at.policy))
    return _finding(
        at,
        found.code,
        crossings=(found.earlier.crossing_id, at.facts.crossing_id),
        subject=found.subject,
        subject_ref=found.ref,
        incident=(found.code.value, *incident),
        finding_class=FindingClass.SUSPECTED_MISUSE,
        severity=found.severity,
        evidence=found.evidence,
        also_rests_on=found.rests_on,
    )


def gl10(transit: Transit | None, at: Bearings) -> Iterator[Said]:
    """Its window's end makes it true, so that nothing else need come; it hangs on the entry."""
    if transit is None or not transit.found:
        return
    left = transit.exit
    yield _finding(
        at,
        Rule.GL10,
        crossings=(at.facts.crossing_id,),
        subject="vehicle",
        subject_ref=at.crossing.vehicle_ref,
        incident=(Rule.GL10.value, at.facts.crossing_id),
        finding_class=FindingClass.SUSPECTED_MISUSE,
        severity=transits.severity_of(transit),
        evidence=(transits.evidence_of(transit, at.facts),),
        also_rests_on=(left.event_id,) if left is not None else (),
    )


def gl08(pair: OtherPlate, at: Bearings) -> Said:
    return _finding(
        at,
        Rule.GL08,
        crossings=(pair.earlier.crossing_id, at.facts.crossing_id),
        subject="pass",
        subject_ref=pair.ref,
        incident=(Rule.GL08.value, pair.ref, local_day(at.facts.occurred_at, at.policy)),
        finding_class=FindingClass.SUSPECTED_MISUSE,
        severity=pair.severity,
        evidence=(pair.evidence,),
        also_rests_on=(pair.earlier.event_id,),
    )


def gl13(people: Iterable[OnBoard], at: Bearings, looked_back: LookedBack | None) -> Iterator[Said]:
    """Someone who crossed in a green-lane vehicle turned out positive within the look-back after it.

    Sampled after the crossing, or sampled before it with the result still to come: who waited for a result
    when they were let through is the same case. What was known at the crossing is the officer's affair.
    """
    concerned = [one for one in people if one.status.positives]
    if not concerned or not at.facts.green_lane or not may_have_passed(at.counted):
        return
    for one in concerned:
        positive = next((found for found in one.status.positives if _in_look_back(found, at)), None)
        if positive is not None:
            yield _gl13(one, positive, at, looked_back or LookedBack())


def _in_look_back(positive: Matched, at: Bearings) -> bool:
    result, passed_at = positive.result, at.facts.occurred_at
    if result.sampled_at >= passed_at:
        return result.sampled_at - passed_at <= at.policy.look_back
    return timedelta(0) < result.resulted_at - passed_at <= at.policy.look_back


def _gl13_evidence(number: int, positive: Matched, at: Bearings) -> EvidenceItem:
    after = positive.result.sampled_at - at.facts.occurred_at
    if after >= timedelta(0):
        return EvidenceItem(code="POSITIVE_IN_LOOK_BACK", numbers={"occupant": number, "days": after.days})
    hours = -after // timedelta(hours=1)
    return EvidenceItem(code="POSITIVE_RESULT_CAME_LATER", numbers={"occupant": number, "hours": hours})


def _gl13(one: OnBoard, positive: Matched, at: Bearings, looked_back: LookedBack) -> Said:
    number = one.facts.occupant
    ref = person_ref(at.crossing, number)
    vehicle = at.crossing.vehicle_ref or str(at.facts.crossing_id)
    return _finding(
        at,
        Rule.GL13,
        crossings=(at.facts.crossing_id,),
        subject="person",
        subject_ref=ref,
        identified_by=ref or f"{at.facts.crossing_id}/{number}",
        cause_id=positive.result.result_id,
        incident=(Rule.GL13.value, vehicle, positive.result.result_id),
        finding_class=FindingClass.HEALTH,
        also_misuse=one.undeclared,
        severity=Severity.HIGH,
        weak=positive.weak,
        evidence=(_gl13_evidence(number, positive, at), *look_back.evidence_of(looked_back, at.facts)),
        also_rests_on=(positive.result.event_id, *look_back.rests_on(looked_back, at.facts)),
    )


def person_ref(crossing: KnownCrossing, occupant: int) -> str | None:
    """The surest ref of an occupant: a number before what is weak."""
    refs = crossing.person_refs(occupant)
    order = ("number", "old_number", "masked_number", "name_birth")
    return next((min(refs[kind]) for kind in order if kind in refs), None)


def local_day(at: datetime, policy: Policy) -> str:
    return at.astimezone(ZoneInfo(policy.time_zone)).date().isoformat()


def _subject_ref(found: Found, crossing: KnownCrossing) -> str | None:
    if found.subject == "pass":
        return min(crossing.refs_of(*PASS_KINDS), default=None)
    return crossing.vehicle_ref if found.subject == "vehicle" else None


def _finding(
    at: Bearings,
    code: Rule,
    *,
    crossings: tuple[UUID, ...],
    incident: tuple[object, ...],
    subject_ref: str | None,
    identified_by: str | None = None,
    cause_id: UUID | None = None,
    also_rests_on: tuple[UUID, ...] = (),
    private: dict[str, Any] | None = None,
    **fields: Any,
) -> Said:
    subject = identified_by or subject_ref or str(at.facts.crossing_id)
    id_ = finding_id(code.value, crossings, subject, cause_id)
    return said(
        Kind.FINDING,
        id_,
        at.facts.crossing_id,
        dated(
            {
                "event_id": id_,
                "occurred_at": at.at,
                "code": code.value,
                "incident_id": derived_id("incident", *incident),
                "crossings": sorted(crossings, key=str),
                "subject_ref": subject_ref,
                "cause_id": cause_id,
                "post_id": at.facts.post_id,
                "station_id": at.facts.station_id,
                "seen_at": at.facts.occurred_at,
                "direction": at.facts.direction,
                "vehicle_class": at.facts.vehicle_class,
                "outcome_at_post": at.counted.outcome,
                "lane": lane_used(at.facts),
                "policy_version": at.policy.version,
                "judge_version": JUDGE_VERSION,
                **fields,
            }
        ),
        rests_on=in_order((*at.base, *also_rests_on)),
        private=private,
    )
