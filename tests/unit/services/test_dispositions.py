"""What came of an alert: which dispositions end it, which confirm, and what later findings do to it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import ValidationError

from schemas.words import FindingClass, Severity
from services.alerts.dispositions import CONFIRMING, EFFECTS, Disposition, needed_words
from services.alerts.incident import AlertState, Because, Change, change_of, content_of
from services.alerts.roster import STANDARD, Roster, Step, is_telephone, steps_of
from services.pages.words import WORDS
from tests.unit.services.test_incident_life import FOUND, HIGH, LOW

ENDING = {
    "CONFIRMED",
    "HANDED_TO_HEALTH",
    "HANDED_TO_INVESTIGATORS",
    "CLEARED_ON_THE_SPOT",
    "MISREAD",
    "DISMISSED",
}


def test_every_disposition_has_an_effect_and_words():
    assert set(EFFECTS) == set(Disposition)
    assert all(effect.words.vi and effect.words.en for effect in EFFECTS.values())
    assert {one.value for one, effect in EFFECTS.items() if effect.to is AlertState.ENDED} == ENDING
    assert all(needed_words(effect.needs) for effect in EFFECTS.values() if effect.needs)


def test_only_a_record_confirms_misuse():
    """A vehicle that is held, or handed over, is in hand and not proven."""
    assert {Disposition.CONFIRMED} == CONFIRMING
    assert EFFECTS[Disposition.CONFIRMED].needs == "record_number"


def test_what_is_not_ours_asks_for_the_eyes_of_others():
    assert EFFECTS[Disposition.NOT_OURS].to is AlertState.NEW
    assert EFFECTS[Disposition.NOT_OURS].needs == "passed_to"


MEDIUM = content_of([FOUND])
OTHER_RULE = content_of([FOUND, replace(FOUND, code="GL03")])
OTHER_PLACE = content_of([replace(FOUND, post_id="co-chien")])


@pytest.mark.parametrize("because", list(Because))
@pytest.mark.parametrize(
    ("before", "now", "gone", "change"),
    [
        (MEDIUM, MEDIUM, False, None),
        (MEDIUM, OTHER_PLACE, False, Change("update", AlertState.ENDED)),  # says so in place
        (MEDIUM, OTHER_RULE, False, Change("update", AlertState.NEW)),  # something else was found
        (LOW, HIGH, False, Change("update", AlertState.NEW)),
        (HIGH, LOW, False, Change("update", AlertState.ENDED)),
        (MEDIUM, None, False, Change("update", AlertState.ENDED)),  # withdrawn afterwards: shown
        (MEDIUM, None, True, None),  # said once
        (MEDIUM, MEDIUM, True, Change("update", AlertState.ENDED)),  # and in force again: no longer withdrawn
    ],
)
def test_what_a_person_or_time_ended_stays_ended_unless_it_is_something_else(because, before, now, gone, change):
    assert change_of(AlertState.ENDED, before, now, ended_because=because, gone=gone) == change


def test_what_its_findings_ended_comes_back_with_them():
    assert change_of(AlertState.ENDED, MEDIUM, MEDIUM, ended_because="DISPROVED") == Change(
        "update", AlertState.NEW
    )


def test_the_reasons_of_an_end_have_their_words():
    assert set(Because) <= set(WORDS)


def test_the_last_step_is_the_telephone():
    assert [is_telephone(STANDARD, number) for number in (1, 2, 3)] == [False, False, True]
    assert STANDARD.step(3) is None


@pytest.mark.parametrize(
    "steps",
    [
        (),
        (Step(after_minutes=5, to="a"), Step(after_minutes=5, to="b")),
        (Step(after_minutes=10, to="a"), Step(after_minutes=5, to="b")),
        tuple(Step(after_minutes=nth, to="a") for nth in range(1, 8)),
    ],
)
def test_a_roster_whose_steps_do_not_follow_each_other_is_refused(steps):
    with pytest.raises(ValidationError):
        Roster(steps=steps)


@pytest.mark.parametrize("minutes", [0, 1441])
def test_a_step_comes_within_a_day_and_not_at_once(minutes):
    with pytest.raises(ValidationError):
        Step(after_minutes=minutes, to="a")


def test_alerts_of_health_and_of_misuse_last_as_long_as_the_roster_says():
    roster = Roster(steps=STANDARD.steps, misuse_expires_after_hours=1, health_expires_after_hours=2)
    assert roster.lasts(FindingClass.SUSPECTED_MISUSE).total_seconds() == 3600
    assert roster.lasts(FindingClass.HEALTH).total_seconds() == 7200
    assert Severity.LOW not in roster.severities


def test_empty_lines_of_the_form_are_left_out():
    assert steps_of([("5", "a"), ("", " "), ("x", "b")]) == [
        {"after_minutes": 5, "to": "a"},
        {"after_minutes": "x", "to": "b"},
    ]
