"""A result that is corrected or withdrawn ends all that rested on it alone, and whoever was told is told that."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from deploy.simulator.plan_model import Case, Counts, PlannedResult
from deploy.simulator.sheets import lay
from deploy.simulator.truth import CrossingTruth
from schemas.bounded import instant_text
from schemas.events.verdict import Recall, Referral
from schemas.ids import derived_id
from schemas.words import TestStanding
from tests.acceptance.live_feed import Said, follow
from tests.acceptance.province import BRIDGE, Province, eventually, truths

COUNTS = Counts.only(clean=1, positive_later=2)
ENDS = ("corrected", "withdrawn")


@dataclass
class Told:
    """Who was told of one positive result, and how: as each sees it."""

    truth: CrossingTruth
    result: PlannedResult
    alert: dict[str, Any]
    recall: Recall
    episode_id: UUID


@dataclass
class Corrected:
    """Before, and after the laboratory took its two results back: one corrected, the other withdrawn."""

    told: dict[str, Told]
    heard: list[Said]


@pytest.fixture(scope="module")
def corrected(province: Province) -> Corrected:
    planned = province.planted(47, (BRIDGE,), COUNTS, over=timedelta(hours=2))
    mine = {truth.sheet_id: truth for truth in truths(planned)}
    position = province.police.get("/v1/alerts").raise_for_status().json()["feed_position"]
    for crossing in planned.crossings:
        lay(crossing, province.machine.sheets(BRIDGE), province.issuers.text_of)
    eventually(lambda: province.crossings_at(BRIDGE), lambda rows: all(_judged(rows, sheet) for sheet in mine))
    province.report(planned)
    told = {
        end: _told(province, mine[result.after_sheet], result)
        for end, result in zip(ENDS, planned.results, strict=True)
    }
    for one in told.values():
        _press(province.coordinator, f"/queue/recalls/{one.recall.event_id}/call", call="reached")
        _press(province.coordinator, f"/queue/{one.episode_id}/claim")
    ended = {one.alert["alert_id"] for one in told.values()}
    following = province.begin(follow(province, after=position, until=lambda heard: ended <= _ends(heard)))
    for end, one in told.items():
        sent = province.laboratory.post("/v1/registry/test-results", json=_taken_back(one.result, end))
        assert sent.status_code == 201, sent.text
    eventually(lambda: [one["state"] for one in province.alerts() if one["alert_id"] in ended], _all("ended"))
    eventually(province.is_settled, bool)
    return Corrected(told, following.result(60))


def _told(province: Province, truth: CrossingTruth, result: PlannedResult) -> Told:
    assert truth.case is Case.POSITIVE_LATER
    found = eventually(
        lambda: (
            [one for one in province.alerts() if one["plate"] == truth.plate],
            _newest(province, "recalls.v1", Recall, truth.crossing_id),
            _newest(province, "referrals.v1", Referral, truth.crossing_id),
        ),
        lambda found: all(found),
    )
    (alert,), (recall,), (referral, *_) = found
    episode_id = derived_id("episode", referral.event_id, 1)
    eventually(lambda: province.coordinator.get("/queue").text, lambda page: f"row-{episode_id}" in page)
    eventually(lambda: province.coordinator.get("/queue").text, lambda page: f"recall-{recall.event_id}" in page)
    eventually(lambda: province.crossings_at(BRIDGE)[truth.sheet_id]["recalled"], bool)
    return Told(truth, result, alert, recall, episode_id)


def _newest(province: Province, topic: str, model: Any, crossing_id: UUID) -> list[Any]:
    """Of each thing about the crossing its newest revision."""
    newest: dict[UUID, Any] = {}
    for record in province.records([topic]):
        event = model.model_validate_json(record.value)
        if event.crossing_id == crossing_id and getattr(event, "because", "positive") != "companion":
            newest[event.event_id] = max(event, newest.get(event.event_id, event), key=lambda one: one.revision)
    return list(newest.values())


def _taken_back(result: PlannedResult, end: str) -> dict[str, Any]:
    sent: dict[str, Any] = {
        "result_id": str(result.result_id),
        "revision": 2,
        "source": "cdc-ben-tre",
        "person": result.person.claims.model_dump(mode="json", exclude_none=True),
        "kind": result.kind.value,
        "standing": TestStanding.CORRECTED.value,
        "outcome": "negative",
        "sampled_at": instant_text(result.sampled_at),
        "resulted_at": instant_text(result.resulted_at),
    }
    if end == "withdrawn":
        return sent | {"standing": TestStanding.WITHDRAWN.value, "outcome": "positive", "state": "withdrawn"}
    return sent


def _press(browser: httpx.Client, path: str, **form: str) -> httpx.Response:
    """As a person's browser does, with the page's token."""
    found = re.search(r'name="csrf" value="([^"]+)"', browser.get("/queue").text)
    assert found is not None
    answer = browser.post(path, data={"csrf": found[1], **form})
    assert answer.status_code == 303, answer.text
    return answer


def _judged(rows: dict[str, dict[str, Any]], sheet_id: str) -> bool:
    row = rows.get(sheet_id)
    return row is not None and bool(row["decision"]) and bool(row["verdict"])


def _ends(heard: list[Said]) -> set[str]:
    return {said.alert["alert_id"] for said in heard if said.event == "end"}


def _all(state: str) -> Any:
    return lambda states: states and set(states) == {state}


def _part(page: str, start: str) -> str:
    """Of one row or card of a page."""
    return page.split(start, 1)[1].split("</li>", 1)[0]


@pytest.mark.parametrize("end", ENDS)
def test_the_police_are_told_on_the_feed_that_the_alert_has_ended_and_why(
    province: Province, corrected: Corrected, end: str
) -> None:
    told = corrected.told[end]
    (alert,) = [one for one in province.alerts() if one["alert_id"] == told.alert["alert_id"]]
    assert (alert["state"], alert["still_active"], alert["ended_because"]) == ("ended", False, "DISPROVED")
    said = [one.event for one in corrected.heard if one.alert["alert_id"] == told.alert["alert_id"]]
    assert said[0] == "new"
    assert said[-1] == "end"


@pytest.mark.parametrize("end", ENDS)
def test_the_recall_is_withdrawn_and_whoever_was_reached_is_owed_a_call(
    province: Province, corrected: Corrected, end: str
) -> None:
    told = corrected.told[end]
    (recall,) = _newest(province, "recalls.v1", Recall, told.truth.crossing_id)
    assert (recall.state, recall.withdrawn_because) == ("withdrawn", "DISPROVED")
    card = _part(province.coordinator.get("/queue").text, f'id="recall-{recall.event_id}"')
    assert "Yêu cầu đã được rút" in card
    assert "call again to say that it was withdrawn" in card
    _press(province.coordinator, f"/queue/recalls/{recall.event_id}/call", call="reached")
    card = _part(province.coordinator.get("/queue").text, f'id="recall-{recall.event_id}"')
    assert "call again to say that it was withdrawn" not in card


@pytest.mark.parametrize("end", ENDS)
def test_the_station_shows_what_the_verdict_was_and_what_it_is(
    province: Province, corrected: Corrected, end: str
) -> None:
    row = province.crossings_at(BRIDGE)[corrected.told[end].truth.sheet_id]
    assert not row["recalled"]
    assert row["verdict"]["changed"]
    assert (row["verdict"]["before"], row["verdict"]["outcome"]) == ("refer", "let_through")


@pytest.mark.parametrize("end", ENDS)
def test_the_queue_shows_the_difference_and_a_person_closes_it(
    province: Province, corrected: Corrected, end: str
) -> None:
    told = corrected.told[end]
    details = province.coordinator.get(f"/queue/{told.episode_id}").text
    assert "Phiếu bị rút" in details
    _press(province.coordinator, f"/queue/{told.episode_id}/accept-withdrawal", reason="FACT_CORRECTED")
    assert f"row-{told.episode_id}" not in province.coordinator.get("/queue?state=claimed").text


def test_whoever_was_not_concerned_hears_nothing(province: Province, corrected: Corrected) -> None:
    plates = {told.truth.plate for told in corrected.told.values()}
    assert {said.alert["plate"] for said in corrected.heard if said.event == "end"} == plates
