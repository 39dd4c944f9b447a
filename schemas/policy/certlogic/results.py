"""What came of running rules. "No rule failed" is not "accepted": something must have been asked, and passed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from schemas.policy.certlogic.rule import RuleType


class RuleOutcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    OPEN = "open"
    """It could not be told."""


class OpenReason(StrEnum):
    OTHER_ENGINE = "OTHER_ENGINE"
    NEWER_ENGINE = "NEWER_ENGINE"
    OTHER_SCHEMA = "OTHER_SCHEMA"
    NOT_EVALUABLE = "NOT_EVALUABLE"
    """The data do not fit; ``detail`` says how."""
    NOT_A_BOOLEAN = "NOT_A_BOOLEAN"


@dataclass(frozen=True, slots=True)
class Said:
    """What one evaluation came to."""

    outcome: RuleOutcome
    reason: OpenReason | None = None
    detail: str | None = None
    """A sentence about the types, without any of the data."""
    value: Any = field(default=None, repr=False)
    """Part of the data, perhaps: not to be shown without need. None where there is none."""


class RuleResult(NamedTuple):
    identifier: str
    type: RuleType
    said: Said

    @property
    def outcome(self) -> RuleOutcome:
        return self.said.outcome

    @property
    def reason(self) -> OpenReason | None:
        return self.said.reason


def conclusion(results: Iterable[RuleResult]) -> RuleOutcome:
    """All of them together: failed if one failed, passed only if an acceptance rule did and none is open."""
    outcomes = {(result.outcome, result.type.value) for result in results}
    if any(outcome is RuleOutcome.FAILED for outcome, _ in outcomes):
        return RuleOutcome.FAILED
    if any(outcome is RuleOutcome.OPEN for outcome, _ in outcomes):
        return RuleOutcome.OPEN
    return RuleOutcome.PASSED if (RuleOutcome.PASSED, "Acceptance") in outcomes else RuleOutcome.OPEN
