"""What ``chotxanh policy whatif`` sends, what it refuses before, and how an answer reads."""

from __future__ import annotations

import json

import pytest

from deploy import whatif_command
from deploy.questions import WHATIF, key_of
from deploy.refusals import CannotStart
from deploy.whatif_report import report
from schemas.policy.matters import Sentence
from schemas.policy.policy import CodeOutcome
from schemas.words import Outcome
from tests.builders import a_policy


def body(tmp_path, *more, draft=None, begins="2021-10-06", ends="2021-10-07"):
    path = tmp_path / "draft.json"
    path.write_text(json.dumps(draft if draft is not None else {"policy_id": "draft"}))
    arguments = ["--policy", str(path), "--from", begins, "--to", ends, *more]
    return whatif_command._body(whatif_command._parser().parse_args(arguments))


def test_a_day_begins_at_midnight_where_the_policy_is_for(tmp_path):
    sent = body(tmp_path)
    assert (sent["begins_at"], sent["ends_at"]) == ("2021-10-05T17:00:00.000Z", "2021-10-06T17:00:00.000Z")
    sent = body(tmp_path, draft={"time_zone": "UTC"})
    assert sent["begins_at"] == "2021-10-06T00:00:00.000Z"


def test_an_instant_with_its_zone_is_what_it_says(tmp_path):
    assert body(tmp_path, begins="2021-10-06T07:00:00+00:00")["begins_at"] == "2021-10-06T07:00:00.000Z"


def test_a_bundle_as_the_registry_takes_it_is_taken_too(tmp_path):
    assert body(tmp_path, draft={"policy": {"policy_id": "draft"}})["policy"] == {"policy_id": "draft"}


def test_seconds_are_sent_only_when_given(tmp_path):
    assert "seconds" not in body(tmp_path)
    assert body(tmp_path, "--seconds", "turn_back=90")["seconds"] == {"turn_back": 90}


@pytest.mark.parametrize(
    ("draft", "begins", "says"),
    [
        ([], "2021-10-06", "not a JSON object"),
        ({"time_zone": "Asia/Nowhere"}, "2021-10-06", "not a time zone"),
        ({"time_zone": 7}, "2021-10-06", "not a time zone"),
        ({}, "yesterday", "--from is a day or an instant"),
    ],
)
def test_what_cannot_be_sent_is_refused_in_one_sentence(tmp_path, draft, begins, says):
    with pytest.raises(CannotStart, match=says):
        body(tmp_path, draft=draft, begins=begins)


def test_a_key_is_read_from_a_file_or_the_environment_and_is_needed(tmp_path, monkeypatch):
    asked = whatif_command._parser().parse_args(["--policy", "x", "--from", "x", "--to", "x"])
    monkeypatch.setenv("CHOTXANH_HOME", str(tmp_path))
    monkeypatch.setenv("CHOTXANH_API_KEY", "from the environment")
    assert key_of(WHATIF, asked) == "from the environment"
    monkeypatch.delenv("CHOTXANH_API_KEY")
    with pytest.raises(CannotStart, match="scope whatif"):
        key_of(WHATIF, asked)
    (tmp_path / "key").write_text("from a file\n")
    asked.key_file = tmp_path / "key"
    assert key_of(WHATIF, asked) == "from a file"


def test_an_answer_reads_as_sentences():
    change = {"before": "let_through", "after": "turn_back", "verdicts": 7}
    comparison = {
        "crossings": 10,
        "first_at": "2021-10-06T00:00:00.000Z",
        "last_at": None,
        "changed": 7,
        "other_reasons": 1,
        "changes": [change],
        "rules": [{"code": "TS_NONE_SHOWN", "decides": True, **change}],
        "posts": [
            {"post_id": "rach-mieu", "crossings": 10, "changed": 7, "lane_s_before": 3600, "lane_s_after": 7200}
        ],
        "examples": [],
        "policies": [],
        "judged_by_none": 10,
        "seconds": {"let_through": 30},
        "lane_s_before": 3600,
        "lane_s_after": 7200,
    }
    said = report({"comparison": comparison, "took_ms": 1500})
    assert "10 crossings judged in 1.5 s" in said
    assert "compared with no policy in force (10)" in said
    assert "7  CHO QUA → QUAY ĐẦU" in said
    assert "TS_NONE_SHOWN decides: CHO QUA → QUAY ĐẦU – no test shown" in said
    assert "1.0 h → 2.0 h" in said
    assert "examples" not in said


def test_a_code_of_the_drafts_own_is_told_in_the_drafts_words():
    rule = {"code": "NIGHT_TRUCKS", "decides": True, "before": "let_through", "after": "turn_back", "verdicts": 3}
    sentence = Sentence(vi="Đêm nay xe tải chỉ quá cảnh", en="trucks in transit only tonight")
    draft = a_policy(codes=(CodeOutcome(code="NIGHT_TRUCKS", outcome=Outcome.TURN_BACK, sentence=sentence),))
    comparison = {
        "crossings": 3,
        "first_at": None,
        "last_at": None,
        "changed": 3,
        "other_reasons": 0,
        "changes": [],
        "rules": [rule],
        "posts": [],
        "examples": [],
        "policies": [],
        "judged_by_none": 0,
        "seconds": {},
        "lane_s_before": 0,
        "lane_s_after": 0,
    }
    said = report({"comparison": comparison, "took_ms": None}, draft)
    assert "NIGHT_TRUCKS decides: CHO QUA → QUAY ĐẦU – trucks in transit only tonight" in said
