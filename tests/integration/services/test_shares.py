"""Carriers' and issuers' share of confirmed misuse, over a real database."""

from __future__ import annotations

from datetime import timedelta

import pytest

from schemas.events.verdict import DecisionCounted, GreenLaneUsed, VerdictReached
from schemas.topics import CROSSINGS, FINDINGS, STATIONS, VERDICTS
from schemas.words import FactState, FindingClass, Outcome, Severity
from tests.builders import NOON, a_crossing, an_id
from tests.integration.services.centre_parts import a_finding, logged_in, with_key
from tests.integration.services.test_intake_records import a_station

GOOD, BAD = (
    GreenLaneUsed(issuer="BENTRE", carrier_id="vt-001"),
    GreenLaneUsed(issuer="BENTRE", carrier_id="vt-002"),
)
PERIOD = {"from": "2021-10-06", "to": "2021-10-06"}


def at(number):
    return NOON + timedelta(minutes=number)


@pytest.fixture
async def province(judge, keys):
    """Ten crossings: six of a good carrier, three of a bad one, one outside the lane."""
    await judge.sends(STATIONS, a_station())
    for number in range(1, 11):
        name = f"crossing {number}"
        lane = GOOD if number <= 6 else BAD if number <= 9 else None
        await judge.sends(CROSSINGS, a_crossing(name, number=number, occurred_at=at(number)))
        crossing_id = a_crossing(name, number=number).crossing_id
        verdict = VerdictReached(
            event_id=crossing_id,
            occurred_at=at(number),
            revision=1,
            crossing_id=crossing_id,
            crossing_revision=1,
            station_id="rach-mieu-1",
            post_id="rach-mieu",
            outcome=Outcome.LET_THROUGH,
            policy_id="p",
            policy_version=1,
            judge_version="3",
            counted=DecisionCounted(outcome=None),
            lane=lane,
        )
        await judge.takes(judge.record(VERDICTS, verdict, name="verdicts.rach-mieu.v1"))


@pytest.fixture
async def command(centre, centre_url, province):
    async with await with_key(centre, centre_url, "command", "alerts", "alerts:shares") as client:
        yield client


def found_on(keys, number, lane=BAD, **changes):
    name = f"finding {number} {changes.get('code', '')}"
    incident = changes.pop("incident_id", an_id(f"incident {number}"))
    return a_finding(keys, name, incident_id=incident, seen_at=at(number), lane=lane, **changes)


async def confirm(client, number):
    answer = await client.post(
        f"/v1/alerts/{an_id(f'incident {number}')}/disposition",
        json={"disposition": "CONFIRMED", "record_number": "1"},
    )
    assert answer.status_code == 200, answer.text


async def table(client, **wanted):
    found = (await client.get("/v1/shares", params=PERIOD | wanted)).json()["shares"]
    return {one["whose"]: (one["crossings"], one["suspected"], one["confirmed"]) for one in found}


async def test_suspected_is_what_was_found_and_confirmed_what_is_on_record(judge, keys, command):
    await judge.sends(FINDINGS, found_on(keys, 7), found_on(keys, 8))
    assert await table(command) == {"vt-002": (3, 2, 0), "vt-001": (6, 0, 0)}
    await confirm(command, 7)
    assert await table(command) == {"vt-002": (3, 2, 1), "vt-001": (6, 0, 0)}
    assert await table(command, by="issuer") == {"BENTRE": (9, 2, 1)}
    shares = (await command.get("/v1/shares", params=PERIOD)).json()["shares"]
    assert [one["confirmed_permille"] for one in shares] == [333, 0]


async def test_a_finding_whose_crossing_has_no_verdict_yet_is_counted_as_suspected_and_as_nothing_else(
    judge, keys, command
):
    await judge.sends(FINDINGS, found_on(keys, 50, lane=GreenLaneUsed(issuer="HCM", carrier_id="vt-009")))
    assert (await table(command))["vt-009"] == (0, 1, 0)
    shares = (await command.get("/v1/shares", params=PERIOD)).json()["shares"]
    assert [one["confirmed_permille"] for one in shares if one["whose"] == "vt-009"] == [None]


async def test_two_findings_on_one_crossing_count_once(judge, keys, command):
    both = an_id("incident 7")
    await judge.sends(FINDINGS, found_on(keys, 7), found_on(keys, 7, code="GL03", incident_id=both))
    assert (await table(command))["vt-002"] == (3, 1, 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"finding_class": FindingClass.HEALTH, "code": "GL13"},
        {"finding_class": FindingClass.HEALTH, "code": "GL13", "also_misuse": True},
        {"finding_class": FindingClass.PAPER, "code": "GL05"},
        {"severity": Severity.INFORMATION},
        {"subject": "person", "weak": True, "subject_ref": "b" * 64},
        {"lane": None},
    ],
)
async def test_health_paper_information_and_unconfirmed_persons_never_count_against_a_carrier(
    judge, keys, command, changes
):
    await judge.sends(FINDINGS, found_on(keys, 7, **changes))
    assert await table(command) == {"vt-001": (6, 0, 0), "vt-002": (3, 0, 0)}


@pytest.mark.parametrize(
    "disposition", ["VEHICLE_HELD", "HANDED_TO_INVESTIGATORS", "CLEARED_ON_THE_SPOT", "MISREAD"]
)
async def test_no_other_disposition_confirms(judge, keys, command, disposition):
    await judge.sends(FINDINGS, found_on(keys, 7))
    await command.post(f"/v1/alerts/{an_id('incident 7')}/disposition", json={"disposition": disposition})
    assert (await table(command))["vt-002"] == (3, 1, 0)


async def test_what_is_withdrawn_counts_no_more_and_says_so_where_it_was_confirmed(judge, keys, command):
    await judge.sends(FINDINGS, found_on(keys, 7))
    await confirm(command, 7)
    await judge.sends(FINDINGS, found_on(keys, 7, revision=2, state=FactState.WITHDRAWN))
    assert (await table(command))["vt-002"] == (3, 0, 0)
    shares = (await command.get("/v1/shares", params=PERIOD)).json()["shares"]
    assert {one["whose"]: one["withdrawn"] for one in shares} == {"vt-001": 0, "vt-002": 1}


async def test_another_day_has_other_numbers_and_one_without_traffic_none(judge, keys, command):
    await judge.sends(FINDINGS, found_on(keys, 7))
    empty = await command.get("/v1/shares", params={"from": "2021-10-05", "to": "2021-10-05"})
    assert empty.json()["shares"] == []
    assert (await command.get("/v1/shares", params={"from": "2021-10-07", "to": "2021-10-06"})).status_code == 422


@pytest.mark.parametrize(
    ("role", "status"), [("command", 200), ("auditor", 200), ("police", 403), ("registry", 403)]
)
async def test_who_sees_the_table(centre, centre_url, province, role, status):
    async with await logged_in(centre, centre_url, role, role) as person:
        answer = await person.get("/shares", params=PERIOD)
        assert answer.status_code == status
        assert ("vt-001" in answer.text) is (status == 200)
