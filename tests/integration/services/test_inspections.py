"""The yield of random inspections, over a real database: drawn, done, skipped, found, per post and shift."""

from __future__ import annotations

from datetime import timedelta

import pytest

from schemas.events.crossing import CrossingCorrected, Inspection
from schemas.topics import CROSSINGS, FINDINGS, STATIONS
from schemas.words import CargoSpace, FactState, FindingClass, Severity
from tests.builders import NOON, a_crossing, an_id
from tests.integration.services.centre_parts import a_finding, logged_in, with_key
from tests.integration.services.test_intake_records import a_station

PERIOD = {"from": "2021-10-06", "to": "2021-10-06"}
OPENED, NOT_OPENED = CargoSpace.OPENED, CargoSpace.NOT_OPENED

CROSSED = (
    # number, shift, drawn, cargo space
    (1, "1", True, OPENED),
    (2, "1", True, OPENED),
    (3, "1", True, NOT_OPENED),  # skipped
    (4, "1", False, OPENED),  # opened for another reason: not the draw's
    (5, "2", False, NOT_OPENED),
    (6, "2", None, OPENED),  # no rate is for it
    (7, None, True, CargoSpace.SEAL_CHECKED),
)


def at(number):
    return NOON + timedelta(minutes=number)


def crossed(number, shift, drawn, cargo_space, **changes):
    inspection = Inspection(cargo_space=cargo_space, drawn=drawn, draw_counter=number)
    said = {"number": number, "occurred_at": at(number), "shift": shift, "inspection": inspection} | changes
    return a_crossing(f"crossing {number}", **said)


def found_on(keys, number, **changes):
    return a_finding(keys, f"finding {number} {changes}", seen_at=at(number), **changes)


@pytest.fixture
async def command(judge, centre, centre_url):
    await judge.sends(STATIONS, a_station())
    await judge.sends(CROSSINGS, *(crossed(*one) for one in CROSSED))
    async with await with_key(centre, centre_url, "command", "alerts:shares") as client:
        yield client


async def table(client, **wanted):
    found = (await client.get("/v1/inspections", params=PERIOD | wanted)).json()["inspections"]
    return {
        one["shift"]: (one["at_a_rate"], one["drawn"], one["inspected"], one["skipped"], one["found"])
        for one in found
    }


async def test_what_was_drawn_done_skipped_and_found_is_counted_for_each_shift(judge, keys, command):
    assert await table(command) == {None: (1, 1, 1, 0, 0), "1": (4, 3, 2, 1, 0), "2": (1, 0, 0, 0, 0)}
    await judge.sends(FINDINGS, found_on(keys, 1), found_on(keys, 1, code="GL09"))  # one crossing, once
    assert (await table(command))["1"] == (4, 3, 2, 1, 1)
    rows = (await command.get("/v1/inspections", params=PERIOD)).json()["inspections"]
    assert [one["found_permille"] for one in rows] == [0, 500, None]


@pytest.mark.parametrize(
    ("number", "changes"),
    [
        (3, {}),  # drawn and not inspected
        (4, {}),  # inspected and not drawn
        (1, {"finding_class": FindingClass.PAPER, "code": "GL05"}),
        (1, {"severity": Severity.INFORMATION, "code": "GL12"}),
        (1, {"state": FactState.WITHDRAWN}),
    ],
)
async def test_what_the_draw_did_not_bring_to_light_is_not_found_by_it(judge, keys, command, number, changes):
    before = await table(command)
    await judge.sends(FINDINGS, found_on(keys, number, **changes))
    assert await table(command) == before


async def test_a_correction_counts_instead_and_practice_and_other_days_never_do(judge, command):
    mended = crossed(*CROSSED[2]).model_dump() | {
        "event_id": an_id("mended"),
        "revision": 2,
        "number": 8,
        "reason": "MISTYPED",
        "corrects": crossed(*CROSSED[2]).event_id,
        "inspection": Inspection(cargo_space=OPENED, drawn=True, draw_counter=3),
    }
    await judge.sends(CROSSINGS, CrossingCorrected.model_validate(mended))
    await judge.sends(CROSSINGS, crossed(9, "1", True, OPENED, practice=True))
    await judge.sends(CROSSINGS, crossed(10, "1", True, OPENED, occurred_at=NOON + timedelta(hours=12)))
    assert (await table(command))["1"] == (4, 3, 3, 0, 0)
    assert await table(command, **{"from": "2021-10-07", "to": "2021-10-07"}) == {"1": (1, 1, 1, 0, 0)}


async def test_the_page_is_for_the_command_and_the_auditor(command, centre, centre_url):
    for role, status in (("command", 200), ("auditor", 200), ("police", 403), ("coordinator", 403)):
        async with await logged_in(centre, centre_url, role, role) as person:
            answer = await person.get("/inspections", params=PERIOD)
            assert answer.status_code == status, role
            assert ("không ghi ca" in answer.text) == (status == 200)
