"""The life of a crossing as data: which act is possible in which state, and where it leads."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    """Sent; the officer has not decided yet."""
    DECIDED = "decided"
    ABANDONED = "abandoned"


class Act(StrEnum):
    CHANGE = "change"
    """A reading is added, something is typed, counted or undone."""
    CLOSE = "close"
    DECIDE = "decide"
    CORRECT = "correct"
    ABANDON = "abandon"


LEADS_TO: Mapping[State, Mapping[Act, State]] = {
    State.OPEN: {Act.CHANGE: State.OPEN, Act.CLOSE: State.CLOSED, Act.ABANDON: State.ABANDONED},
    State.CLOSED: {Act.DECIDE: State.DECIDED, Act.CORRECT: State.CLOSED},
    # A later decision is a higher revision, a mistake is corrected by a later event; neither is edited.
    State.DECIDED: {Act.DECIDE: State.DECIDED, Act.CORRECT: State.DECIDED},
    State.ABANDONED: {},
}


IN_HAND = frozenset({State.OPEN, State.CLOSED})
"""The vehicle is still at the barrier: the next crossing has not begun."""


class NotNow(Exception):
    """``act`` is not possible in ``state``; the page says which acts are."""

    code = "NOT_NOW"

    def __init__(self, state: State, act: Act) -> None:
        super().__init__(state.value, act.value)
        self.state = state
        self.act = act


def after(state: State, act: Act) -> State:
    """The state that ``act`` leads to. Raises NotNow."""
    try:
        return LEADS_TO[state][act]
    except KeyError:
        raise NotNow(state, act) from None
