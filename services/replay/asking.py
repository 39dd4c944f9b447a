"""What is sent to ask a replay, by API or by form. Pure; says what is wrong field by field."""

from __future__ import annotations

from typing import get_args

from pydantic import ConfigDict

from schemas.bounded import Instant, Wire
from schemas.replay import ReplayAsked, Revisions
from services.errors import FieldError, NotValid
from services.questions.periods import check_period, period_of

_REVISIONS: dict[str, Revisions] = {one: one for one in get_args(Revisions)}


class ReplaySent(Wire):
    """Crossings from ``begins_at`` to before ``ends_at``: what was said last about each, or all that ever was."""

    model_config = ConfigDict(extra="forbid")
    begins_at: Instant
    ends_at: Instant
    revisions: Revisions = "in_force"

    def asked(self) -> ReplayAsked:
        """Raises NotValid when it is no period."""
        check_period(self.begins_at, self.ends_at)
        return ReplayAsked(begins_at=self.begins_at, ends_at=self.ends_at, revisions=self.revisions)


def asked_by_form(begins_at: str, ends_at: str, revisions: str) -> ReplayAsked:
    """From what stands in the form: two local times and a choice. Raises NotValid."""
    begins, ends = period_of(begins_at, ends_at)
    if revisions not in _REVISIONS:
        raise NotValid(
            FieldError(
                "revisions", "enum", "không nằm trong danh sách cho phép", "is not one of the allowed values"
            )
        )
    return ReplayAsked(begins_at=begins, ends_at=ends, revisions=_REVISIONS[revisions])
