"""The one door: any text from a code in, a reading out. Never raises on any text, opens nothing, asks no clock.

What is our fault is *could not check*; what is the pass's fault is *rejected*; the reason says which.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas.passes.chain import read_signed
from schemas.passes.citizen import CardRefused, citizen_card, national_qr
from schemas.passes.claims import Claims, DeclarationClaims, TokenClaims
from schemas.passes.classify import Recognised, recognise
from schemas.passes.kinds import Confidence, PassKind, ReadingReason, ReadingStatus
from schemas.passes.reading import PassReading, Reading
from schemas.passes.revocations import Revoked
from schemas.passes.times import CLOCK_LEEWAY
from schemas.passes.token_list import TokenEntry, Tokens, opened_plate
from schemas.passes.trust_list import Trusted
from schemas.words import Source

LONGEST_TEXT = 4096
"""No QR code holds more; a longer text did not come from one."""

_NOT_ALLOWED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class PassLists:
    """The signed lists that a reader holds. None: we have no such list yet (an empty one is a list)."""

    trusted: Trusted | None = None
    tokens: Tokens | None = None
    revoked: Revoked | None = None


def read_pass(
    text: str,
    lists: PassLists,
    *,
    at: datetime,
    source: Source = Source.CAMERA,
    leeway: timedelta = CLOCK_LEEWAY,
) -> PassReading:
    """What ``text`` stands for, judged as of ``at``."""
    if len(text) > LONGEST_TEXT:
        return _fault(PassKind.UNKNOWN, ReadingReason.TEXT_TOO_LONG, source)
    if not text.isprintable() and _NOT_ALLOWED.search(text):
        return _fault(PassKind.UNKNOWN, ReadingReason.TEXT_NOT_ALLOWED, source)
    # A hand scanner ends with Enter. A blank may belong to the code: it is a letter of base45.
    text = text.lstrip().rstrip("\r\n\t")
    recognised = recognise(text)
    match recognised.kind:
        case PassKind.HEALTH_PASS | PassKind.GREEN_LANE_PASS as kind:
            return read_signed(kind, text, lists.trusted, lists.revoked, at=at, source=source, leeway=leeway)
        case PassKind.GREEN_LANE_CARD:
            return _card(recognised.token or "", lists, at, source)
        case PassKind.CITIZEN_CARD | PassKind.NATIONAL_QR as kind:
            return _citizen(kind, text, source)
        case PassKind.DECLARATION:
            return _declaration(text, source)
        case PassKind.UNKNOWN:
            return _unchecked(recognised, ReadingReason.CODE_UNKNOWN, source)
        case _:
            return _unchecked(recognised, ReadingReason.NOT_A_TRAVEL_CODE, source)


def _card(token: str, lists: PassLists, at: datetime, source: Source) -> PassReading:
    """A national green-lane card, looked up in the list that the station holds."""
    entry = lists.tokens.entry_of(token) if lists.tokens else None
    reason = _card_fault(token, entry, lists, at)
    plate = opened_plate(token, entry.sealed_plate) if entry and entry.sealed_plate else None
    return PassReading(
        reading=Reading(
            kind=PassKind.GREEN_LANE_CARD,
            status=_card_status(reason),
            reason=reason,
            confidence=Confidence.LOOKED_UP if entry else Confidence.NONE,
            source=source,
            vehicle_class=entry.vehicle_class if entry else None,
            valid_from=entry.valid_from if entry else None,
            valid_until=entry.valid_until if entry else None,
        ),
        claims=TokenClaims(token=token, plate=plate),
    )


def _card_fault(token: str, entry: TokenEntry | None, lists: PassLists, at: datetime) -> ReadingReason | None:
    if lists.revoked is not None and lists.revoked.names_token(token):
        return ReadingReason.TOKEN_REVOKED
    if lists.tokens is None:
        return ReadingReason.TOKEN_LIST_MISSING
    if entry is None:
        return ReadingReason.TOKEN_NOT_ON_LIST
    if entry.revoked:
        return ReadingReason.TOKEN_REVOKED
    if at > entry.valid_until:
        return ReadingReason.PASS_EXPIRED
    if entry.valid_from is not None and at < entry.valid_from:
        return ReadingReason.PASS_NOT_YET_VALID
    return None


def _card_status(reason: ReadingReason | None) -> ReadingStatus:
    match reason:
        case None:
            return ReadingStatus.ACCEPTED
        case ReadingReason.TOKEN_LIST_MISSING | ReadingReason.TOKEN_NOT_ON_LIST:
            return ReadingStatus.COULD_NOT_CHECK
        case _:
            return ReadingStatus.REJECTED


def _citizen(kind: PassKind, text: str, source: Source) -> PassReading:
    try:
        claims = citizen_card(text) if kind is PassKind.CITIZEN_CARD else national_qr(text)
    except CardRefused as refused:
        return _fault(kind, refused.reason, source)
    return PassReading(
        reading=Reading(
            kind=kind, status=ReadingStatus.ACCEPTED, confidence=Confidence.UNSIGNED_TEXT, source=source
        ),
        claims=claims,
    )


def _declaration(text: str, source: Source) -> PassReading:
    """Proves nothing here: it has to be looked up. One that cannot be stored is named, and its id is not kept."""
    declaration_id = text.strip()
    storable = declaration_id.isprintable() and len(declaration_id) <= 300
    return _unchecked(
        Recognised(PassKind.DECLARATION),
        ReadingReason.LOOK_UP_NEEDED,
        source,
        DeclarationClaims(declaration_id=declaration_id) if storable else None,
    )


def _fault(kind: PassKind, reason: ReadingReason, source: Source) -> PassReading:
    return PassReading(
        reading=Reading(
            kind=kind, status=ReadingStatus.REJECTED, reason=reason, confidence=Confidence.NONE, source=source
        )
    )


def _unchecked(
    recognised: Recognised, reason: ReadingReason, source: Source, claims: Claims | None = None
) -> PassReading:
    return PassReading(
        reading=Reading(
            kind=recognised.kind,
            status=ReadingStatus.COULD_NOT_CHECK,
            reason=reason,
            confidence=Confidence.NONE,
            source=source,
            other_app=recognised.other_app,
        ),
        claims=claims,
    )
