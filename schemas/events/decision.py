"""What the officer did, beside what the screen showed at that moment."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from schemas.bounded import Code, Positive, Revision, Text40, Text300, Wire
from schemas.events.base import SealedBox, Secrets, StationEvent
from schemas.words import FactState, Force, Outcome


class Shown(Wire):
    """The verdict and its revision, or the advice where no verdict had come."""

    what: Literal["advice", "verdict"]
    outcome: Outcome
    revision: Positive | None = None


class OccupantDecision(Wire):
    occupant: Positive
    outcome: Outcome


class DecisionMade(StationEvent):
    """Has a reason whenever it differs from what was shown. A later decision is a higher revision."""

    type_name: ClassVar[str] = "vn.chotxanh.decision.made"
    crossing_id: UUID
    revision: Revision
    state: FactState = FactState.IN_FORCE
    outcome: Outcome
    occupants: Annotated[tuple[OccupantDecision, ...], Field(max_length=200)] = ()
    """Only those decided otherwise than the crossing as a whole."""
    shown: Shown
    reason: Code | None = None
    officer_id: Text40
    force: Force | None = None
    sealed: SealedBox | None = None
    """A note in the officer's own words, which may name somebody."""


class DecisionSecrets(Secrets):
    note: Text300
