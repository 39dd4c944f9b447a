"""The check counts what each place shows: a thing that is missing, twice, wrong or unplanted never passes."""

from copy import deepcopy

import pytest

from deploy.checking import sightings
from deploy.checking.queue_page import QueuePage, QueueRow, RecallCard
from deploy.checking.sightings import Sightings
from deploy.checking.summary import summary
from deploy.simulator.plan_model import Case
from deploy.simulator.truth import truths_of
from schemas.bounded import instant_text
from schemas.ids import derived_id, recall_id
from tests.unit.simulator.mornings import a_plan

TRUTHS = list(truths_of(a_plan(5)))


def a_row(truth):
    return {
        "crossing_id": str(truth.crossing_id),
        "readings": [{"reason": reason} for reason in truth.reading_reasons],
        "advice": {"outcome": truth.advised.value},
        "verdict": {"outcome": truth.verdict.value, "reasons": list(truth.reasons)},
    }


def an_alert(truth, code):
    is_health = code == "GL13"
    return {
        "post_id": truth.post_id,
        "seen_at": instant_text(truth.closed_at),
        "still_active": True,
        "ended_because": None,
        "class": "health" if is_health else "suspected_misuse",
        "codes": [] if is_health else [code],
        "evidence": [] if is_health else [{"code": "WHATEVER"}],
        "plate": truth.plate,
        "task": {"vi": "dừng xe", "en": "stop"},
        "radio": {"vi": f"biển số {truth.plate}"},
    }


def a_page(*, but=()):
    rows = [
        QueueRow(str(derived_id("group", truth.crossing_id)), number)
        for truth in TRUTHS
        for number in truth.referred
    ]
    recalls = [RecallCard(str(recall_id(truth.crossing_id)), False) for truth in TRUTHS if truth.recalled]
    return QueuePage(tuple(row for row in rows if row not in but), tuple(recalls))


@pytest.fixture
def world():
    """Everything as it should be, to be spoilt by a test."""
    return {
        "rows": [a_row(truth) for truth in TRUTHS],
        "alerts": [an_alert(truth, code) for truth in TRUTHS for code in truth.alerts],
        "page": a_page(),
    }


def result(world):
    seen = (
        sightings.at_station(world["rows"], TRUTHS)
        + sightings.in_alerts(world["alerts"], TRUTHS)
        + sightings.in_queue(world["page"], TRUTHS)
        + sightings.in_recalls(world["page"], TRUTHS)
    )
    return summary(TRUTHS, sightings.expected(TRUTHS), seen)


def one_of(case):
    return next(truth for truth in TRUTHS if truth.case is case)


def alert_of(world, case):
    truth = one_of(case)
    return next(alert for alert in world["alerts"] if alert["seen_at"] == instant_text(truth.closed_at))


def test_everything_in_its_place_is_complete(world):
    found = result(world)
    assert found.is_complete
    assert found.missing == 0
    assert {case: part.planted for case, part in found.cases.items()} == {
        case: part.found for case, part in found.cases.items()
    }
    assert set(found.plain()) == {case.value for case in Case}


def test_nothing_seen_is_nothing_found():
    found = summary(TRUTHS, sightings.expected(TRUTHS), Sightings())
    assert not found.is_complete
    assert all(part.found == 0 for part in found.cases.values())


def test_a_verdict_that_has_not_come_is_missing(world):
    world["rows"][0]["verdict"] = None
    assert result(world).missing == 1


def test_another_verdict_is_missing_and_extra(world):
    truth = one_of(Case.CLEAN)
    row = next(row for row in world["rows"] if row["crossing_id"] == str(truth.crossing_id))
    row["verdict"]["outcome"] = "hold"
    found = result(world).cases[Case.CLEAN]
    assert len(found.missing) == len(found.extra) == 1
    assert found.found == found.planted - 1


def test_a_reason_nobody_planted_is_seen(world):
    truth = one_of(Case.CLEAN)
    row = next(row for row in world["rows"] if row["crossing_id"] == str(truth.crossing_id))
    row["verdict"]["reasons"].append("GL07")
    assert not result(world).is_complete


def test_an_alert_that_comes_twice_is_extra(world):
    world["alerts"].append(deepcopy(alert_of(world, Case.HEAD_COUNT)))
    found = result(world).cases[Case.HEAD_COUNT]
    assert [sighting.what for sighting in found.extra] == ["GL01"]
    assert found.missing == ()


def test_an_alert_about_a_turned_back_crossing_is_extra(world):
    truth = one_of(Case.TURNED_BACK)
    world["alerts"].append(an_alert(truth, "GL07"))
    assert [sighting.what for sighting in result(world).cases[Case.TURNED_BACK].extra] == ["GL07"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"plate": None}, "without its plate"),
        ({"still_active": False, "ended_because": "FINDING_WITHDRAWN"}, "ended"),
        ({"task": {"vi": "", "en": ""}}, "without a task"),
        ({"codes": ["GL13"]}, "tells the reason of health"),
        ({"evidence": [{"code": "POSITIVE_IN_LOOK_BACK"}]}, "tells the reason of health"),
    ],
)
def test_an_alert_of_health_that_is_not_plate_place_and_task_does_not_count(world, change, said):
    alert_of(world, Case.POSITIVE_LATER).update(change)
    found = result(world).cases[Case.POSITIVE_LATER]
    assert len(found.missing) == 1
    assert said in found.extra[0].what


def test_an_alert_that_names_somebody_does_not_count(world):
    truth = one_of(Case.POSITIVE_LATER)
    alert_of(world, Case.POSITIVE_LATER)["radio"] = {"vi": truth.planted[1]}
    assert "tells more" in result(world).cases[Case.POSITIVE_LATER].extra[0].what


def test_a_person_who_is_not_in_the_queue_is_missing(world):
    world["page"] = a_page(but=(world["page"].rows[0],))
    assert result(world).missing == 1


def test_a_withdrawn_recall_does_not_count(world):
    page = world["page"]
    world["page"] = QueuePage(page.rows, (RecallCard(page.recalls[0].recall_id, True), *page.recalls[1:]))
    found = result(world).cases[Case.POSITIVE_LATER]
    assert [sighting.what for sighting in found.extra] == ["recall (withdrawn)"]


def test_what_an_earlier_morning_left_is_not_of_this_one(world):
    before = list(truths_of(a_plan(6)))
    world["rows"] += [a_row(truth) for truth in before]
    world["alerts"] += [an_alert(truth, code) for truth in before for code in truth.alerts]
    assert result(world).is_complete
