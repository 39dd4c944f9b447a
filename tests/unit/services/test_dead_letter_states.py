"""A dead letter's life: what leads where, and what reports of the programs make of it in any order."""

from __future__ import annotations

from itertools import permutations

import pytest

from schemas.sentences import SENTENCES
from services.dead_letters.reasons import DISCARDS, PURPOSES, REASONS, advice, happened
from services.dead_letters.states import STEPS, Act, State, acts_in, after_report
from services.pages.words import WORDS
from stream_processors.intake.reasons import Reason


def report(state, buried_by=("services",), through_at=(), *, again=False):
    return after_report(state, buried_by=buried_by, through_at=through_at, buried_again=again)


@pytest.mark.parametrize("state", [State.REQUEUED, State.CORRECTED])
def test_a_record_sent_again_is_resolved_when_everybody_who_buried_it_took_it(state):
    both = ("processors", "services")
    assert report(state, both, ("services",)) is state
    assert report(state, both, both) is State.RESOLVED


def test_one_that_is_buried_again_asks_for_a_person_whatever_the_other_program_says():
    assert report(State.REQUEUED, again=True) is State.AGAIN
    assert report(State.RESOLVED, ("processors", "services"), ("services",), again=True) is State.AGAIN
    assert report(State.AGAIN, ("services",), ("services",), again=True) is State.AGAIN


def test_a_program_that_buries_the_first_try_late_takes_a_case_back_from_resolved():
    assert report(State.RESOLVED, ("processors", "services"), ("services",)) is State.REQUEUED


@pytest.mark.parametrize("state", [State.NEW, State.DISCARDED])
def test_reports_do_not_change_what_a_person_has_not_sent_or_has_discarded(state):
    assert report(state, through_at=("services",)) is state
    assert report(state, again=True) is state


def test_reports_lead_to_the_same_state_in_every_order():
    """Each report is: one more who buried it, one more who took it, or a second burial."""
    reports = [("buried", "processors"), ("through", "services"), ("through", "processors")]
    ends = set()
    for order in permutations(reports):
        buried, through, state = {"services"}, set(), State.REQUEUED
        for what, who in order:
            (buried if what == "buried" else through).add(who)
            state = report(state, buried, through)
        ends.add(state)
    assert ends == {State.RESOLVED}


def test_what_came_through_can_neither_be_sent_again_nor_discarded():
    assert acts_in(State.RESOLVED) == ()
    assert acts_in(State.DISCARDED) == (Act.REOPEN,)
    assert set(acts_in(State.AGAIN)) == {Act.REQUEUE, Act.CORRECT, Act.DISCARD}


def test_every_act_leads_from_known_states_to_one():
    assert set(STEPS) == set(Act)
    assert all(origins and target in State for origins, target in STEPS.values())


OURS = ("TOPIC_UNKNOWN", "STATION_MAC_WRONG", "STATION_NOT_ENROLLED", "STATION_OF_ANOTHER_POST")
SHARED = ("RECORD_EMPTY", "RECORD_TOO_LARGE", "RECORD_TYPE_UNKNOWN", "RECORD_NOT_VALID", "STATION_NUMBER_REPEATED")
BOXES = ("BOX_KEY_UNKNOWN", "BOX_BROKEN", "BOX_CONTENT_UNREADABLE", "BOX_OF_ANOTHER_RECORD")


@pytest.mark.parametrize("reason", [*Reason, *OURS, *SHARED, *BOXES])
def test_every_reason_is_a_sentence_in_both_languages_and_says_what_to_do(reason):
    said = happened(reason)
    assert said.vi != reason != said.en
    assert reason in REASONS
    assert advice(reason).vi.endswith(".")
    assert advice(reason).helps


def test_every_state_and_step_has_its_words():
    assert {f"case-{state}" for state in State} <= set(WORDS)
    assert {f"act-{act}" for act in (Act.REQUEUE, Act.DISCARD, Act.REOPEN)} <= set(WORDS)
    assert all(words.vi and words.en for words in (*DISCARDS.values(), *PURPOSES.values()))
    assert not set(DISCARDS) & set(SENTENCES)  # the history tells one from the other by its code
