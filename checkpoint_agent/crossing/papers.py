"""A paper without a code, as the officer read it: believed as far as an officer's eyes, and said so. Pure."""

from __future__ import annotations

import hashlib
from enum import StrEnum

from schemas.passes.claims import PaperClaims
from schemas.passes.kinds import Confidence, PassKind, ReadingStatus
from schemas.passes.reading import PassReading, Reading
from schemas.words import Source


class PaperKind(StrEnum):
    TEST = "test_slip"
    VACCINATION = "vaccination_slip"
    DISCHARGE = "discharge_paper"
    TRAVEL_LETTER = "travel_letter"
    OTHER = "other_paper"


def paper_read(claims: PaperClaims) -> PassReading:
    """The reading of a paper that ``claims.seen_by`` looked at."""
    return PassReading(
        reading=Reading(
            kind=PassKind.PAPER,
            status=ReadingStatus.ACCEPTED,
            confidence=Confidence.PAPER_SEEN,
            source=Source.TYPED,
            issuer=None,  # what stands on a paper is nobody's signature: it stays in the box
        ),
        claims=claims,
    )


def paper_digest(claims: PaperClaims, occupant: int | None) -> bytes:
    """The same paper entered again for the same person counts once, as a code does."""
    return hashlib.sha256(f"paper {occupant} {claims.model_dump_json()}".encode()).digest()
