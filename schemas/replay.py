"""What a replay is asked, and what it proves. Counts, codes and ids of crossings and facts; nobody's name."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, model_validator

from schemas.bounded import Code, EventId, Instant, Natural, Positive, PostId, Slug, Text40, Text100, Wire
from schemas.questions import Answer
from schemas.words import Outcome

Revisions = Literal["in_force", "all"]
"""Of each crossing what was said last, or all that was ever said."""
StatementKind = Literal["verdict", "finding", "referral", "recall"]


class ReplayAsked(Wire):
    """Judge the crossings of a period again, each from the facts that its judge was given then."""

    begins_at: Instant
    ends_at: Instant
    """Exclusive."""
    revisions: Revisions = "in_force"

    @model_validator(mode="after")
    def _a_period(self) -> ReplayAsked:
        if self.begins_at >= self.ends_at:
            raise ValueError("a period begins before it ends")
        return self


class FactNamed(Wire):
    """A fact that the judge was given, by the id of the event that brought it."""

    kind: Slug
    fact_id: UUID | None = None
    """None when it is gone: then ``subject`` says whose it was."""
    subject: Text100
    """The crossing, result, pass, policy or notice that it is a revision of."""
    revision: Natural


class DifferenceFound(Wire):
    """One statement that is not the same when it is judged again. Health stands as ``OCCUPANT_HEALTH``."""

    crossing_id: EventId
    post_id: PostId
    occurred_at: Instant
    judgement: Natural
    kind: StatementKind
    statement_id: UUID
    how: Literal["other_content", "not_said_again", "said_newly"]
    parts: tuple[Text40, ...] = ()
    """Which of its fields are others."""
    rules: tuple[Code, ...]
    facts: tuple[FactNamed, ...]
    """Those that were changed since; where none was, those that the difference rests on."""
    before: Outcome | None = None
    after: Outcome | None = None
    """Of a verdict."""
    judge_version: Text40
    """By which it was said then."""


class RuleDiffering(Wire):
    """How many statements of a kind differ by one rule, from outcome to outcome where it is a verdict."""

    code: Code
    kind: StatementKind
    before: Outcome | None = None
    after: Outcome | None = None
    judge_version: Text40
    statements: Positive


class VersionMet(Wire):
    judge_version: Text40
    judgements: Positive
    differing: Natural


class NotReplayable(Wire):
    """Judgements, and why nothing can be said about them."""

    reason: Code
    judgements: Positive
    first_at: Instant
    last_at: Instant


class Conclusion(StrEnum):
    """The gravest that is true, gravest first."""

    CHANGED = "changed"
    """Under the same judge version something is not the same, or a fact was changed since it was stored."""
    OTHER_VERSION = "other_version"
    """Some of it was judged by another version, which proves nothing: see the differences."""
    NOT_REPLAYABLE = "not_replayable"
    """Some of it cannot be judged again."""
    SAME = "same"


class ReplayReport(Wire):
    judge_version: Text40
    """By which it was judged again."""
    revisions: Revisions
    crossings: Natural
    first_at: Instant | None = None
    """Of the first and last crossing that are stored."""
    last_at: Instant | None = None
    judgements: Natural
    same: Natural
    """Judgements of which every statement is the same, byte for byte."""
    changed: Natural
    """Judgements by this judge version that are not."""
    statements: dict[StatementKind, Natural]
    """How many were compared."""
    waiting: Natural = 0
    """Crossings that nothing was said about yet."""
    versions: tuple[VersionMet, ...] = ()
    rules: tuple[RuleDiffering, ...] = ()
    differences: Annotated[tuple[DifferenceFound, ...], Field(max_length=200)] = ()
    """The first of each kind."""
    altered: Annotated[tuple[FactNamed, ...], Field(max_length=200)] = ()
    """Facts that are not what was stored, or are gone, the first of them."""
    altered_facts: Natural = 0
    not_replayable: tuple[NotReplayable, ...] = ()
    kept_since: Instant | None = None
    """Facts from before were dropped by retention; None when none were."""
    dropped_until: Instant | None = None
    """The part of the period before this is not replayable: its facts were dropped."""

    @property
    def conclusion(self) -> Conclusion:
        if self.changed or self.altered_facts:
            return Conclusion.CHANGED
        if any(one.judge_version != self.judge_version for one in self.versions):
            return Conclusion.OTHER_VERSION
        if self.not_replayable or self.dropped_until is not None:
            return Conclusion.NOT_REPLAYABLE
        return Conclusion.SAME


class ReplayAnswer(Answer):
    report: ReplayReport | None = None
    conclusion: Conclusion | None = None
