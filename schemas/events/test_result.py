"""A test's result, from the post's rapid test or a laboratory. Whose and what is in the box; no refs."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from schemas.bounded import Instant, Positive, Slug, Text40, Text100
from schemas.events.base import SealedBox, Secrets, SignedEvent, StationEvent
from schemas.passes.claims import PersonClaims
from schemas.words import FactState, TestBasis, TestKind, TestOutcome, TestStanding


class TestedAtPost(StationEvent):
    """The rapid test at the post. ``result_id`` stays when the result is corrected."""

    __test__ = False
    type_name: ClassVar[str] = "vn.chotxanh.test-result.at-post"
    result_id: UUID
    revision: Positive
    state: FactState = FactState.IN_FORCE
    crossing_id: UUID | None = None
    occupant: Positive | None = None
    sealed: SealedBox


class TestResultReported(SignedEvent):
    """A result that a laboratory or another register reported."""

    __test__ = False
    type_name: ClassVar[str] = "vn.chotxanh.test-result.reported"
    result_id: UUID
    source: Slug
    sealed: SealedBox


class TestResultSecrets(Secrets):
    __test__ = False
    person: PersonClaims
    kind: TestKind
    basis: TestBasis = TestBasis.INDIVIDUAL
    standing: TestStanding
    outcome: TestOutcome
    sampled_at: Instant
    resulted_at: Instant
    certificate_id: Text100 | None = None
    pool_id: Text40 | None = None
    covered: Annotated[tuple[PersonClaims, ...], Field(max_length=500)] = ()
    """Members of the pool or the group, when the basis is not individual."""
