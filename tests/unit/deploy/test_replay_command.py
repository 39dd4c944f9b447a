"""What ``chotxanh replay`` sends, how it ends, and how a proof or a failure reads."""

from __future__ import annotations

import io
import json

import pytest

from deploy import replay_command
from deploy.questions import REPLAY, key_of
from deploy.refusals import CannotStart
from deploy.replay_report import report
from schemas.bounded import instant_text
from schemas.replay import Conclusion, ReplayReport
from schemas.sentences import SENTENCES
from tests.builders import NOON, an_id


def a_report(**changes):
    fields = {
        "judge_version": "3",
        "revisions": "in_force",
        "crossings": 10,
        "first_at": instant_text(NOON),
        "last_at": instant_text(NOON),
        "judgements": 10,
        "same": 10,
        "changed": 0,
        "statements": {"verdict": 10, "finding": 2},
        "versions": [{"judge_version": "3", "judgements": 10, "differing": 0}],
    }
    return ReplayReport.model_validate_json(json.dumps(fields | changes))


def a_fact(**changes):
    fact = {"kind": "crossing", "fact_id": str(an_id("event")), "subject": str(an_id("crossing")), "revision": 2}
    return fact | changes


def a_difference():
    return {
        "crossing_id": str(an_id("crossing")),
        "post_id": "rach-mieu",
        "occurred_at": instant_text(NOON),
        "judgement": 1,
        "kind": "verdict",
        "statement_id": str(an_id("crossing")),
        "how": "other_content",
        "parts": ["outcome", "reasons"],
        "rules": ["GL01"],
        "facts": [a_fact()],
        "before": "let_through",
        "after": "check_more",
        "judge_version": "3",
    }


def an_answer(said):
    content = said.model_dump(mode="json")
    return {
        "report": content,
        "conclusion": said.conclusion.value,
        "state": "done",
        "took_ms": 1500,
        "reason": None,
    }


def test_a_day_begins_at_midnight_in_the_province_and_what_is_in_force_is_judged():
    asked = replay_command._parser().parse_args(["--from", "2021-10-06", "--to", "2021-10-07"])
    assert replay_command._body(asked) == {
        "begins_at": "2021-10-05T17:00:00.000Z",
        "ends_at": "2021-10-06T17:00:00.000Z",
        "revisions": "in_force",
    }


def test_all_that_was_ever_said_is_asked_for_by_name():
    asked = replay_command._parser().parse_args(
        ["--from", "2021-10-06", "--to", "2021-10-07", "--revision", "all"]
    )
    assert replay_command._body(asked)["revisions"] == "all"


@pytest.mark.parametrize(
    ("changes", "conclusion"),
    [
        ({}, Conclusion.SAME),
        ({"changed": 1, "same": 9}, Conclusion.CHANGED),
        # A fact that somebody changed is a failure, though by luck it changed no verdict.
        ({"altered": [a_fact()], "altered_facts": 1}, Conclusion.CHANGED),
        ({"versions": [{"judge_version": "2", "judgements": 10, "differing": 0}]}, Conclusion.OTHER_VERSION),
        ({"dropped_until": instant_text(NOON)}, Conclusion.NOT_REPLAYABLE),
        # The gravest counts.
        (
            {"changed": 1, "versions": [{"judge_version": "2", "judgements": 1, "differing": 1}]},
            Conclusion.CHANGED,
        ),
    ],
)
def test_the_exit_status_says_what_was_proven(monkeypatch, capsys, changes, conclusion):
    said = a_report(**changes)
    assert said.conclusion is conclusion
    monkeypatch.setattr(replay_command, "answer_to", lambda *asked: an_answer(said))
    status = replay_command.main(["--from", "2021-10-06", "--to", "2021-10-07"])
    assert status == replay_command.STATUSES[conclusion]
    assert (status == 0) is (conclusion is Conclusion.SAME)
    assert SENTENCES[f"REPLAY_{conclusion.name}"].en in capsys.readouterr().out


def test_a_replay_that_failed_proves_nothing(monkeypatch):
    failed = {"report": None, "conclusion": None, "state": "failed", "reason": "OUR_FAULT", "took_ms": None}
    monkeypatch.setattr(replay_command, "answer_to", lambda *asked: failed)
    err = io.StringIO()
    assert replay_command.main(["--from", "2021-10-06", "--to", "2021-10-07"], err=err) == 1
    assert "OUR_FAULT" in err.getvalue()


def test_a_failure_reads_with_the_rule_the_fact_and_the_outcomes():
    said = report(
        an_answer(
            a_report(
                same=9,
                changed=1,
                differences=[a_difference()],
                altered=[a_fact(), a_fact(kind="result", fact_id=None)],
                altered_facts=2,
                rules=[
                    {
                        "code": "GL01",
                        "kind": "verdict",
                        "before": "let_through",
                        "after": "check_more",
                        "judge_version": "3",
                        "statements": 1,
                    }
                ],
            )
        )
    )
    assert "9 judgements the same, byte for byte; 1 changed under the same version" in said
    assert "CHO QUA → KIỂM TRA THÊM (outcome reasons); rules GL01; facts: crossing" in said
    assert "revision 2, gone" in said


def test_what_cannot_be_judged_again_is_named_with_its_period():
    dropped = [
        {"reason": "FACTS_DROPPED", "judgements": 3, "first_at": instant_text(NOON), "last_at": instant_text(NOON)}
    ]
    said = report(an_answer(a_report(not_replayable=dropped, dropped_until=instant_text(NOON))))
    assert f"before {instant_text(NOON)}: the facts were dropped by retention" in said
    assert "3  judgements from" in said


def test_a_key_of_its_own_is_needed(tmp_path, monkeypatch):
    monkeypatch.setenv("CHOTXANH_HOME", str(tmp_path))
    monkeypatch.delenv("CHOTXANH_API_KEY", raising=False)
    asked = replay_command._parser().parse_args(["--from", "x", "--to", "x"])
    with pytest.raises(CannotStart, match="scope replay"):
        key_of(REPLAY, asked)
