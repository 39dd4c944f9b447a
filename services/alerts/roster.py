"""The duty roster as data: who is told when nobody acknowledges an alert in time, and when alerts expire. Pure.

A step names a duty, never a person. The last step is a telephone: somebody rings a bell that a person answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

from pydantic import Field, model_validator

from schemas.bounded import Text40, Text100, Wire
from schemas.events.base import Secrets
from schemas.words import FindingClass, Severity


class Step(Wire):
    after_minutes: Annotated[int, Field(ge=1, le=1440)]
    """Since the alert began to wait."""
    to: Text100


class Roster(Wire):
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=6)]
    severities: tuple[Severity, ...] = (Severity.HIGH, Severity.MEDIUM)
    """Alerts of these are escalated; the rest wait quietly."""
    misuse_expires_after_hours: Annotated[int, Field(ge=1, le=24 * 60)] = 72
    """Without anything new about it: the vehicle is far by then."""
    health_expires_after_hours: Annotated[int, Field(ge=1, le=24 * 60)] = 24 * 14

    @model_validator(mode="after")
    def _one_after_the_other(self) -> Roster:
        minutes = [step.after_minutes for step in self.steps]
        if minutes != sorted(set(minutes)):
            raise ValueError("each step comes later than the one before")
        return self

    def step(self, number: int) -> Step | None:
        """Counted from 0; None when there is no further one."""
        return self.steps[number] if number < len(self.steps) else None

    def lasts(self, alert_class: FindingClass) -> timedelta:
        health = alert_class is FindingClass.HEALTH
        return timedelta(hours=self.health_expires_after_hours if health else self.misuse_expires_after_hours)


class RosterSecrets(Secrets):
    telephone: Text40 | None = None
    """Rung at the last step."""


STANDARD = Roster(
    steps=(
        Step(after_minutes=5, to="Đội trưởng ca trực"),
        Step(after_minutes=10, to="Trực ban tỉnh"),
        Step(after_minutes=15, to="Điện thoại trực ban tỉnh"),
    )
)
"""Until the command has entered its own."""


def is_telephone(roster: Roster, step_number: int) -> bool:
    """Whether this step (counted from 1, as alerts carry it) is the one that rings."""
    return step_number >= len(roster.steps)


def steps_of(lines: Sequence[tuple[str, str]]) -> list[dict[str, object]]:
    """From a form's lines of minutes and duty; empty lines are left out."""
    return [
        {"after_minutes": int(minutes) if minutes.strip().isdigit() else minutes, "to": to.strip()}
        for minutes, to in lines
        if minutes.strip() or to.strip()
    ]
