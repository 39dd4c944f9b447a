"""GL14 beside the register and earlier crossings: one certificate, other dates or other people. Pure.

All earlier crossings count, whatever was decided about them: the paper was there. A signed certificate is held
against nothing here, since nobody could edit it; one that the laboratory corrected may differ from before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from schemas.events.verdict import EvidenceItem
from schemas.passes.kinds import Confidence, ReadingStatus
from schemas.policy.policy import Policy
from schemas.rules.certificates import dates_differ, joined, sampled_unlike, times_differ
from schemas.rules.certificates import gl14_found as found_of
from schemas.rules.facts import OccupantFacts, TestFacts
from schemas.rules.found import Found
from schemas.words import TestBasis, TestStanding
from stream_processors.judging.context import (
    CERTIFICATE,
    IDENTIFYING_PERSON,
    Context,
    CrossingRef,
    KnownCrossing,
    KnownResult,
    Neighbour,
)


@dataclass(frozen=True)
class Held:
    """A test that an occupant showed, with the ref of its certificate and the refs of the person."""

    occupant: int
    test: TestFacts
    ref: str
    persons: Mapping[str, frozenset[str]] = field(default_factory=dict)


def certificates_seen(
    crossing: KnownCrossing, context: Context, policy: Policy, alone: Found | None
) -> tuple[Found | None, tuple[UUID, ...]]:
    """GL14 of the crossing with ``alone``, what it shows by itself; and the facts that it rests on beside."""
    evidence: list[EvidenceItem] = []
    rests_on: list[UUID] = []
    for held in _held(crossing.facts.occupants, crossing.refs):
        if held.test.confidence is Confidence.SIGNED or held.test.status is ReadingStatus.REJECTED:
            continue
        known = [one for one in context.results if one.certificate_ref == held.ref and one.stands]
        if any(one.standing is TestStanding.CORRECTED for one in known):
            continue
        for item, fact in (*_registered(held, known, policy), *_earlier(held, crossing, context, policy)):
            evidence.append(item)
            rests_on.append(fact)
    return joined((alone, found_of(tuple(evidence)) if evidence else None)), tuple(rests_on)


def _held(occupants: Iterable[OccupantFacts], refs: Iterable[CrossingRef]) -> Iterator[Held]:
    """Where one code holds several certificates, which of them a test is of cannot be told."""
    refs = tuple(refs)
    for one in occupants:
        for test in one.tests:
            certificates = {ref.ref for ref in refs if ref.kind == CERTIFICATE and ref.reading == test.reading}
            if len(certificates) == 1:
                yield Held(one.occupant, test, certificates.pop(), _numbers(refs, one.occupant))


def _numbers(refs: Iterable[CrossingRef], occupant: int) -> dict[str, frozenset[str]]:
    by_kind: dict[str, set[str]] = {}
    for one in refs:
        if one.occupant == occupant and one.kind in IDENTIFYING_PERSON:
            by_kind.setdefault(one.kind, set()).add(one.ref)
    return {kind: frozenset(found) for kind, found in by_kind.items()}


def _registered(held: Held, known: Iterable[KnownResult], policy: Policy) -> Iterator[tuple[EvidenceItem, UUID]]:
    for result in known:
        shown, registered = held.test.sampled_at, result.sampled_at
        if shown is not None and times_differ(shown, registered, policy):
            instants = {"shown": shown, "registered": registered}
            yield _item("CERTIFICATE_DATE_NOT_REGISTERED", held, instants=instants), result.event_id
        if result.basis is TestBasis.INDIVIDUAL and len(result.persons) == 1:
            theirs = {kind: frozenset({ref}) for kind, ref in result.persons[0].refs.items()}
            if _surely_unlike(held.persons, theirs):
                yield _item("CERTIFICATE_OF_ANOTHER_IN_REGISTER", held), result.event_id


def _surely_unlike(one: Mapping[str, frozenset[str]], other: Mapping[str, frozenset[str]]) -> bool:
    """Both have a number of one kind, and no number agrees."""
    common = [kind for kind in IDENTIFYING_PERSON if kind in one and kind in other]
    return bool(common) and not any(one[kind] & other[kind] for kind in common)


def _surely_alike(one: Mapping[str, frozenset[str]], other: Mapping[str, frozenset[str]]) -> bool:
    return any(refs & other.get(kind, frozenset()) for kind, refs in one.items())


def _earlier(
    held: Held, crossing: KnownCrossing, context: Context, policy: Policy
) -> Iterator[tuple[EvidenceItem, UUID]]:
    """The nearest earlier showing that differs is enough."""
    within = policy.between_posts.same_code_within
    if within is None:
        return
    here = (crossing.facts.occurred_at, crossing.facts.crossing_id)
    earlier = [
        one
        for one in context.neighbours
        if one.place_in_time < here and crossing.facts.occurred_at - one.at <= within and one.shares(CERTIFICATE)
    ]
    for one in sorted(earlier, key=lambda one: one.place_in_time, reverse=True):
        item = next(_unlike(held, one, policy), None)
        if item is not None:
            yield item, one.event_id
            return


def _unlike(held: Held, earlier: Neighbour, policy: Policy) -> Iterator[EvidenceItem]:
    for other in _held(earlier.occupants, earlier.refs):
        if other.ref != held.ref or other.test.status is ReadingStatus.REJECTED:
            continue
        if _is_one_certificate(held, other) and sampled_unlike(held.test, other.test, policy):
            yield dates_differ(held.occupant, held.test.sampled_at, other.test.sampled_at)
        elif _is_of_one_person(other.test) and _surely_unlike(held.persons, other.persons):
            words, instants = {"first": earlier.post_id}, {"first-at": earlier.at}
            yield _item("CERTIFICATE_SHOWN_BY_ANOTHER", held, words=words, instants=instants)


def _is_one_certificate(one: Held, other: Held) -> bool:
    """Numbers of papers come back from one laboratory to the next; the number of a signed certificate does not."""
    if Confidence.SIGNED in (one.test.confidence, other.test.confidence):
        return True
    issuers = {(held.test.issuer or "").strip().casefold() for held in (one, other)}
    return (len(issuers) == 1 and "" not in issuers) or _surely_alike(one.persons, other.persons)


def _is_of_one_person(test: TestFacts) -> bool:
    """As its signature says. Of a paper nobody knows whether it covers a household."""
    return test.confidence is Confidence.SIGNED and test.basis is TestBasis.INDIVIDUAL


def _item(code: str, held: Held, **facts: object) -> EvidenceItem:
    return EvidenceItem.model_validate({"code": code, "numbers": {"occupant": held.occupant}, **facts})
