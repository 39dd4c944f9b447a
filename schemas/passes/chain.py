"""The last four steps of a signed code: key, signature, times, revocation; and all nine in order.

Fails closed: an unknown key or a missing list is "could not check", never "rejected" and never
"accepted". What the payload says counts for nothing until its signature was right.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas.passes import envelope, green_lane, health
from schemas.passes.claims import GreenLaneClaims, HealthClaims
from schemas.passes.envelope import Envelope
from schemas.passes.kinds import Confidence, PassKind, ReadingReason, ReadingStatus, Step
from schemas.passes.reading import PassReading, Reading
from schemas.passes.refusals import PassRejected, PassStopped, PassUnchecked, step_before
from schemas.passes.revocations import Revoked, signature_hash
from schemas.passes.times import CLOCK_LEEWAY, PassTimes, times_of
from schemas.passes.trust_list import KeyUsage, Trusted, TrustedKey
from schemas.words import Source

PREFIXES = {PassKind.HEALTH_PASS: health.PREFIX, PassKind.GREEN_LANE_PASS: green_lane.PREFIX}

_ISSUER = 1
"""CWT claim ``iss``."""

_NO_COUNTRY = "WW"
"""Where the EU's lists put a signer that belongs to no country. Whoever lists such a key vouches for it by
listing it; the reading names the issuer as the list does, so an officer sees "WW" and not the stated one."""

SignedClaims = HealthClaims | GreenLaneClaims


def read_signed(
    kind: PassKind,
    text: str,
    trusted: Trusted | None,
    revoked: Revoked | None,
    *,
    at: datetime,
    source: Source = Source.CAMERA,
    leeway: timedelta = CLOCK_LEEWAY,
) -> PassReading:
    """The reading of an ``HC1:`` or ``CX1:`` text. Never raises on any text."""
    try:
        opened = envelope.opened(text, PREFIXES[kind])
    except PassRejected as stopped:
        return _stopped(kind, stopped, None, source)
    try:
        key = _key_that_verifies(opened, trusted)
        genuine = _genuine(kind, opened, key, at, leeway)
    except PassStopped as stopped:
        return _stopped(kind, stopped, opened, source)
    return _reading(kind, genuine, key, revoked, at=at, source=source, leeway=leeway)


@dataclass(frozen=True, slots=True)
class Genuine:
    """A pass whose signature was right, under a key that may sign such a pass."""

    claims: SignedClaims
    times: PassTimes
    signature_hash: str


def _key_that_verifies(opened: Envelope, trusted: Trusted | None) -> TrustedKey:
    """Steps key and signature."""
    if trusted is None:
        raise PassUnchecked(Step.KEY, ReadingReason.TRUST_LIST_MISSING)
    listed = trusted.of_key_id(opened.key_id)
    if not listed:
        raise PassUnchecked(Step.KEY, ReadingReason.KEY_UNKNOWN)
    fitting = [key for key in listed if key.algorithm is opened.algorithm]
    if not fitting:
        raise PassRejected(Step.KEY, ReadingReason.PASS_ALGORITHM_NOT_ALLOWED)
    for key in fitting:
        if key.verifies(opened.signed, opened.signature):
            return key
    raise PassRejected(Step.SIGNATURE, ReadingReason.PASS_SIGNATURE_WRONG)


def _genuine(kind: PassKind, opened: Envelope, key: TrustedKey, at: datetime, leeway: timedelta) -> Genuine:
    """What the pass says, if this key may say it."""
    is_health = kind is PassKind.HEALTH_PASS
    times = times_of(opened.payload)
    reason = _misuse_of_key(opened, key, times, health.uses_in(opened.payload) if is_health else green_lane.USES)
    if reason is not None:
        # Its times may be right all the same; the reading says how far it came.
        raise PassRejected(Step.TIMES if times.fault(at, leeway) else Step.REVOCATION, reason)
    hash_ = signature_hash(opened.signature, opened.algorithm)
    claims = health.claims_of(opened.payload, hash_) if is_health else green_lane.claims_of(opened.payload)
    return Genuine(claims, times, hash_)


def _misuse_of_key(
    opened: Envelope, key: TrustedKey, times: PassTimes, uses: frozenset[KeyUsage]
) -> ReadingReason | None:
    if not _speaks_for_itself(opened.payload.get(_ISSUER), key):
        return ReadingReason.PASS_KEY_OF_OTHER_ISSUER
    if not key.may_sign(uses):
        return ReadingReason.PASS_KEY_NOT_FOR_THIS_USE
    # Not so the other way round: real issuers date a pass back to before their key was made.
    if times.issued_at is not None and key.retired_by(times.issued_at):
        return ReadingReason.PASS_KEY_RETIRED
    return None


def _speaks_for_itself(stated: object, key: TrustedKey) -> bool:
    """Whether the issuer that the pass states is the one who holds the key.

    Where the list names an issuer, exactly that one. Otherwise a stated country must be the
    key's; real issuers write other things there too ("CH BAG"), which then say nothing.
    """
    if key.issuer is not None:
        return stated == key.issuer
    if key.country is None or key.country == _NO_COUNTRY:
        return True
    is_country = isinstance(stated, str) and len(stated) == 2
    return not is_country or stated == key.country


def _reading(
    kind: PassKind,
    genuine: Genuine,
    key: TrustedKey,
    revoked: Revoked | None,
    *,
    at: datetime,
    source: Source,
    leeway: timedelta,
) -> PassReading:
    """Steps times and revocation. The claims are kept whatever comes out: they are genuine."""
    reason, failed_at = _fault(genuine, key, revoked, at, leeway)
    claims = genuine.claims
    green_lane_claims = claims if isinstance(claims, GreenLaneClaims) else None
    return PassReading(
        reading=Reading(
            kind=kind,
            status=_status(reason),
            reason=reason,
            confidence=Confidence.SIGNED,
            source=source,
            passed=step_before(failed_at) if failed_at else Step.REVOCATION,
            issuer=key.name,
            key_id=_key_id_text(key.key_id),
            vehicle_class=green_lane_claims.vehicle_class if green_lane_claims else None,
            route=green_lane_claims.route if green_lane_claims else (),
            valid_from=genuine.times.valid_from,
            valid_until=genuine.times.valid_until,
        ),
        claims=claims,
        signature_hash=genuine.signature_hash,
    )


def _fault(
    genuine: Genuine, key: TrustedKey, revoked: Revoked | None, at: datetime, leeway: timedelta
) -> tuple[ReadingReason | None, Step | None]:
    """Revoked outweighs a wrong time: a notice may extend an expired pass, never a revoked one."""
    if revoked is not None and _is_revoked(genuine, key, revoked):
        return ReadingReason.PASS_REVOKED, Step.REVOCATION
    wrong_time = genuine.times.fault(at, leeway)
    if wrong_time is not None:
        return wrong_time, Step.TIMES
    if not key.valid_at(at):
        return ReadingReason.PASS_KEY_RETIRED, Step.TIMES
    if revoked is None:
        return ReadingReason.REVOCATION_LIST_MISSING, Step.REVOCATION
    return None, None


def _is_revoked(genuine: Genuine, key: TrustedKey, revoked: Revoked) -> bool:
    claims = genuine.claims
    numbers = (
        {claims.pass_number}
        if isinstance(claims, GreenLaneClaims)
        else {entry.certificate_id for entry in claims.entries} | _if_any(claims.person_pass)
    )
    countries = {name for name in (key.country, key.issuer) if name is not None}
    return revoked.names(numbers, countries, genuine.signature_hash)


def _if_any(name: str | None) -> set[str]:
    return set() if name is None else {name}


def _status(reason: ReadingReason | None) -> ReadingStatus:
    match reason:
        case None:
            return ReadingStatus.ACCEPTED
        case ReadingReason.REVOCATION_LIST_MISSING:
            return ReadingStatus.COULD_NOT_CHECK
        case _:
            return ReadingStatus.REJECTED


def _stopped(kind: PassKind, stopped: PassStopped, opened: Envelope | None, source: Source) -> PassReading:
    """Nothing in it can be believed, its issuer included."""
    rejected = isinstance(stopped, PassRejected)
    return PassReading(
        reading=Reading(
            kind=kind,
            status=ReadingStatus.REJECTED if rejected else ReadingStatus.COULD_NOT_CHECK,
            reason=stopped.reason,
            confidence=Confidence.NONE,
            source=source,
            passed=stopped.passed,
            key_id=_key_id_text(opened.key_id) if opened else None,
        )
    )


def _key_id_text(key_id: bytes) -> str:
    return b64encode(key_id).decode("ascii")
