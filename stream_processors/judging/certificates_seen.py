"""GL14 beside the register and other crossings: one certificate, other dates or other people. Pure.

All crossings count, whatever was decided about them: the paper was there. Nobody can edit a signed certificate:
it is held against nothing here, and against every paper of its number, whichever of the two was shown first. Of
two papers the later one is asked about. What the laboratory corrected may differ from before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from schemas.events.verdict import EvidenceItem
from schemas.passes.kinds import Confidence, ReadingStatus
from schemas.policy.policy import Policy
from schemas.rules.certificates import dates_differ, joined, sampled_unlike, times_differ
from schemas.rules.certificates import gl14_found as found_of
from schemas.rules.codes import Rule
from schemas.rules.facts import OccupantFacts, TestFacts
from schemas.rules.found import Found
from schemas.words import TestBasis, TestStanding
from stream_processors.judging.context import (
    CERTIFICATE,
    IDENTIFYING_PERSON,
    TRIP,
    VEHICLE,
    Context,
    CrossingRef,
    KnownCrossing,
    KnownResult,
    Neighbour,
    PersonMatch,
)


class Held(msgspec.Struct, frozen=True):
    """A test that an occupant showed, with the ref of its certificate and the refs of the person."""

    occupant: int
    test: TestFacts
    ref: str
    persons: Mapping[str, frozenset[str]] = msgspec.field(default_factory=dict)


class Showing(msgspec.Struct, frozen=True):
    """The certificate of ``held`` at another crossing."""

    crossing: Neighbour
    held: Held
    earlier: bool

    @property
    def signed(self) -> bool:
        return self.held.test.confidence is Confidence.SIGNED


class CertificatesSeen(msgspec.Struct, frozen=True):
    found: Found | None = None
    rests_on: tuple[UUID, ...] = ()
    known_at: datetime | None = None
    """When the last of it was known, where that was after the crossing."""


def certificates_seen(
    crossing: KnownCrossing, context: Context, policy: Policy, alone: Found | None
) -> CertificatesSeen:
    """GL14 of the crossing with ``alone``, what it shows by itself; and the facts that it rests on beside."""
    by_register: list[EvidenceItem] = []
    shown: list[EvidenceItem] = []
    explained: list[EvidenceItem] = []
    rests_on: list[UUID] = []
    later: list[datetime] = []
    for held in _held(crossing.facts.occupants, crossing.refs, signed=False):
        known = [one for one in context.results if one.certificate_ref == held.ref and one.stands]
        if any(one.standing is TestStanding.CORRECTED for one in known):
            continue
        for item, fact in _registered(held, known, policy):
            by_register.append(item)
            rests_on.append(fact)
        showings = _showings(held, crossing, context, policy)
        unlike = _unlike(held, showings, policy)
        if unlike is not None:
            item, showing = unlike
            shown.append(item)
        elif not known and (other := _shared_paper(held, showings, crossing, context)) is not None:
            showing = other
            explained.append(_shown_by_another("PAPER_NUMBER_ALSO_SHOWN_BY_ANOTHER", held, other))
        else:
            continue
        rests_on.append(showing.crossing.event_id)
        later += [] if showing.earlier else [showing.crossing.at]
    if alone is None and not rests_on:
        return CertificatesSeen()
    evidence = (*by_register, *shown)
    found = joined(
        (
            alone,
            found_of(evidence) if evidence else None,
            found_of(tuple(explained), weak=True) if explained else None,
        )
    )
    return CertificatesSeen(found, tuple(rests_on), max(later, default=None))


def says_only_that_it_may_be_shared(found: Found) -> bool:
    """Families and workplaces share a paper lawfully: it is said, for whoever looks at the paper, and decides
    nothing."""
    return found.code is Rule.GL14 and all(
        one.code == "PAPER_NUMBER_ALSO_SHOWN_BY_ANOTHER" for one in found.evidence
    )


def _held(
    occupants: Iterable[OccupantFacts], refs: Sequence[CrossingRef], *, signed: bool = True
) -> Iterator[Held]:
    """Of what was not rejected. Where one code holds several certificates, which of them a test is of cannot be
    told."""
    for one in occupants:
        for test in one.tests:
            if test.status is ReadingStatus.REJECTED or (test.confidence is Confidence.SIGNED and not signed):
                continue
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
        if _names_everyone(result) and all(_surely_unlike(held.persons, _refs(one)) for one in result.persons):
            alone = result.basis is TestBasis.INDIVIDUAL
            code = "CERTIFICATE_OF_ANOTHER_IN_REGISTER" if alone else "NOT_OF_THE_GROUP_IN_REGISTER"
            yield _item(code, held), result.event_id


def _names_everyone(result: KnownResult) -> bool:
    """Whom the certificate covers, and nobody is left out. A laboratory that names but the person it sampled for
    a household says nothing about the others."""
    if result.basis is TestBasis.INDIVIDUAL:
        return len(result.persons) == 1
    if result.basis is TestBasis.REPRESENTATIVE:
        return any(one.covered for one in result.persons)
    return len(result.persons) > 1


def _refs(person: PersonMatch) -> dict[str, frozenset[str]]:
    return {kind: frozenset({ref}) for kind, ref in person.refs.items()}


def _surely_unlike(one: Mapping[str, frozenset[str]], other: Mapping[str, frozenset[str]]) -> bool:
    """Both have a number of one kind, and no number agrees."""
    common = [kind for kind in IDENTIFYING_PERSON if kind in one and kind in other]
    return bool(common) and not any(one[kind] & other[kind] for kind in common)


def _surely_alike(one: Mapping[str, frozenset[str]], other: Mapping[str, frozenset[str]]) -> bool:
    return any(refs & other.get(kind, frozenset()) for kind, refs in one.items())


def _showings(held: Held, crossing: KnownCrossing, context: Context, policy: Policy) -> list[Showing]:
    """Of the same certificate within the policy's time: the earlier ones before the later, the nearest first."""
    within = policy.between_posts.same_code_within
    if within is None:
        return []
    at = crossing.facts.occurred_at
    here = (at, crossing.facts.crossing_id)
    others = [one for one in context.neighbours if one.shares(CERTIFICATE) and abs(one.at - at) <= within]
    ordered = sorted(others, key=lambda one: one.place_in_time)
    earlier = [one for one in reversed(ordered) if one.place_in_time < here]
    later = [one for one in ordered if one.place_in_time > here]
    return [
        Showing(one, other, one.place_in_time < here)
        for one in (*earlier, *later)
        for other in _held(one.occupants, one.refs)
        if other.ref == held.ref
    ]


def _unlike(held: Held, showings: Sequence[Showing], policy: Policy) -> tuple[EvidenceItem, Showing] | None:
    """The nearest showing that differs is enough. What a signed certificate bears out is not held against."""
    signed = [one for one in showings if one.signed]
    dated = any(_of_one_day(held.test, one.held.test, policy) for one in signed)
    own = any(_surely_alike(held.persons, one.held.persons) for one in signed)
    for other in showings:
        if not other.earlier and not other.signed:
            continue
        same = _is_one_certificate(held, other.held)
        if same and not dated and sampled_unlike(held.test, other.held.test, policy):
            return dates_differ(held.occupant, held.test.sampled_at, other.held.test.sampled_at), other
        if not own and _is_of_one_person(other.held.test) and _surely_unlike(held.persons, other.held.persons):
            return _shown_by_another("CERTIFICATE_SHOWN_BY_ANOTHER", held, other), other
    return None


def _of_one_day(one: TestFacts, other: TestFacts, policy: Policy) -> bool:
    if one.sampled_at is None or other.sampled_at is None:
        return False
    return not times_differ(one.sampled_at, other.sampled_at, policy)


def _shared_paper(
    held: Held, showings: Sequence[Showing], crossing: KnownCrossing, context: Context
) -> Showing | None:
    """One laboratory's paper in the hands of two people of whom nothing says that they belong together.

    A signed certificate of the number says whom it covers, and the register too: then nothing is left to ask.
    """
    if any(one.signed for one in showings):
        return None
    return next(
        (
            other
            for other in showings
            if other.earlier
            and _of_one_laboratory(held, other.held)
            and _surely_unlike(held.persons, other.held.persons)
            and not _belong_together(held, other, crossing, context)
        ),
        None,
    )


def _belong_together(held: Held, other: Showing, crossing: KnownCrossing, context: Context) -> bool:
    """One vehicle, boat or convoy; or one of the crossings here has them both aboard."""
    if crossing.refs_of(VEHICLE, TRIP) & other.crossing.refs_of(VEHICLE, TRIP):
        return True
    if crossing.facts.group_id is not None and crossing.facts.group_id == other.crossing.group_id:
        return True
    mine, theirs = _all(held.persons), _all(other.held.persons)
    aboard = [crossing.refs, *(one.refs for one in context.neighbours)]
    return any(mine & shown and theirs & shown for refs in aboard for shown in [{one.ref for one in refs}])


def _all(persons: Mapping[str, frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*persons.values())


def _is_one_certificate(one: Held, other: Held) -> bool:
    """Numbers of papers come back from one laboratory to the next; the number of a signed certificate does not."""
    if Confidence.SIGNED in (one.test.confidence, other.test.confidence):
        return True
    return _of_one_laboratory(one, other) or _surely_alike(one.persons, other.persons)


def _of_one_laboratory(one: Held, other: Held) -> bool:
    issuers = {(held.test.issuer or "").strip().casefold() for held in (one, other)}
    return len(issuers) == 1 and "" not in issuers


def _is_of_one_person(test: TestFacts) -> bool:
    """As its signature says. Of a paper nobody knows whether it covers a household."""
    return test.confidence is Confidence.SIGNED and test.basis is TestBasis.INDIVIDUAL


def _shown_by_another(code: str, held: Held, other: Showing) -> EvidenceItem:
    words, instants = {"first": other.crossing.post_id}, {"first-at": other.crossing.at}
    return _item(code, held, words=words, instants=instants)


def _item(code: str, held: Held, **facts: object) -> EvidenceItem:
    return EvidenceItem.model_validate({"code": code, "numbers": {"occupant": held.occupant}, **facts})
