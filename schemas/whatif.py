"""What a what-if is asked, and what it answers. Counts, codes and ids of crossings; nobody's name."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from schemas.bounded import Code, EventId, Instant, Natural, Positive, PostId, Text40, Text100, Wire
from schemas.policy.policy import Policy
from schemas.questions import Answer
from schemas.words import Outcome

Seconds = Annotated[int, Field(ge=0, le=86_400, strict=True)]

SECONDS_IN_LANE: dict[Outcome, int] = {
    Outcome.LET_THROUGH: 30,
    Outcome.CHECK_MORE: 180,
    Outcome.COULD_NOT_CHECK: 180,
    Outcome.TURN_BACK: 240,
    Outcome.REFER: 600,
    Outcome.HOLD: 600,
}
"""An assumption, said beside every estimate: 30 s for who had declared before, 10 min on paper (DESIGN.md)."""


class WhatIfAsked(Wire):
    """Judge the crossings of a period as if ``policy`` had been in force, whatever was."""

    policy: Policy
    begins_at: Instant
    ends_at: Instant
    """Exclusive."""
    seconds: dict[Outcome, Seconds] = SECONDS_IN_LANE
    """How long a lane is held by each outcome; what is left out is taken from ``SECONDS_IN_LANE``."""

    @model_validator(mode="after")
    def _a_period(self) -> WhatIfAsked:
        if self.begins_at >= self.ends_at:
            raise ValueError("a period begins before it ends")
        return self

    def seconds_of(self, outcome: Outcome) -> int:
        return self.seconds.get(outcome, SECONDS_IN_LANE[outcome])


class ChangedVerdicts(Wire):
    """How many verdicts go from one outcome to another."""

    before: Outcome
    after: Outcome
    verdicts: Positive


class PostCompared(Wire):
    post_id: PostId
    crossings: Positive
    changed: Natural
    changes: tuple[ChangedVerdicts, ...] = ()
    lane_s_before: Natural
    lane_s_after: Natural


class RuleCompared(ChangedVerdicts):
    """A code that decides under the draft, or one that decided and does so no longer."""

    code: Code
    decides: bool


class ExampleCompared(Wire):
    """One crossing whose verdict changes. Reasons of health stand as ``OCCUPANT_HEALTH``, as in any verdict."""

    crossing_id: EventId
    post_id: PostId
    occurred_at: Instant
    before: Outcome
    after: Outcome
    codes_before: tuple[Code, ...]
    codes_after: tuple[Code, ...]


class PolicyMet(Wire):
    """A policy that was in force for some of the crossings."""

    policy_id: Text100
    version: Positive
    crossings: Positive


class Comparison(Wire):
    crossings: Natural
    first_at: Instant | None = None
    """Of the first and last crossing that are stored: what retention dropped is not in the figures."""
    last_at: Instant | None = None
    changed: Natural
    """Another outcome."""
    other_reasons: Natural
    """The same outcome for other reasons."""
    outcomes_before: dict[Outcome, Natural]
    outcomes_after: dict[Outcome, Natural]
    changes: tuple[ChangedVerdicts, ...] = ()
    posts: tuple[PostCompared, ...] = ()
    rules: tuple[RuleCompared, ...] = ()
    examples: tuple[ExampleCompared, ...] = ()
    policies: tuple[PolicyMet, ...] = ()
    judged_by_none: Natural = 0
    """Crossings for which no policy was in force."""
    seconds: dict[Outcome, Seconds]
    """What the estimate of lane time assumes."""
    lane_s_before: Natural
    lane_s_after: Natural
    judge_version: Text40


class WhatIfAnswer(Answer):
    comparison: Comparison | None = None
