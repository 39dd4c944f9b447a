from datetime import timedelta

import pytest
from pydantic import ValidationError

from schemas.passes.kinds import ReadingReason
from schemas.policy.in_force import policy_at
from schemas.policy.policy import CodeOutcome, Policy
from schemas.rules.codes import Note, Rule, TestStatus
from schemas.sentences import SENTENCES, sentence
from schemas.words import Outcome
from tests.builders import NOON, a_policy

OLD = a_policy(version=1, effective_at=NOON - timedelta(days=2))
NEW = a_policy(version=2, effective_at=NOON)


@pytest.mark.parametrize(
    ("at", "version"),
    [
        (NOON - timedelta(milliseconds=1), 1),
        (NOON, 2),  # from that instant
    ],
)
def test_a_policy_is_in_force_from_its_instant(at, version):
    assert policy_at([NEW, OLD], at).version == version


def test_before_the_first_policy_none_is_in_force():
    assert policy_at([OLD, NEW], NOON - timedelta(days=3)) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"time_zone": "Asia/Nowhere"},
        {"order": [Outcome.REFER] * 6},
        {"codes": [CodeOutcome(code="GL01", outcome=None)] * 2},
        {"approver": "A"},  # signer and approver are two persons
    ],
)
def test_an_inconsistent_bundle_is_refused(changes):
    with pytest.raises(ValidationError):
        a_policy(**changes)


def test_a_bundle_survives_its_json():
    assert Policy.model_validate_json(NEW.model_dump_json()) == NEW


def test_a_way_whose_time_is_unknown_says_so():
    assert OLD.travel_time("rach-mieu", "dinh-khao") is None
    assert OLD.travel_time("co-chien", "rach-mieu") == timedelta(minutes=30)


@pytest.mark.parametrize("family", [ReadingReason, Rule, TestStatus, Note])
def test_every_code_has_words_in_both_languages(family):
    missing = [code.value for code in family if code.value not in SENTENCES]
    assert missing == []


def test_a_code_without_words_is_shown_as_itself():
    assert sentence("SOMETHING_NEW").vi == "SOMETHING_NEW"
