"""A dead letter's life as data: which acts lead where, and what follows from what the programs report. Pure."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum


class State(StrEnum):
    NEW = "new"
    REQUEUED = "requeued"
    """Sent again as it was; nobody has reported yet."""
    CORRECTED = "corrected"
    """Sent again, corrected at the centre; nobody has reported yet."""
    AGAIN = "again"
    """Sent again, and buried again."""
    DISCARDED = "discarded"
    RESOLVED = "resolved"
    """Came through at every program that had buried it."""


class Act(StrEnum):
    REQUEUE = "requeue"
    CORRECT = "correct"
    DISCARD = "discard"
    REOPEN = "reopen"


WAITING = (State.NEW, State.AGAIN)
"""These wait for a person."""
UNDER_WAY = (State.REQUEUED, State.CORRECTED)

STEPS: dict[Act, tuple[frozenset[State], State]] = {
    # Sent again twice while nobody has reported does no harm: readers know the event's id.
    Act.REQUEUE: (frozenset({*WAITING, *UNDER_WAY}), State.REQUEUED),
    Act.CORRECT: (frozenset(WAITING), State.CORRECTED),
    Act.DISCARD: (frozenset({*WAITING, *UNDER_WAY}), State.DISCARDED),
    Act.REOPEN: (frozenset({State.DISCARDED}), State.NEW),
}
"""From which states each act is possible, and where it leads."""


def acts_in(state: State) -> tuple[Act, ...]:
    return tuple(act for act, (origins, _) in STEPS.items() if state in origins)


def after_report(
    state: State, *, buried_by: Collection[str], through_at: Collection[str], buried_again: bool
) -> State:
    """What a case is once programs have reported on its newest try, in whatever order they did.

    Whoever buried the record must have taken it. A second burial asks for a person again, whatever the
    other program says; what a person discarded or never sent again is not changed by reports.
    """
    if state not in (*UNDER_WAY, State.AGAIN, State.RESOLVED):
        return state
    if buried_again:
        return State.AGAIN
    if set(buried_by) <= set(through_at):
        return State.RESOLVED
    return State.REQUEUED if state is State.RESOLVED else state
