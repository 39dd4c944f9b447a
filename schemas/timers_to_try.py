"""The command that timers which were put aside be tried again: exactly those that a person saw, as they were then.

So a command that comes twice, or late, tries nothing that was put aside anew in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, ValidationError

from schemas.bounded import Instant, Text40, Wire
from schemas.canonical import canonical
from schemas.questions import ASKED

TRY_AGAIN: Literal["try_again"] = "try_again"
MOST_TIMERS = 500


class AsideTimer(Wire):
    crossing_id: UUID
    kind: Text40
    put_aside_at: Instant


class TimersToTry(Wire):
    timers: Annotated[tuple[AsideTimer, ...], Field(max_length=MOST_TIMERS)]

    def arguments(self) -> dict[str, Any]:
        return {ASKED: self.model_dump(mode="json")}


class _Arguments(Wire):
    asked: TimersToTry


def timers_in(arguments: Mapping[str, Any]) -> tuple[AsideTimer, ...]:
    """Empty where the command is not what it should be: nothing is tried then."""
    try:
        return _Arguments.model_validate_json(canonical({ASKED: arguments.get(ASKED)})).asked.timers
    except ValidationError:
        return ()
