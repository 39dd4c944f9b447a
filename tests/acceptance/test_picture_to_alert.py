"""A picture in the folder of a station becomes a crossing, a verdict, an alert, a recall and a queue row."""

from __future__ import annotations

from deploy.checking.sightings import HEALTH, HEALTH_ALERT, expected
from deploy.simulator.plan_model import Case
from deploy.simulator.truth import CrossingTruth
from tests.acceptance.live_feed import follow
from tests.acceptance.province import BRIDGE, Province
from tests.acceptance.the_morning import Morning


def of_case(morning: Morning, case: Case) -> list[CrossingTruth]:
    return [truth for truth in morning.truths if truth.case is case]


def test_all_that_was_planted_is_seen_once_at_its_place_and_nothing_else(
    province: Province, morning: Morning
) -> None:
    """Reading, advice and verdict at the station, alerts in the API, rows and recalls on the queue page."""
    assert province.seen(morning.truths) == expected(morning.truths)


def test_before_the_result_the_vehicle_was_let_through_and_nobody_was_alarmed(morning: Morning) -> None:
    (later,) = of_case(morning, Case.POSITIVE_LATER)
    row = morning.before_results[later.sheet_id]
    assert (row["decision"]["outcome"], row["verdict"]["outcome"]) == ("let_through", "let_through")
    assert not row["recalled"]
    assert later.plate not in {alert["plate"] for alert in morning.alerts_before_results}


def test_after_the_result_the_station_shows_the_recall(province: Province, morning: Morning) -> None:
    (later,) = of_case(morning, Case.POSITIVE_LATER)
    row = province.crossings_at(BRIDGE)[later.sheet_id]
    assert row["recalled"]
    assert row["verdict"]["outcome"] == "refer"
    assert row["decision"]["outcome"] == "let_through"


def test_a_health_alert_tells_the_police_plate_place_and_task_only(province: Province, morning: Morning) -> None:
    (later,) = of_case(morning, Case.POSITIVE_LATER)
    (health,) = [alert for alert in province.alerts() if alert["plate"] == later.plate]
    assert (health["class"], health["post_id"]) == (HEALTH, later.post_id)
    assert health["task"]["vi"]
    assert health["task"]["en"]
    assert (health["codes"], health["evidence"]) == ([], [])
    assert HEALTH_ALERT not in str(health)


def test_the_live_feed_told_each_alert_and_resumes_after_the_last_id(province: Province, morning: Morning) -> None:
    told = {said.alert["alert_id"] for said in morning.heard if said.event == "new"}
    assert len(told) == sum(len(truth.alerts) for truth in morning.truths)
    assert [said.id for said in morning.heard] == sorted({said.id for said in morning.heard})
    rest = morning.heard[2:]
    again = province.run(follow(province, after=morning.heard[1].id, until=lambda heard: len(heard) == len(rest)))
    assert again == rest


def test_the_queue_page_shows_no_name_number_or_plate(province: Province, morning: Morning) -> None:
    html = province.coordinator.get("/queue").text
    assert "•••••" in html
    assert not [text for truth in morning.truths for text in truth.planted if text in html]
