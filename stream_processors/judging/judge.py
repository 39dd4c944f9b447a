"""The judge: one crossing and the facts that bear on it in, everything in force about it out. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from schemas.events.registry import NoticePublished, PolicyPublished
from schemas.events.verdict import DecisionCounted
from schemas.policy.policy import Policy
from schemas.rules.advice import crossing_codes
from schemas.rules.codes import Note, Rule
from schemas.rules.conclusion import Conclusion, conclude, could_not_check
from schemas.rules.facts import CrossingFacts
from schemas.rules.found import Found
from schemas.rules.green_lane import rules_of_one_crossing
from schemas.rules.placing import placed
from schemas.rules.validity import validity_of
from schemas.words import FactState, Outcome
from stream_processors.judging import findings
from stream_processors.judging.context import Context, KnownCrossing
from stream_processors.judging.counted import as_of, decision_counted
from stream_processors.judging.cross_check import relevant_results
from stream_processors.judging.findings import Bearings
from stream_processors.judging.people import OnBoard, on_board
from stream_processors.judging.quarantine import recall, referrals
from stream_processors.judging.registered import not_registered, pass_fact_ids, with_registry
from stream_processors.judging.said import Judged, Kind, Said, said
from stream_processors.judging.two_posts import TooFast, too_fast
from stream_processors.judging.version import JUDGE_VERSION


def judge(crossing: KnownCrossing, context: Context) -> Judged:
    """Same values, same bytes. Practice is judged and raises nothing; what was withdrawn raises nothing either."""
    published = context.registry.policy_for(crossing.facts)
    if published is None:
        return Judged(_unjudged(crossing, context), withdrawn_because="POLICY_NONE_IN_FORCE")
    weighed = weigh(crossing, context, published)
    at, people, conclusion = weighed.at, weighed.people, weighed.conclusion
    if crossing.state is FactState.WITHDRAWN:
        return Judged(_verdict(weighed, (), notices=()), withdrawn_because="CROSSING_WITHDRAWN")
    if at.facts.practice:
        return Judged(_verdict(weighed, (), notices=()), withdrawn_because="PRACTICE")
    raised = _findings(weighed)
    others = (
        *raised,
        *referrals(people, conclusion, weighed.context, at),
        *recall(people, list(weighed.codes), at),
    )
    return Judged(_verdict(weighed, raised, notices=weighed.notices), others)


@dataclass(frozen=True)
class Weighed:
    """A crossing under one policy, before anything is said about it."""

    at: Bearings
    context: Context
    """With the results that bear on somebody on board, and no others."""
    notices: tuple[NoticePublished, ...]
    people: Mapping[int, OnBoard]
    found: tuple[Found, ...]
    pairs: tuple[TooFast, ...]
    codes: tuple[str, ...]
    """Of the crossing as a whole."""
    conclusion: Conclusion


def weigh(
    crossing: KnownCrossing,
    context: Context,
    published: PolicyPublished,
    *,
    registered: CrossingFacts | None = None,
) -> Weighed:
    """All that decides, and no statement: what-if asks for no more than this.

    ``registered`` is ``with_registry(crossing, context)`` where the caller has it: no policy bears on that.
    """
    policy = published.policy
    context = replace(context, results=relevant_results(crossing, context.results, policy))
    registry = context.registry
    notices = tuple(known.published for known in registry.notices)
    place = registry.place_of(crossing.facts.post_id)
    facts = placed(
        registered or with_registry(crossing, context),
        policy,
        notices,
        place=place,
        areas=registry.areas,
        places=registry.places,
    )
    at = _bearings(crossing, facts, context, published)
    people = on_board(crossing, facts, context, policy)
    found = _found(crossing, facts, context, policy, notices)
    pairs = _pairs(at, context)
    codes = _codes(facts, policy, notices, found, pairs)
    conclusion = conclude(policy, codes, {number: one.codes for number, one in people.items()})
    return Weighed(at, context, notices, people, found, pairs, tuple(codes), conclusion)


def _found(
    crossing: KnownCrossing,
    facts: CrossingFacts,
    context: Context,
    policy: Policy,
    notices: tuple[NoticePublished, ...],
) -> tuple[Found, ...]:
    found = rules_of_one_crossing(facts, policy, notices)
    if facts.emergency or not policy.registry_is_complete or any(one.code is Rule.GL06 for one in found):
        return found
    kind = not_registered(crossing, facts, context)
    return found if kind is None else (*found, findings.gl06_not_registered(kind))


def _pairs(at: Bearings, context: Context) -> tuple[TooFast, ...]:
    """None for what raises nothing."""
    if at.crossing.state is FactState.WITHDRAWN or at.facts.practice or at.facts.emergency:
        return ()
    return too_fast(at.crossing, context.neighbours, at.policy)


def _findings(weighed: Weighed) -> tuple[Said, ...]:
    at = weighed.at
    return (
        *(findings.of_one_crossing(one, at) for one in weighed.found),
        *(findings.gl07(pair, at) for pair in weighed.pairs),
        *findings.gl13(weighed.people.values(), at),
    )


def _codes(
    facts: CrossingFacts,
    policy: Policy,
    notices: tuple[NoticePublished, ...],
    found: tuple[Found, ...],
    pairs: tuple[TooFast, ...],
) -> list[str]:
    """Codes of the crossing. GL13 is of health: the person's own codes say it, in the box."""
    codes = crossing_codes(facts, policy, notices, found)
    if pairs:
        codes.append(Rule.GL07.value)
    return codes


def _bearings(
    crossing: KnownCrossing, facts: CrossingFacts, context: Context, published: PolicyPublished
) -> Bearings:
    decided = (context.decision.event_id,) if context.decision else ()
    base = (crossing.event_id, published.event_id, *decided, *pass_fact_ids(crossing, context))
    counted = decision_counted(crossing, context, published.policy)
    return Bearings(crossing, facts, published.policy, counted, base, as_of(crossing, context))


def _verdict(weighed: Weighed, raised: tuple[Said, ...], *, notices: tuple[NoticePublished, ...]) -> Said:
    at, conclusion = weighed.at, weighed.conclusion
    validity = validity_of(at.facts, at.policy, notices)
    raised_on = {fact for one in raised for fact in one.rests_on}
    rests_on = (*at.base, *raised_on, *(result.event_id for result in weighed.context.results))
    return _verdict_said(
        at.crossing,
        at.counted,
        {
            "occurred_at": at.at,
            "outcome": conclusion.outcome,
            "binding": conclusion.binding,
            "reasons": conclusion.public_reasons,
            "occupants": [
                {"occupant": number, "outcome": outcome} for number, (outcome, _) in conclusion.occupants.items()
            ],
            "rules": _rules(conclusion, at.policy),
            "findings": sorted(one.id for one in raised),
            "policy_id": at.policy.policy_id,
            "policy_version": at.policy.version,
            "valid_until": validity.until if validity else None,
            "valid_by": validity.code if validity else None,
            "valid_by_occupant": validity.occupant if validity else None,
        },
        rests_on,
        _health(conclusion),
    )


def _rules(conclusion: Conclusion, policy: Policy) -> list[dict[str, object]]:
    """The codes that bear on the outcome, each with the document that says so."""
    rules: list[dict[str, object]] = []
    for code in conclusion.reasons:
        outcome = policy.outcome_of(code)
        if outcome is not None:
            sentence = policy.sentence_of(code)
            document = (sentence.document if sentence else None) or policy.document
            rules.append({"code": code, "outcome": outcome, "document": document})
    return rules


def _health(conclusion: Conclusion) -> dict[str, object]:
    """Reasons of the occupants who are not plainly let through: for the station's own key."""
    concerned = [
        {"occupant": number, "outcome": outcome, "reasons": reasons}
        for number, (outcome, reasons) in conclusion.occupants.items()
        if outcome is not Outcome.LET_THROUGH
    ]
    return {"occupants": concerned} if concerned else {}


def _verdict_said(
    crossing: KnownCrossing,
    counted: DecisionCounted,
    fields: Mapping[str, object],
    rests_on: tuple[UUID, ...],
    health: Mapping[str, object],
) -> Said:
    facts = crossing.facts
    common = {
        "event_id": facts.crossing_id,
        "crossing_id": facts.crossing_id,
        "crossing_revision": facts.revision,
        "confidences": [reading.confidence for reading in facts.readings],
        "station_id": facts.station_id,
        "post_id": facts.post_id,
        "judge_version": JUDGE_VERSION,
        "counted": counted.model_dump(mode="json"),
        "facts": sorted(set(rests_on)),
        "marks": _marks(crossing),
        "state": crossing.state,
    }
    return said(
        Kind.VERDICT, facts.crossing_id, facts.crossing_id, {**common, **fields}, rests_on=rests_on, private=health
    )


def _marks(crossing: KnownCrossing) -> list[str]:
    return [
        *(["CLOCK_DOUBTED"] if crossing.doubted else []),
        *(["FROM_PAPER"] if crossing.facts.from_paper else []),
    ]


def _unjudged(crossing: KnownCrossing, context: Context) -> Said:
    """No policy was in force: said as it is, and judged again when one comes that covers this time."""
    conclusion = could_not_check(Note.POLICY_NONE_IN_FORCE)
    decided = context.decision
    return _verdict_said(
        crossing,
        DecisionCounted(outcome=decided.outcome if decided else None),
        {
            "occurred_at": as_of(crossing, context),
            "outcome": conclusion.outcome,
            "binding": conclusion.binding,
            "reasons": conclusion.public_reasons,
            "policy_id": "none",
            "policy_version": 1,
        },
        (crossing.event_id, *((decided.event_id,) if decided else ())),
        {},
    )
