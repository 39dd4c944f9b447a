"""What the screen showed of a crossing when a decision was made, and what can be known of one after a restart."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from checkpoint_agent.crossing.building import Crossing, Decision
from checkpoint_agent.crossing.states import State
from checkpoint_agent.outbox import CrossingRow
from schemas.events.decision import Shown
from schemas.words import Direction, Outcome


class NotKnownHere(Exception):
    """No such crossing at this station, or its contents are no longer in memory."""

    code = "CROSSING_NOT_KNOWN"


def seen_of(shown: Shown) -> str:
    """What a page sends back with a decision, to say what it was decided by."""
    return f"{shown.what}:{shown.outcome.value}:{shown.revision or 0}"


def shown_of(row: CrossingRow) -> Shown:
    """The verdict and its revision, or the advice where none has come."""
    if row.verdict is not None:
        return Shown(what="verdict", outcome=row.verdict.outcome, revision=row.verdict.revision)
    if row.advice is None:
        raise NotKnownHere
    return Shown(what="advice", outcome=Outcome(row.advice["outcome"]))


def crossing_of_row(row: CrossingRow) -> Crossing:
    """As much of a crossing as a decision needs, when its contents are no longer in memory."""
    if row.state != "closed":
        raise NotKnownHere
    crossing = Crossing(
        crossing_id=row.crossing_id,
        opened_at=datetime.fromisoformat(row.opened_at),
        counter=row.counter,
        direction=Direction.IN,
        state=State.DECIDED if row.decision else State.CLOSED,
        revision=row.revision,
    )
    if row.decision is None:
        return crossing
    shown = Shown.model_validate(row.decision["shown"])
    at = datetime.fromisoformat(row.decision["occurred_at"])
    decision = Decision(Outcome(row.decision["outcome"]), row.decision["revision"], at, shown)
    return replace(crossing, decision=decision)
