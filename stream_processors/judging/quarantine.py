"""Who is handed to quarantine, and which crossing is called back. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from schemas.canonical import dated
from schemas.ids import derived_id, recall_id, referral_id
from schemas.policy.policy import Policy
from schemas.rules.codes import Note, TestStatus
from schemas.rules.conclusion import Conclusion, conclude, outcome_for
from schemas.rules.measures import measure_for
from schemas.words import Outcome
from stream_processors.judging.context import Context
from stream_processors.judging.counted import was_let_through
from stream_processors.judging.findings import Bearings, person_ref
from stream_processors.judging.people import OnBoard, without_weak
from stream_processors.judging.said import Kind, Said, in_order, said

RECALLED = frozenset({Outcome.REFER, Outcome.TURN_BACK, Outcome.HOLD})


def referrals(
    people: Mapping[int, OnBoard], conclusion: Conclusion, context: Context, at: Bearings
) -> Iterator[Said]:
    """One for each occupant whose verdict or decision is refer, and for each companion of a positive person.

    A weak match is one too, and waits in the queue for a person to confirm it, whatever the policy makes of it.
    """
    for number, one in people.items():
        because = _because(one, conclusion.occupants[number][0], context, at.policy)
        if because is None:
            continue
        weak = because == "verdict" and _only_weakly(one, at.policy)
        id_ = referral_id(at.facts.crossing_id, number)
        yield said(
            Kind.REFERRAL,
            id_,
            at.facts.crossing_id,
            dated(
                {
                    "event_id": id_,
                    "occurred_at": at.at,
                    "crossing_id": at.facts.crossing_id,
                    "occupant": number,
                    "because": because,
                    # In the clear: that it is health, or that they rode with somebody. No code of a test.
                    "reasons": (*_public(one, because), *(_matched_by(one) if weak else ())),
                    "weak": weak,
                    "post_id": at.facts.post_id,
                    "station_id": at.facts.station_id,
                    "passed_at": at.facts.occurred_at,
                    "let_through": was_let_through(at.counted),
                    "destination_commune": at.facts.destination_commune,
                    "group_id": derived_id("group", at.facts.crossing_id),
                    "person_ref": person_ref(at.crossing, number),
                    **_measure(one, at),
                }
            ),
            rests_on=in_order((*at.base, *(m.result.event_id for m in one.status.matched))),
        )


def _measure(one: OnBoard, at: Bearings) -> dict[str, Any]:
    """Absent where the matrix asks nothing: a bundle without one says what it always said."""
    measure = measure_for(at.facts, one.facts, at.policy)
    return {"measure": measure.model_dump(mode="json")} if measure else {}


def _public(one: OnBoard, because: str) -> tuple[str, ...]:
    if because == "decision":
        return ()
    return (Note.CONTACT_OF_POSITIVE.value if one.contact else Note.OCCUPANT_HEALTH.value,)


def _matched_by(one: OnBoard) -> tuple[str, ...]:
    """How weak the match is, said for whoever must confirm it."""
    weak = [found for found in one.status.positives if found.weak]
    if not weak:
        return ()
    by_name = all(found.by_name for found in weak)
    return ((Note.MATCHED_BY_NAME_AND_BIRTH if by_name else Note.MATCHED_BY_MASKED_NUMBER).value,)


def _because(one: OnBoard, outcome: Outcome, context: Context, policy: Policy) -> str | None:
    own = outcome_for(policy, _own(one)) if Note.CONTACT_OF_POSITIVE in one.codes else outcome
    if own is Outcome.REFER:
        return "verdict"
    if one.contact:
        return "companion"
    if outcome is Outcome.REFER:
        return "verdict"
    decided = context.decision
    if decided is not None and decided.for_occupant(one.facts.occupant) is Outcome.REFER:
        return "decision"
    return "verdict" if TestStatus.POSITIVE_WEAK in one.codes else None


def _own(one: OnBoard) -> tuple[str, ...]:
    return tuple(code for code in one.codes if code != Note.CONTACT_OF_POSITIVE.value)


def _only_weakly(one: OnBoard, policy: Policy) -> bool:
    return outcome_for(policy, without_weak(_own(one))) is not Outcome.REFER


def recall(
    people: Mapping[int, OnBoard], codes: list[str], conclusion: Conclusion, at: Bearings
) -> Iterator[Said]:
    """A crossing that was let through and is now seen as refer, turn back or hold. A weak match recalls nobody."""
    if not was_let_through(at.counted):
        return
    sure = conclusion
    if any(TestStatus.POSITIVE_WEAK in one.codes for one in people.values()):
        sure = conclude(at.policy, codes, {number: without_weak(one.codes) for number, one in people.items()})
    if sure.outcome not in RECALLED:
        return
    id_ = recall_id(at.facts.crossing_id)
    fields: dict[str, Any] = {
        "event_id": id_,
        "occurred_at": at.at,
        "crossing_id": at.facts.crossing_id,
        "post_id": at.facts.post_id,
        "station_id": at.facts.station_id,
        "passed_at": at.facts.occurred_at,
        "direction": at.facts.direction,
        "vehicle_class": at.facts.vehicle_class,
        "counted": at.counted.model_dump(mode="json"),
        "outcome_now": sure.outcome,
        "reasons": sure.public_reasons,
        "destination_commune": at.facts.destination_commune,
    }
    results = (m.result.event_id for one in people.values() for m in one.status.matched)
    yield said(Kind.RECALL, id_, at.facts.crossing_id, dated(fields), rests_on=in_order((*at.base, *results)))
