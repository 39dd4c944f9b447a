"""Ids that follow from their cause, so that what is done twice after a restart is the same thing.

Those of crossings and of a station's records begin with the crossing's time. What is written at one time then lies
together in every index, and a province's five years cost no more than its first week.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha1
from uuid import UUID

NAMESPACE = UUID("6f1d6c0e-2f5c-5a3e-9c55-2b8f0c1a7d21")
_NAMESPACE_BYTES = NAMESPACE.bytes


def derived_id(what: str, *parts: object) -> UUID:
    """The id of ``what`` that follows from ``parts``, each taken as its text: a UUID of version 5."""
    return UUID(bytes=_hashed(what, parts), version=5)


def new_id(at: datetime, chance: bytes) -> UUID:
    """A UUID of version 7 (RFC 9562, section 5.7). ``chance`` are 10 random bytes."""
    return _at(int(at.timestamp() * 1000), chance, version=7)


def derived_id_at(at: datetime, what: str, *parts: object) -> UUID:
    """As ``derived_id``, and ordered by ``at``: version 8 (RFC 9562, section 5.8), laid out as version 7."""
    return _at(int(at.timestamp() * 1000), _hashed(what, parts)[:10], version=8)


def derived_id_beside(other: UUID, what: str, *parts: object) -> UUID:
    """As ``derived_id_at``, at the time with which ``other`` begins; it is one of the parts."""
    return _at(other.int >> 80, _hashed(what, (other, *parts))[:10], version=8)


def _hashed(what: str, parts: Iterable[object]) -> bytes:
    name = "\x1f".join((what, *map(str, parts)))
    return sha1(_NAMESPACE_BYTES + name.encode(), usedforsecurity=False).digest()[:16]


def _at(unix_ms: int, rest: bytes, *, version: int) -> UUID:
    """Raises ValueError unless ``rest`` is 10 bytes, of which the version and the variant take 6 bits."""
    as_int = UUID(bytes=(unix_ms & (1 << 48) - 1).to_bytes(6, "big") + rest).int
    as_int = as_int & ~(0xF000 << 64) | version << 76
    return UUID(int=as_int & ~(0xC000 << 48) | 0x8000 << 48)


def finding_id(code: str, crossings: Iterable[UUID], subject: str, cause: UUID | None = None) -> UUID:
    """Rule, crossings in the order of their times, subject, and the causing fact that is not itself a crossing.

    A finding hangs on the last of its crossings, and is written under that one's lock. So where a correction of a
    time turns two of them round, it is another finding: the former is withdrawn, and no two locks guard one id.
    """
    return derived_id("finding", code, *crossings, subject, cause or "")


def referral_id(crossing_id: UUID, occupant: int) -> UUID:
    return derived_id("referral", crossing_id, occupant)


def recall_id(crossing_id: UUID) -> UUID:
    return derived_id("recall", crossing_id)
