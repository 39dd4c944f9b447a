"""The cross-check: what an occupant's pass claims beside what the register knows of them. Pure.

A number identifies. A name with a birth date is weak, and no match at all when both sides show numbers and
they differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from schemas.passes.kinds import Confidence, ReadingStatus
from schemas.policy.policy import Policy
from schemas.rules.codes import TestStatus
from schemas.rules.facts import CrossingFacts, OccupantFacts
from schemas.words import IDENTIFYING, RefKind, TestBasis, TestOutcome
from stream_processors.judging.context import CERTIFICATE, KnownCrossing, KnownResult, PersonMatch


class Matched(msgspec.Struct, frozen=True):
    """A result that is this occupant's, or may be."""

    result: KnownResult
    weak: bool
    covered: bool
    by_name: bool = False
    """A weak match by name and birth date; by the masked number otherwise."""


class OccupantStatus(msgspec.Struct, frozen=True):
    codes: tuple[TestStatus, ...]
    positives: tuple[Matched, ...] = ()
    """Every positive sample that counts: identifying before weak, the earliest first."""
    matched: tuple[Matched, ...] = ()


_NOTHING_TO_SAY = OccupantStatus(())
_NOT_BORNE_OUT = OccupantStatus((TestStatus.NOTHING_KNOWN,))


def registry_status(
    crossing: KnownCrossing, occupant: OccupantFacts, results: Sequence[KnownResult], policy: Policy
) -> OccupantStatus:
    """Codes of what the register says, beside the code of what was shown."""
    if not results:  # as of nearly everybody
        return _NOT_BORNE_OUT if _rests_on_text(occupant) else _NOTHING_TO_SAY
    known = sorted(results, key=lambda one: (one.sampled_at, one.result_id))
    matched = tuple(m for one in known if (m := matched_to(crossing, occupant.occupant, one)) is not None)
    standing = [one for one in matched if one.result.stands and _in_window(one.result, crossing, policy)]
    positives = [one for one in standing if _is_positive(one)]
    codes = _positive_codes(positives, occupant, crossing.facts.occurred_at)
    if _pool_open(standing):
        codes.append(TestStatus.POOL_POSITIVE)
    if _pending(standing):
        codes.append(TestStatus.RESULT_PENDING)
    codes += _certificate_codes(crossing, occupant, known)
    if not matched and _rests_on_text(occupant):
        codes.append(TestStatus.NOTHING_KNOWN)
    ordered = tuple(sorted(positives, key=lambda one: one.weak))
    return OccupantStatus(tuple(dict.fromkeys(codes)), ordered, matched)


def relevant_results(
    crossing: KnownCrossing, results: Iterable[KnownResult], policy: Policy
) -> tuple[KnownResult, ...]:
    """Those that bear on anybody on board. Whoever asks the store may give more, and gets the same verdict."""
    certificates = crossing.refs_of(CERTIFICATE)
    return tuple(
        one
        for one in sorted(results, key=lambda one: (one.sampled_at, one.result_id))
        if one.certificate_ref in certificates
        or (
            _in_window(one, crossing, policy)
            and any(matched_to(crossing, o.occupant, one) is not None for o in crossing.facts.occupants)
        )
    )


def known_negative(status: OccupantStatus, facts: CrossingFacts, policy: Policy) -> bool:
    """The register holds a negative test of theirs, surely theirs, that this policy would take at the crossing."""
    return any(
        one.result.stands
        and not one.weak
        and one.result.outcome is TestOutcome.NEGATIVE
        and one.result.resulted_at <= facts.occurred_at
        and (until := counts_until(one.result, policy)) is not None
        and facts.occurred_at < until
        for one in status.matched
    )


def counts_until(result: KnownResult, policy: Policy) -> datetime | None:
    for validity in policy.tests:
        if validity.kind is result.kind and result.basis in validity.basis:
            start = result.sampled_at if validity.counted_from == "sample" else result.resulted_at
            return start + validity.lasts
    return None


def matched_to(crossing: KnownCrossing, occupant: int, result: KnownResult) -> Matched | None:
    """How ``result`` is of this occupant, or None when it is not."""
    if result.crossing_id == crossing.facts.crossing_id and result.occupant is not None:
        if result.occupant == occupant:
            return Matched(result, weak=False, covered=False)
        return None  # the post says whose it is; a name beside it does not weigh against that
    refs = crossing.person_refs(occupant)
    strengths = [
        (weak, weak and not _masked_agrees(refs, person), person.covered)
        for person in result.persons
        if (weak := _is_weak(refs, person)) is not None
    ]
    if not strengths:
        return None
    weak, by_name, covered = min(strengths)
    return Matched(result, weak, covered, by_name)


def _is_weak(refs: Mapping[str, frozenset[str]], person: PersonMatch) -> bool | None:
    """False when a number agrees, True when only a name or masked number does, None when it is another person."""
    identifying = [kind.value for kind in IDENTIFYING if kind.value in person.refs and kind.value in refs]
    if any(person.refs[kind] in refs[kind] for kind in identifying):
        return False
    if identifying:
        return None
    return True if any(ref in refs.get(kind, ()) for kind, ref in person.refs.items()) else None


def _masked_agrees(refs: Mapping[str, frozenset[str]], person: PersonMatch) -> bool:
    kind = RefKind.MASKED_NUMBER.value
    return person.refs.get(kind) in refs.get(kind, ())


def _in_window(result: KnownResult, crossing: KnownCrossing, policy: Policy) -> bool:
    at = crossing.facts.occurred_at
    return at - policy.positive_counts <= result.sampled_at <= at + policy.look_back


def _is_positive(one: Matched) -> bool:
    """A pool's, and a group's for those who were only covered, says "to be tested alone" and no more."""
    alone = one.result.basis is TestBasis.INDIVIDUAL or (
        one.result.basis is TestBasis.REPRESENTATIVE and not one.covered
    )
    return one.result.outcome is TestOutcome.POSITIVE and alone


def _positive_codes(positives: list[Matched], occupant: OccupantFacts, at: datetime) -> list[TestStatus]:
    sure = [one for one in positives if not one.weak]
    codes = []
    if any(one.result.sampled_at <= at for one in sure):
        codes.append(TestStatus.KNOWN_POSITIVE)
    elif sure:
        codes.append(TestStatus.POSITIVE_AFTER)
    if any(_since_shown(one, occupant) for one in sure):
        codes.append(TestStatus.POSITIVE_SINCE_PASS)
    if positives and not sure:
        codes.append(TestStatus.POSITIVE_WEAK)
    return codes


def _since_shown(one: Matched, occupant: OccupantFacts) -> bool:
    """The pass was true when it was issued, and is not any more."""
    return any(
        test.status is ReadingStatus.ACCEPTED
        and test.outcome is TestOutcome.NEGATIVE
        and test.sampled_at is not None
        and test.sampled_at < one.result.sampled_at
        for test in occupant.tests
    )


def _pool_open(standing: list[Matched]) -> bool:
    """A positive pool or group that this person has not been tested alone after."""
    return any(
        one.result.outcome is TestOutcome.POSITIVE
        and not _is_positive(one)
        and not _tested_alone_since(standing, one.result.sampled_at)
        for one in standing
    )


def _tested_alone_since(standing: list[Matched], sampled_at: datetime) -> bool:
    return any(
        one.result.basis is TestBasis.INDIVIDUAL
        and not one.weak
        and one.result.outcome in (TestOutcome.NEGATIVE, TestOutcome.POSITIVE)
        and one.result.sampled_at >= sampled_at
        for one in standing
    )


def _pending(standing: list[Matched]) -> bool:
    return any(
        one.result.outcome is TestOutcome.PENDING
        and not one.weak
        and not _tested_alone_since(standing, one.result.sampled_at)
        for one in standing
    )


def _certificate_codes(
    crossing: KnownCrossing, occupant: OccupantFacts, results: Iterable[KnownResult]
) -> list[TestStatus]:
    shown = {one.ref for one in crossing.refs if one.kind == CERTIFICATE and one.occupant == occupant.occupant}
    outcomes = {test.outcome for test in occupant.tests}
    codes = []
    for result in results:
        if result.certificate_ref not in shown:
            continue
        if not result.stands:
            codes.append(TestStatus.CERTIFICATE_WITHDRAWN)
        elif result.outcome not in outcomes and result.outcome is not TestOutcome.PENDING:
            codes.append(TestStatus.CERTIFICATE_CONTRADICTED)
    return codes


def _rests_on_text(occupant: OccupantFacts) -> bool:
    """A signed certificate proves itself; a paper or an unsigned text is only as good as the register's word."""
    return any(
        test.status is ReadingStatus.ACCEPTED
        and test.confidence in (Confidence.PAPER_SEEN, Confidence.UNSIGNED_TEXT)
        for test in occupant.tests
    )
