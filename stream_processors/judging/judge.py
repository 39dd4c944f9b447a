"""The judge: one crossing and the facts that bear on it in, everything in force about it out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import msgspec

from schemas.bounded import instant_text
from schemas.events.registry import NoticePublished, PolicyPublished
from schemas.events.verdict import DecisionCounted
from schemas.policy.policy import Policy
from schemas.rules.advice import crossing_codes
from schemas.rules.codes import Note, Rule
from schemas.rules.conclusion import Conclusion, conclude, could_not_check
from schemas.rules.facts import CrossingFacts
from schemas.rules.found import Found
from schemas.rules.green_lane import rules_of_one_crossing
from schemas.rules.inspection import exemptions, without_waived
from schemas.rules.placing import placed
from schemas.rules.validity import Validity, validity_of
from schemas.words import FactState, Outcome
from stream_processors.judging import findings
from stream_processors.judging.between_posts import FoundBetween, found_between
from stream_processors.judging.certificates_seen import certificates_seen, says_only_that_it_may_be_shared
from stream_processors.judging.context import Context, KnownCrossing
from stream_processors.judging.counted import as_of, decision_counted, may_have_passed
from stream_processors.judging.cross_check import known_negative, relevant_results
from stream_processors.judging.findings import Bearings
from stream_processors.judging.lane import lane_used
from stream_processors.judging.ordered import driver_changed_by_order
from stream_processors.judging.people import OnBoard, PositiveOnTrip, on_board, positive_on_trip
from stream_processors.judging.quarantine import recall, referrals
from stream_processors.judging.registered import not_registered, pass_fact_ids, with_registry
from stream_processors.judging.said import Judged, Kind, Said, in_order, said
from stream_processors.judging.same_pass import OtherPlate, on_another_plate
from stream_processors.judging.timers import wanted_timers
from stream_processors.judging.transit import Transit, TransitState, transit_of
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
        return Judged(_verdict(weighed, (), _unnoticed(weighed)), withdrawn_because="CROSSING_WITHDRAWN")
    if at.facts.practice:
        return Judged(_verdict(weighed, (), _unnoticed(weighed)), withdrawn_because="PRACTICE")
    raised = _findings(weighed)
    others = (
        *raised,
        *referrals(people, conclusion, weighed.context, at),
        *recall(people, list(weighed.codes), conclusion, at),
    )
    timers = wanted_timers(crossing, weighed.context, at.policy, weighed.transit)
    return Judged(_verdict(weighed, raised, weighed.validity), others, timers)


class Weighed(msgspec.Struct, frozen=True):
    """A crossing under one policy, before anything is said about it."""

    at: Bearings
    context: Context
    """With the results that bear on somebody on board, and no others."""
    notices: tuple[NoticePublished, ...]
    people: Mapping[int, OnBoard]
    found: tuple[Found, ...]
    also_rests_on: Mapping[Rule, tuple[UUID, ...]]
    """What a rule of ``found`` rests on beside this crossing."""
    pairs: tuple[TooFast, ...]
    other_plate: OtherPlate | None
    between: tuple[FoundBetween, ...]
    transit: Transit | None
    codes: tuple[str, ...]
    """Of the crossing as a whole."""
    conclusion: Conclusion
    validity: Validity | None


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
    if context.results:
        context = replace(context, results=relevant_results(crossing, context.results, policy))
    registry = context.registry
    notices = registry.published_notices
    place = registry.place_of(crossing.facts.post_id)
    facts = placed(
        registered or with_registry(crossing, context),
        policy,
        notices,
        place=place,
        areas=registry.areas,
        places=registry.places,
    )
    counted = decision_counted(crossing, context, policy)
    transit = transit_of(crossing, facts, context, policy) if may_have_passed(counted) else None
    on_trip = positive_on_trip(context)
    at = _bearings(crossing, facts, context, published, counted, transit, on_trip)
    people = on_board(crossing, facts, context, policy, on_trip=on_trip)
    validity = validity_of(facts, policy, notices)
    found, also_rests_on, known_at = _found(at, context, notices, people, validity)
    at = msgspec.structs.replace(at, at=max(at.at, known_at)) if known_at is not None else at
    pairs = _pairs(at, context)
    between = found_between(crossing, facts, context, policy)
    other_plate = _other_plate(at, context)
    weighing = [one for one in found if not says_only_that_it_may_be_shared(one)]
    codes = _codes(crossing_codes(facts, policy, notices, weighing, validity), pairs, other_plate)
    codes += dict.fromkeys(one.code.value for one in between)
    codes += [Rule.GL10.value] if transit is not None and transit.found else []
    conclusion = conclude(policy, codes, {number: one.codes for number, one in people.items()})
    return Weighed(
        at,
        context,
        notices,
        people,
        found,
        also_rests_on,
        pairs,
        other_plate,
        between,
        transit,
        tuple(codes),
        conclusion,
        validity,
    )


def _found(
    at: Bearings,
    context: Context,
    notices: tuple[NoticePublished, ...],
    people: Mapping[int, OnBoard],
    validity: Validity | None,
) -> tuple[tuple[Found, ...], Mapping[Rule, tuple[UUID, ...]], datetime | None]:
    """What one crossing shows, with what the register and other showings of its certificates add; what that
    rests on, and when it was known where that was later."""
    crossing, facts, policy = at.crossing, at.facts, at.policy
    tested = {
        number
        for number, one in people.items()
        if one.status.matched and known_negative(one.status, facts, policy)
    }
    changed = bool(context.neighbours) and driver_changed_by_order(crossing, context, policy)
    found = rules_of_one_crossing(
        facts,
        policy,
        notices,
        ahead=crossing.ahead,
        tested=tested,
        driver_changed=changed,
        validity=validity,
    )
    if facts.emergency:
        return found, {}, None
    if policy.registry_is_complete and not any(one.code is Rule.GL06 for one in found):
        kind = not_registered(crossing, facts, context)
        found = found if kind is None else (*found, findings.gl06_not_registered(kind))
    alone = next((one for one in found if one.code is Rule.GL14), None)
    seen = certificates_seen(crossing, context, policy, alone)
    if seen.found is None or not without_waived((Rule.GL14,), exemptions(facts, policy)):
        return found, {}, None
    found = (*(one for one in found if one is not alone), seen.found)
    return found, {Rule.GL14: seen.rests_on}, seen.known_at


def _raises(at: Bearings) -> bool:
    return at.crossing.state is not FactState.WITHDRAWN and not at.facts.practice and not at.facts.emergency


def _pairs(at: Bearings, context: Context) -> tuple[TooFast, ...]:
    """None for what raises nothing."""
    return too_fast(at.crossing, context.neighbours, at.policy) if context.neighbours and _raises(at) else ()


def _other_plate(at: Bearings, context: Context) -> OtherPlate | None:
    if not context.neighbours or not _raises(at):
        return None
    found = on_another_plate(at.crossing, context, at.policy)
    return found if found and without_waived((Rule.GL08,), exemptions(at.facts, at.policy)) else None


def _findings(weighed: Weighed) -> tuple[Said, ...]:
    at = weighed.at
    raised = [findings.of_one_crossing(one, at, weighed.also_rests_on.get(one.code, ())) for one in weighed.found]
    raised += [findings.gl07(pair, at) for pair in weighed.pairs]
    raised += [findings.gl08(weighed.other_plate, at)] if weighed.other_plate else []
    raised += [findings.between_posts(one, at) for one in weighed.between]
    raised += findings.gl10(weighed.transit, at)
    raised += findings.gl13(weighed.people.values(), at, weighed.context.looked_back)
    return tuple(raised)


def _codes(codes: list[str], pairs: tuple[TooFast, ...], other_plate: OtherPlate | None) -> list[str]:
    """Codes of the crossing. GL13 is of health: the person's own codes say it, in the box."""
    if pairs:
        codes.append(Rule.GL07.value)
    if other_plate:
        codes.append(Rule.GL08.value)
    return codes


def _bearings(
    crossing: KnownCrossing,
    facts: CrossingFacts,
    context: Context,
    published: PolicyPublished,
    counted: DecisionCounted,
    transit: Transit | None,
    on_trip: PositiveOnTrip | None,
) -> Bearings:
    decided = (context.decision.event_id,) if context.decision else ()
    of_trip = on_trip.rests_on if on_trip is not None else ()
    base = (crossing.event_id, published.event_id, *decided, *pass_fact_ids(crossing, context), *of_trip)
    overdue = (transit.deadline,) if transit is not None and transit.state is TransitState.OVERDUE else ()
    known = (on_trip.known_at,) if on_trip is not None else ()
    at = as_of(crossing, context, published.policy, *overdue, *known)
    return Bearings(crossing, facts, published.policy, counted, base, at)


def _unnoticed(weighed: Weighed) -> Validity | None:
    """Of what raises nothing: without the notices."""
    return validity_of(weighed.at.facts, weighed.at.policy, ())


def _verdict(weighed: Weighed, raised: tuple[Said, ...], validity: Validity | None) -> Said:
    at, conclusion = weighed.at, weighed.conclusion
    rests_on = [*at.base]
    for one in raised:
        rests_on += one.rests_on
    rests_on += [result.event_id for result in weighed.context.results]
    return _verdict_said(
        at.crossing,
        at.counted,
        {
            "occurred_at": instant_text(at.at),
            "outcome": conclusion.outcome,
            "binding": conclusion.binding,
            "reasons": conclusion.public_reasons,
            "occupants": [
                {"occupant": number, "outcome": outcome} for number, (outcome, _) in conclusion.occupants.items()
            ],
            "rules": _rules(conclusion, at.policy),
            "findings": sorted([str(one.id) for one in raised]),
            "lane": lane_used(at.facts),
            "policy_id": at.policy.policy_id,
            "policy_version": at.policy.version,
            "valid_until": instant_text(validity.until) if validity else None,
            "valid_by": validity.code if validity else None,
            "valid_by_occupant": validity.occupant if validity else None,
        },
        rests_on,
        _health(conclusion),
        marks=[mark] if weighed.transit is not None and (mark := weighed.transit.mark) else [],
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
    rests_on: Iterable[UUID],
    health: Mapping[str, object],
    *,
    marks: Sequence[str] = (),
) -> Said:
    facts, id_ = crossing.facts, crossing.facts.crossing_id
    ordered = in_order(rests_on)
    common = {
        "event_id": id_,
        "crossing_id": id_,
        "crossing_revision": facts.revision,
        "confidences": [reading.confidence for reading in facts.readings],
        "station_id": facts.station_id,
        "post_id": facts.post_id,
        "judge_version": JUDGE_VERSION,
        "counted": dict(counted),
        "facts": ordered,
        "marks": [*_marks(crossing), *marks],
        "state": crossing.state,
    }
    return said(Kind.VERDICT, id_, id_, {**common, **fields}, rests_on=ordered, private=health)


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
            "occurred_at": instant_text(as_of(crossing, context)),
            "outcome": conclusion.outcome,
            "binding": conclusion.binding,
            "reasons": conclusion.public_reasons,
            "policy_id": "none",
            "policy_version": 1,
        },
        (crossing.event_id, *((decided.event_id,) if decided else ())),
        {},
    )
