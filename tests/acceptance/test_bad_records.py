"""What strangers and broken stations send is at the desk with its reason, and the next record is judged."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from deploy.simulator.plan_model import Counts
from schemas.events.verdict import VerdictReached
from services.pages.words import words
from tests.acceptance.hostile import HOSTILE, LANES, Attack, Place, attacks, enrolments, send_at
from tests.acceptance.province import Province, eventually

GOOD = Counts.only(clean=9)


@dataclass(frozen=True)
class Sent:
    bad: dict[str, tuple[Attack, Place]]
    good: list[str]
    """Ids of the crossings that nothing is wrong with, sent before, between and after."""


@pytest.fixture(scope="module")
def sent(province: Province) -> Sent:
    answer = province.laboratory.post("/v1/registry/stations", json=enrolments(province.keys))
    assert answer.status_code == 201, answer.text
    made = province.planted(77, LANES, GOOD, over=timedelta(hours=1))
    bad, good = attacks(made, province.keys)
    half = len(good) // 2
    mixed = [*good[:half], *(attack.record for attack in bad), *good[half:]]
    places = province.run(send_at(province.bootstrap, mixed))
    found = {attack.name: (attack, place) for attack, place in zip(bad, places[half:], strict=False)}
    return Sent(found, [json.loads(record.value)["crossing_id"] for record in good])


def at_the_desk(province: Province) -> dict[Place, dict[str, object]]:
    letters = province.desk()["dead_letters"]
    return {(letter["topic"], letter["partition"], letter["offset"]): letter for letter in letters}


def test_each_is_at_the_desk_with_its_reason(province: Province, sent: Sent) -> None:
    places = {place for _, place in sent.bad.values()}
    desk = eventually(lambda: at_the_desk(province), lambda letters: places <= set(letters))
    wrong = {
        name: desk[place]["reason"]
        for name, (attack, place) in sent.bad.items()
        if desk[place]["reason"] not in attack.reasons
    }
    assert wrong == {}


def test_the_desk_page_says_each_reason_in_words_and_nothing_that_stood_in_it(
    province: Province, sent: Sent
) -> None:
    eventually(
        lambda: set(at_the_desk(province)), lambda there: {place for _, place in sent.bad.values()} <= there
    )
    html = province.command_centre.get("/desk").raise_for_status().text
    rows = {place: row for row in re.findall(r"<tr>.*?</tr>", html, re.DOTALL) for place in _places_in(row)}
    for name, (attack, place) in sent.bad.items():
        assert any(words(reason).vi in rows[place] for reason in attack.reasons), name
    assert "123.45" not in html
    assert "garbage" not in html


def _places_in(row: str) -> list[Place]:
    found = re.search(r"<td>([a-z.0-9-]+) (\d+)/(\d+)</td>", row)
    return [(found[1], int(found[2]), int(found[3]))] if found else []


def test_every_reason_has_words_for_people(sent: Sent) -> None:
    for attack, _ in sent.bad.values():
        assert all(words(reason).vi != reason for reason in attack.reasons), attack.name


def test_what_is_good_before_between_and_after_is_judged_once(province: Province, sent: Sent) -> None:
    topic = f"verdicts.{HOSTILE.post_id}.v1"

    def judged() -> set[str]:
        verdicts = [VerdictReached.model_validate_json(record.value) for record in province.records([topic])]
        return {str(verdict.crossing_id) for verdict in verdicts if verdict.station_id == HOSTILE.station_id}

    assert eventually(judged, lambda found: found >= set(sent.good)) == set(sent.good)


def test_a_record_of_the_year_2031_is_no_traffic(province: Province, sent: Sent) -> None:
    eventually(province.is_settled, bool)
    (row,) = [row for row in province.desk()["traffic"] if row["post_id"] == HOSTILE.post_id]
    assert datetime.fromisoformat(row["last_at"]) < datetime.now(UTC) + timedelta(days=1)


def test_a_field_that_is_wrong_is_named_and_nothing_of_the_result_is_stored(province: Province) -> None:
    before = len(province.records(["test-results.v1"]))
    sampled = "2021-10-06T01:30:00Z"
    body = {
        "result_id": "6f1c1a52-9d2c-4a53-9f43-3b6b1f0a2c11",
        "source": "cdc-ben-tre",
        "person": {"name": "Nguyễn Thị Sai", "birth_dat": "1980-01-01"},
        "kind": "pcr",
        "standing": "confirmed",
        "outcome": "positiv",
        "sampled_at": sampled,
        "resulted_at": sampled,
    }
    answer = province.laboratory.post("/v1/registry/test-results", json=body)
    assert answer.status_code == 422
    said = answer.json()
    fields = {field["field"]: field for field in said["fields"]}
    assert set(fields) == {"outcome"}
    assert fields["outcome"]["vi"]
    assert fields["outcome"]["en"]
    assert "Nguyễn" not in answer.text
    assert "positiv" not in answer.text.replace("positive", "")
    unknown = province.laboratory.post("/v1/registry/test-results", json=body | {"outcome": "negative"})
    assert (unknown.status_code, [field["field"] for field in unknown.json()["fields"]]) == (
        422,
        ["person.birth_dat"],
    )
    right = body | {"outcome": "negative", "person": {"name": "Nguyễn Thị Sai", "birth_date": "1980-01-01"}}
    assert province.laboratory.post("/v1/registry/test-results", json=right).status_code == 201
    eventually(lambda: len(province.records(["test-results.v1"])), lambda now: now == before + 1)
