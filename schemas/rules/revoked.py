"""What a notice revokes of what a crossing showed, as of the crossing's own time. Pure; station and judge alike.

Who looks for the notices differs, since the two may know different things: a station holds hashes and its own
sealed short list against the codes in its memory (``shown_and_revoked``), the judge holds refs. What follows from
a notice that names a reading is the same (``revocation``, ``with_revoked``).

The reading in the record stays what the code said: a notice may be withdrawn, or begin earlier than was thought.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from schemas.events.registry import NoticePublished, RevokedPass
from schemas.passes.claims import Claims, GreenLaneClaims, HealthClaims, TokenClaims
from schemas.passes.kinds import PassKind, ReadingReason, ReadingStatus, Step
from schemas.passes.reading import PassReading, Reading, claims_to_keep
from schemas.passes.refusals import step_before
from schemas.passes.revocations import certificate_id_hash
from schemas.passes.token_list import token_hash
from schemas.rules.facts import CrossingFacts, OccupantFacts, PassFacts, ReadingFacts
from schemas.rules.validity import notices_at

REVOKING: Mapping[str, ReadingReason] = {
    "pass_revoked": ReadingReason.PASS_REVOKED,
    "token_revoked": ReadingReason.TOKEN_REVOKED,
}
CAN_BE_REVOKED = frozenset({PassKind.GREEN_LANE_PASS, PassKind.GREEN_LANE_CARD, PassKind.HEALTH_PASS})

Revoked = Mapping[int, ReadingReason]
"""By the reading's place in the crossing."""


def revocation(naming: Iterable[NoticePublished], at: datetime) -> ReadingReason | None:
    """Why a pass that all of ``naming`` name is revoked at ``at``, or None."""
    return next((REVOKING[one.notice] for one in notices_at(tuple(naming), at) if one.notice in REVOKING), None)


def shown_and_revoked(
    readings: Sequence[PassReading],
    notices: Sequence[NoticePublished],
    numbers: Iterable[RevokedPass],
    at: datetime,
) -> Revoked:
    """What of ``readings`` is revoked at ``at``, by the hashes in the notices and by this station's short list."""
    revoking = [one for one in notices if one.notice in REVOKING]
    listed = {
        pass_number_normalised(one.pass_number)
        for one in numbers
        if one.effective_at <= at and (one.ends_at is None or at < one.ends_at)
    }
    found = {
        index: _revoked(claims_to_keep(read), revoking, listed, at)
        for index, read in enumerate(readings)
        if is_believed(read.reading)
    }
    return {index: reason for index, reason in found.items() if reason is not None}


def is_believed(reading: Reading) -> bool:
    """What a rejected code claims is somebody's invention; an expired one is genuine."""
    return reading.status is not ReadingStatus.REJECTED or reading.reason is ReadingReason.PASS_EXPIRED


def pass_number_normalised(number: str) -> str:
    return number.strip().upper()


def revocation_hashes(claims: Claims | None) -> frozenset[str]:
    """What a notice may name a signed pass by: the hash of its signature, or of a certificate id in it.

    Not of a green-lane pass's number, which is short enough to be guessed back from a hash.
    """
    match claims:
        case HealthClaims():
            ids = [entry.certificate_id for entry in claims.entries]
            ids += [claims.person_pass] if claims.person_pass else []
            return frozenset({certificate_id_hash(one) for one in ids} | _if_any(claims.signature_hash))
        case GreenLaneClaims():
            return frozenset(_if_any(claims.signature_hash))
        case _:
            return frozenset()


def as_revoked(reading: Reading, reason: ReadingReason | None) -> Reading:
    """As a screen shows it. Of a signed code revocation is the step that fails; it passed all before."""
    if reason is None:
        return reading
    passed = step_before(Step.REVOCATION) if reading.passed else None
    return reading.model_copy(update={"status": ReadingStatus.REJECTED, "reason": reason, "passed": passed})


def with_revoked(facts: CrossingFacts, revoked: Revoked) -> CrossingFacts:
    """The facts with those readings rejected, and with nothing left that stood on them."""
    if not revoked:
        return facts
    return facts.but(
        readings=tuple(_reading(one, revoked.get(index)) for index, one in enumerate(facts.readings)),
        passes=tuple(_pass(one, revoked) for one in facts.passes),
        occupants=tuple(_occupant(one, facts, revoked) for one in facts.occupants),
    )


def _revoked(
    claims: Claims | None, revoking: Sequence[NoticePublished], listed: set[str], at: datetime
) -> ReadingReason | None:
    if isinstance(claims, GreenLaneClaims) and pass_number_normalised(claims.pass_number) in listed:
        return ReadingReason.PASS_REVOKED
    hashes = revocation_hashes(claims)
    token = token_hash(claims.token) if isinstance(claims, TokenClaims) else None
    return revocation(
        (
            one
            for one in revoking
            if (token is not None and one.token_sha256 == token) or (one.revocation in hashes)
        ),
        at,
    )


def _if_any(hash_: str | None) -> set[str]:
    return set() if hash_ is None else {hash_}


def _reading(one: ReadingFacts, reason: ReadingReason | None) -> ReadingFacts:
    return one if reason is None else one.but(status=ReadingStatus.REJECTED, reason=reason)


def _pass(one: PassFacts, revoked: Revoked) -> PassFacts:
    reason = revoked.get(one.reading) if one.reading is not None else None
    return one if reason is None else one.but(status=ReadingStatus.REJECTED, reason=reason)


def _occupant(one: OccupantFacts, facts: CrossingFacts, revoked: Revoked) -> OccupantFacts:
    """Tests on a revoked pass count no more. Doses and recovery of whoever showed it are no longer known:
    the facts hold them joined from all of a person's papers."""
    tests = tuple(
        test.but(status=ReadingStatus.REJECTED) if test.reading in revoked else test for test in one.tests
    )
    nothing_proven = any(
        facts.readings[index].kind is PassKind.HEALTH_PASS and facts.readings[index].occupant == one.occupant
        for index in revoked
    )
    unknown: dict[str, Any] = {"doses": None, "doses_needed": None, "last_dose_on": None, "recovered_on": None}
    return one.but(tests=tests, **(unknown if nothing_proven else {}))
