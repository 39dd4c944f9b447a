"""What a higher level leaves to a province: data, in the form of trials that its bundle must come through.

A trial is a made-up crossing and what may not become of it ("a truck with everything in order is never turned
back, whatever the level"). schemas.rules.limits runs them; nothing here names goods, a disease or a year.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from schemas.bounded import Code, Instant, Positive, Text100, Text300, Wire
from schemas.policy.matters import Days, Sentence
from schemas.policy.when import RiskLevel
from schemas.words import Direction, Immunity, Outcome, Purpose, VehicleClass

LEVELS: tuple[int, ...] = (1, 2, 3, 4)


class Trial(Wire):
    """Made-up crossings: one for each combination of what is listed."""

    vehicle_classes: Annotated[tuple[VehicleClass, ...], Field(min_length=1)]
    directions: Annotated[tuple[Direction, ...], Field(min_length=1)] = (Direction.IN, Direction.OUT)
    purposes: Annotated[tuple[Purpose, ...], Field(min_length=1)] = (Purpose.DESTINATION_HERE, Purpose.TRANSIT)
    levels: Annotated[tuple[RiskLevel, ...], Field(min_length=1)] = LEVELS
    """Of the origin; the destination has the same."""
    card: bool = False
    """With a genuine green-lane pass that is in force."""
    test_hours: Annotated[int, Field(ge=0, le=8760)] | None = None
    """Everyone shows a negative PCR, alone, whose sample is this old; None: nobody shows any."""
    immunity: tuple[Immunity, ...] = (Immunity.NONE,)


class Limit(Wire):
    code: Code
    """``GOODS_NEVER_BANNED``: what is said when a bundle breaks it."""
    sentence: Sentence
    trial: Trial
    never_outcomes: tuple[Outcome, ...] = ()
    never_codes: tuple[Code, ...] = ()
    """A code that may not fall there, whatever it is mapped to."""
    quarantine_days_at_least: Days | None = None
    """Stages and self-monitoring together, of whoever is on the trial."""
    quarantine_days_at_most: Days | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> Limit:
        days = (self.quarantine_days_at_least, self.quarantine_days_at_most)
        if not self.never_outcomes and not self.never_codes and days == (None, None):
            raise ValueError("a limit that limits nothing")
        return self


class Limits(Wire):
    """One document of a higher level. In force from its instant until ``ends_at``."""

    limits_id: Text100
    version: Positive
    document: Text300
    issuer: Text100
    effective_at: Instant
    ends_at: Instant | None = None
    limits: Annotated[tuple[Limit, ...], Field(min_length=1, max_length=200)]
