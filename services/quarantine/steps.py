"""The states of an episode and the steps between them, as data. Pure.

What is not in the table cannot be done, whoever asks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum

from schemas.rules.codes import POSITIVE, Note


class State(StrEnum):
    TO_CONFIRM = "to_confirm"
    """Rests on a weak match: a person has to say that it is the same person."""
    REFERRED = "referred"
    CLAIMED = "claimed"
    PLACED = "placed"
    RELEASED = "released"
    CLOSED = "closed"


class Step(StrEnum):
    CONFIRM = "confirm"
    REJECT = "reject"
    """Not the same person."""
    CLAIM = "claim"
    GIVE_BACK = "give-back"
    PLACE = "place"
    RELEASE = "release"
    ACCEPT_WITHDRAWAL = "accept-withdrawal"
    KEEP = "keep"
    """The referral was withdrawn, and the person stays in quarantine all the same."""


OPEN = (State.TO_CONFIRM, State.REFERRED, State.CLAIMED, State.PLACED)

TRANSITIONS: dict[tuple[State, Step], State] = {
    (State.TO_CONFIRM, Step.CONFIRM): State.REFERRED,
    (State.TO_CONFIRM, Step.REJECT): State.CLOSED,
    (State.REFERRED, Step.CLAIM): State.CLAIMED,
    (State.CLAIMED, Step.GIVE_BACK): State.REFERRED,
    (State.CLAIMED, Step.PLACE): State.PLACED,
    (State.CLAIMED, Step.RELEASE): State.RELEASED,
    (State.PLACED, Step.PLACE): State.PLACED,
    (State.PLACED, Step.RELEASE): State.RELEASED,
    **{(state, Step.ACCEPT_WITHDRAWAL): State.CLOSED for state in OPEN},
    **{(state, Step.KEEP): state for state in OPEN},
}

ONLY_AFTER_WITHDRAWAL = frozenset({Step.ACCEPT_WITHDRAWAL, Step.KEEP})
ONLY_BY_CLAIMER = frozenset({(State.CLAIMED, Step.PLACE), (State.CLAIMED, Step.RELEASE)})

REASONS: dict[Step, tuple[str, ...]] = {
    Step.REJECT: ("OTHER_PERSON",),
    Step.RELEASE: ("TERM_SERVED", "TESTS_NEGATIVE", "ORDER_OF_AUTHORITY", "OTHER"),
    Step.ACCEPT_WITHDRAWAL: ("FACT_CORRECTED", "ORDER_OF_AUTHORITY", "OTHER"),
    Step.KEEP: ("OTHER_GROUNDS", "ORDER_OF_AUTHORITY"),
}
"""Steps that need a reason, and which ones there are."""


def steps_from(state: State, *, withdrawn: bool) -> list[Step]:
    """What can be done now, in the table's order."""
    return [
        step
        for (start, step) in TRANSITIONS
        if start is state and (withdrawn or step not in ONLY_AFTER_WITHDRAWAL)
    ]


def priority_of(*, reasons: Collection[str], because: Iterable[str], let_through: bool) -> int:
    """1 is the most urgent: a positive person on the road. Then one at the post, contacts, and the rest."""
    positive = not POSITIVE.isdisjoint(reasons)
    if positive:
        return 1 if let_through else 2
    if Note.CONTACT_OF_POSITIVE in reasons or "companion" in set(because):
        return 3
    return 3 if let_through else 4
