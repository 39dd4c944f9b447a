"""GL08 and GL07 name the other vehicle's plate to whoever may open the finding, and to nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from schemas.events.verdict import FindingSecrets
from schemas.words import Direction, FactState
from tests.builders import MATE, a_green_lane_reading
from tests.integration.stream_processors.conftest import FIRST_POLICY_AT
from tests.integration.stream_processors.province import now

HOUR = timedelta(hours=1)
HERE, THERE, MISTYPED = "51A-999.77", "71C-123.45", "62C-111.22"


@pytest.fixture
async def posts(judge, centre, stations):
    await judge.takes(
        *(centre.post(post_id) for post_id in stations),
        *(centre.enrolment(station) for station in stations.values()),
        centre.policy(effective_at=FIRST_POLICY_AT, between_posts={"same_code_within": "P7D"}),
    )
    judge.sent.clear()
    return stations["rach-mieu"], stations["co-chien"]


def with_the_pass(station, at, plate, **changes):
    green = (a_green_lane_reading(valid_from=at - timedelta(days=5), valid_until=at + timedelta(days=5)),)
    return station.crossing(at=at, plate=plate, readings=green, direction=Direction.OUT, **changes)


def box_of(centre, judge, code):
    (finding,) = [one for one in judge.findings() if one.code == code]
    return centre.opener.open(finding.sealed, finding.event_id, FindingSecrets)


def in_the_clear(judge, plate):
    return [one.topic for one in judge.sent if plate.encode() in one.value]


async def test_the_finding_names_the_other_vehicles_plate_in_its_box_alone(judge, centre, posts):
    bridge, ferry = posts
    at = now() - 5 * HOUR
    await judge.takes(with_the_pass(bridge, at, THERE), with_the_pass(ferry, at + 2 * HOUR, HERE, person=MATE))
    box = box_of(centre, judge, "GL08")
    assert (box.plate, box.other_plate) == (HERE, THERE)
    assert in_the_clear(judge, THERE) == in_the_clear(judge, HERE) == []


async def test_a_corrected_plate_of_the_other_vehicle_comes_with_the_next_revision(judge, centre, posts):
    bridge, ferry = posts
    at = now() - 5 * HOUR
    mistyped = with_the_pass(bridge, at, MISTYPED)
    await judge.takes(mistyped, with_the_pass(ferry, at + 2 * HOUR, HERE, person=MATE))
    assert box_of(centre, judge, "GL08").other_plate == MISTYPED
    await judge.takes(bridge.correction(mistyped, plate=THERE))
    assert box_of(centre, judge, "GL08").other_plate == THERE
    await judge.takes(bridge.correction(mistyped, revision=3, state=FactState.WITHDRAWN, reason="NEVER_HAPPENED"))
    assert [one for one in judge.findings() if one.code == "GL08"] == []


async def test_a_cloned_code_at_two_posts_names_the_other_plate_and_one_plate_is_named_once(judge, centre, posts):
    bridge, ferry = posts
    at, minute = now() - 5 * HOUR, timedelta(minutes=1)
    await judge.takes(with_the_pass(bridge, at, THERE), with_the_pass(ferry, at + 4 * minute, HERE, person=MATE))
    assert box_of(centre, judge, "GL07").other_plate == THERE
    judge.sent.clear()
    again = with_the_pass(bridge, at + 8 * minute, HERE.replace("-", " "), person=MATE)
    await judge.takes(again)
    boxes = [
        centre.opener.open(one.sealed, one.event_id, FindingSecrets)
        for one in judge.findings()
        if one.code == "GL07"
    ]
    assert [box.other_plate for box in boxes] == [None]
