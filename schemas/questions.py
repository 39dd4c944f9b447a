"""What all long questions to the processors share: where they stand in a command, and how an answer begins.

Both travel inside ``CommandGiven`` and ``CommandAnswered``, whose own fields say nothing about any command.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from schemas.bounded import Code, Natural, Wire
from schemas.canonical import canonical

ASKED, STOPS, ANSWER = "asked", "stops", "answer"
"""The one argument of a question, of a stop, and the one part of a result."""

QuestionState = Literal["waiting", "running", "done", "stopped", "failed"]


class Answer(Wire):
    state: QuestionState
    reason: Code | None = None
    """Why it failed."""
    crossings: Natural = 0
    """Judged so far."""
    took_ms: Natural | None = None


A = TypeVar("A", bound=Answer)


def answer_in(result: Mapping[str, Any], model: type[A]) -> A:
    """What a ``CommandAnswered`` says. Raises ValidationError."""
    return model.model_validate_json(canonical(result.get(ANSWER) or {}))
