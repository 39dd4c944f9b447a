"""The page of risk levels, and names instead of codes on the queue, over a real database."""

from __future__ import annotations

import pytest

from schemas.topics import REFERRALS
from tests.integration.services.centre_parts import a_referral, logged_in, with_key
from tests.integration.services.test_registry_tables import LEVELS, UNITS, send

WRONG = LEVELS + "99999,2,2021-10-06,QĐ 1\n"


@pytest.fixture
async def registrar(centre, centre_url):
    async with await with_key(centre, centre_url, "registrar", "registry") as client:
        yield client


@pytest.fixture
async def command(centre, centre_url):
    async with await logged_in(centre, centre_url, "command", "command") as client:
        yield client


def a_file(table):
    return {"file": ("levels.csv", table.encode(), "text/csv")}


async def test_levels_are_shown_as_of_an_instant_with_the_units_names(registrar, command):
    await send(registrar, "units", UNITS)
    await send(registrar, "zones", LEVELS)
    page = (await command.get("/zones", params={"at": "2021-10-06T00:00", "unit": "28810"})).text
    assert "Thị trấn Châu Thành, Huyện Châu Thành, Tỉnh Bến Tre" in page
    assert "cấp 4" in page
    before = (await command.get("/zones", params={"at": "2021-10-05T23:59", "unit": "28810"})).text
    assert "Chưa có cấp độ nào" in before
    assert "Chưa có cấp độ cho đơn vị này" in before


async def test_a_table_is_taken_from_the_page(registrar, command):
    await send(registrar, "units", UNITS)
    answer = await command.post("/zones", files=a_file(LEVELS))
    assert (answer.status_code, answer.headers["location"]) == (303, "/zones?taken=1")
    assert "cấp 1" in (await command.get("/zones", params={"unit": "831"})).text


async def test_wrong_rows_are_shown_beside_what_is_wrong_and_nothing_is_taken(registrar, command):
    await send(registrar, "units", UNITS)
    answer = await command.post("/zones", files=a_file(WRONG))
    assert answer.status_code == 422
    assert "99999,2,2021-10-06,QĐ 1" in answer.text
    assert "không có đơn vị này" in answer.text
    assert "Chưa có cấp độ nào" in (await command.get("/zones")).text


async def test_only_who_keeps_the_levels_sees_and_changes_them(centre, centre_url):
    async with await logged_in(centre, centre_url, "coordinator", "coordinator") as coordinator:
        assert (await coordinator.get("/zones")).status_code == 403
        assert (await coordinator.post("/zones", files=a_file(LEVELS))).status_code == 403


async def test_a_form_without_its_token_is_refused(command):
    del command.headers["x-csrf-token"]
    assert (await command.post("/zones", files=a_file(LEVELS))).status_code == 403


async def test_the_queue_names_the_commune_of_destination(registrar, centre, centre_url, judge):
    referral = a_referral(centre.keys, destination_commune="28810")
    await judge.sends(REFERRALS, referral)
    async with await logged_in(centre, centre_url, "coordinator", "coordinator") as coordinator:
        assert "28810" in (await coordinator.get("/queue")).text
        await send(registrar, "units", UNITS)
        assert "Thị trấn Châu Thành, Huyện Châu Thành" in (await coordinator.get("/queue")).text
