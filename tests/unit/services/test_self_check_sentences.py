"""Whatever the processors can find out about the system has its sentence and its advice, in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from schemas.events.self_checks import ChainHeadWrong, Unlike
from services.self_checks.sentences import ADVICE, advice
from stream_processors.judging.context import DECISION_DEADLINE, TRANSIT_DEADLINE

CODES = {
    *(f"draws-{one}" for one in Unlike),
    "draws-FAILED",
    *(f"head-{one}" for one in get_args(ChainHeadWrong.model_fields["because"].annotation)),
    *(f"timer-{one}" for one in (DECISION_DEADLINE, TRANSIT_DEADLINE)),
}


def test_each_code_has_its_words_and_no_other_has():
    assert set(ADVICE) == CODES


@pytest.mark.parametrize("code", sorted(CODES))
def test_what_and_what_to_do_are_said_in_both_languages(code):
    said = advice(code)
    for words in (said.what, said.what_to_do):
        assert words.vi != words.en
        assert re.search(r"[^\x00-\x7f]", words.vi)
        assert words.en.isascii()


def test_a_code_of_a_newer_worker_is_shown_as_itself():
    assert advice("timer-tomorrow").what.vi == "timer-tomorrow"


def test_the_timers_that_can_be_put_aside_are_those_two():
    source = Path("stream_processors/judging/timers.py").read_text()
    assert set(re.findall(r"WantedTimer\((\w+)", source)) == {"DECISION_DEADLINE", "TRANSIT_DEADLINE"}
