"""The states of an episode and the steps between them."""

from __future__ import annotations

import pytest

from services.quarantine.steps import OPEN, REASONS, TRANSITIONS, State, Step, priority_of, steps_from


@pytest.mark.parametrize(
    ("state", "steps"),
    [
        (State.TO_CONFIRM, [Step.CONFIRM, Step.REJECT]),
        (State.REFERRED, [Step.CLAIM]),
        (State.CLAIMED, [Step.GIVE_BACK, Step.PLACE, Step.RELEASE]),
        (State.PLACED, [Step.PLACE, Step.RELEASE]),
        (State.RELEASED, []),
        (State.CLOSED, []),
    ],
)
def test_what_can_be_done_in_each_state(state, steps):
    assert steps_from(state, withdrawn=False) == steps


@pytest.mark.parametrize("state", OPEN)
def test_a_withdrawn_referral_can_be_accepted_or_kept_in_every_open_state(state):
    assert steps_from(state, withdrawn=True)[-2:] == [Step.ACCEPT_WITHDRAWAL, Step.KEEP]


def test_nothing_leads_out_of_an_end_and_every_state_can_be_reached():
    starts = {start for start, _ in TRANSITIONS}
    assert starts == set(OPEN)
    assert set(TRANSITIONS.values()) == set(State)


def test_every_end_needs_a_reason():
    ends = {step for (_, step), state in TRANSITIONS.items() if state in (State.RELEASED, State.CLOSED)}
    assert ends <= set(REASONS)


@pytest.mark.parametrize(
    ("reasons", "because", "let_through", "priority"),
    [
        (["TS_POSITIVE_AFTER"], ["verdict"], True, 1),  # positive and on the road
        (["TS_KNOWN_POSITIVE"], ["verdict"], False, 2),  # positive, still at the post
        (["CONTACT_OF_POSITIVE"], ["companion"], False, 3),
        (["TS_NONE_SHOWN"], ["decision"], True, 3),
        (["TS_NONE_SHOWN"], ["decision"], False, 4),
    ],
)
def test_who_comes_first(reasons, because, let_through, priority):
    assert priority_of(reasons=reasons, because=because, let_through=let_through) == priority
