"""Ids that follow from their cause, so that what is done twice after a restart is the same thing."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha1
from uuid import UUID

NAMESPACE = UUID("6f1d6c0e-2f5c-5a3e-9c55-2b8f0c1a7d21")


def derived_id(what: str, *parts: object) -> UUID:
    """The id of ``what`` that follows from ``parts``, each taken as its text: a UUID of version 5."""
    name = "\x1f".join((what, *map(str, parts)))
    hashed = sha1(NAMESPACE.bytes + name.encode(), usedforsecurity=False).digest()
    return UUID(bytes=hashed[:16], version=5)


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
