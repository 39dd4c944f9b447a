"""Units, risk levels and test results as tables: whole or not at all, and each wrong row in words."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from schemas.events.registry import UnitsPublished, ZonesAssigned
from schemas.events.test_result import TestResultReported, TestResultSecrets
from schemas.topics import TEST_RESULTS, ZONES
from tests.builders import an_id
from tests.integration.services.centre_parts import NAME, with_key

ALL_UNITS = Path(__file__).resolve().parents[4] / "shared" / "data" / "admin_units_2021.csv"
CSV = {"content-type": "text/csv; charset=utf-8"}

UNITS = """code,level,name_vi,name_en,parent_code
83,province,Tỉnh Bến Tre,,
831,district,Huyện Châu Thành,,83
28810,commune,Thị trấn Châu Thành,,831
"""
LEVELS = "code,level,effective_at,document\n83,1,2021-10-06 00:00,QĐ 1\n28810,4,2021-10-06 00:00,QĐ 1\n"
RESULTS = "result_id,source,name,number,birth_date,kind,basis,standing,outcome,sampled_at,resulted_at,pool_id\n"


def a_row(
    name="result", person=f"{NAME},083090000001,1990-02-03", basis="individual", outcome="positive", pool=""
):
    return (
        f"{an_id(name)},benh-vien-tinh,{person},pcr,{basis},confirmed,{outcome},"
        f"2021-10-06 08:00,2021-10-06T03:00:00Z,{pool}\n"
    )


@pytest.fixture
async def registrar(centre, centre_url):
    async with await with_key(centre, centre_url, "registrar", "registry") as client:
        yield client


async def send(client, path, table):
    return await client.post(f"/v1/registry/{path}", content=table.encode(), headers=CSV)


async def the_outbox(centre, topic):
    async with centre.pool.acquire() as conn:
        return await conn.fetch("SELECT * FROM outbox WHERE topic = $1 ORDER BY row_id", topic.name)


async def test_units_are_published_a_province_at_a_time_and_hamlets_are_added_to_them(registrar, centre):
    assert (await send(registrar, "units", UNITS)).status_code == 201
    again = await send(registrar, "units", UNITS)
    assert (again.status_code, again.json()["results"]) == (200, [])
    hamlet = "code,level,name_vi,parent_code\n28810-1,hamlet,Ấp 1,28810\n"
    assert (await send(registrar, "units", hamlet)).status_code == 201
    first, second = await the_outbox(centre, ZONES)
    assert len(UnitsPublished.model_validate_json(first["value"]).units) == 3
    changed = UnitsPublished.model_validate_json(second["value"])
    assert (changed.revision, len(changed.units)) == (2, 4)


async def test_a_table_of_levels_is_one_assignment_a_document_and_the_same_again_changes_nothing(
    registrar, centre
):
    await send(registrar, "units", UNITS)
    assert (await send(registrar, "zones", LEVELS)).status_code == 201
    assert (await send(registrar, "zones", LEVELS)).status_code == 200
    corrected = LEVELS.replace("28810,4", "28810,3")
    assert (await send(registrar, "zones", corrected)).json()["results"][0]["revision"] == 2
    rows = await the_outbox(centre, ZONES)
    assigned = [ZonesAssigned.model_validate_json(row["value"]) for row in rows if "zones" in row["type_name"]]
    assert [one.levels for one in assigned] == [{"83": 1, "28810": 4}, {"83": 1, "28810": 3}]


async def test_a_table_with_one_wrong_row_changes_nothing_and_says_line_and_column(registrar, centre):
    await send(registrar, "units", UNITS)
    answer = await send(registrar, "zones", LEVELS + "99999,7,2021-10-06,QĐ 1\n")
    assert answer.status_code == 422
    assert [(one["line"], one["column"]) for one in answer.json()["fields"]] == [(4, "code"), (4, "level")]
    assert all(one["vi"] and one["en"] for one in answer.json()["fields"])
    assert len(await the_outbox(centre, ZONES)) == 1


@pytest.mark.skipif(not ALL_UNITS.exists(), reason="the units of 2021 are laid beside the checkout")
async def test_the_whole_country_is_taken_in_one_table(registrar, centre):
    answer = await send(registrar, "units", ALL_UNITS.read_text())
    assert (answer.status_code, len(answer.json()["results"])) == (201, 63)
    async with centre.pool.acquire() as conn:
        tree = await centre.units.tree(conn)
    assert (len(tree), tree.name_of("28810"), tree.is_within("28810", "83")) == (11_367, "Xã An Khánh", True)


async def test_results_of_a_table_are_sealed_and_idempotent_and_local_times_are_local(registrar, centre):
    table = RESULTS + a_row()
    assert (await send(registrar, "test-results", table)).status_code == 201
    assert (await send(registrar, "test-results", table)).status_code == 200
    (row,) = await the_outbox(centre, TEST_RESULTS)
    event = TestResultReported.model_validate_json(row["value"])
    secrets = centre.keys.opener.open(event.sealed, event.event_id, TestResultSecrets)
    assert (secrets.person.name, secrets.sampled_at.hour, secrets.resulted_at.hour) == (NAME, 1, 3)
    assert NAME.encode() not in row["value"]


async def test_rows_of_one_result_are_a_pool_and_its_members(registrar, centre):
    members = [f"Người {n},08309000000{n},1990" for n in range(3)]
    rows = "".join(a_row("pool", person, "pooled", pool="P1") for person in members)
    assert (await send(registrar, "test-results", RESULTS + rows)).status_code == 201
    (row,) = await the_outbox(centre, TEST_RESULTS)
    event = TestResultReported.model_validate_json(row["value"])
    secrets = centre.keys.opener.open(event.sealed, event.event_id, TestResultSecrets)
    assert (secrets.person.name, [one.name for one in secrets.covered]) == ("Người 0", ["Người 1", "Người 2"])


async def test_every_wrong_row_of_results_is_named_without_what_stood_there(registrar, centre):
    table = (
        RESULTS
        + a_row("good")
        + a_row("a", person=f"{NAME},0830,1990")
        + a_row("b", outcome="maybe")
        + a_row("c").replace("2021-10-06 08:00", "6/10")
        + a_row("good", person="Người Khác,,1991", outcome="negative")
    )
    answer = await send(registrar, "test-results", table)
    assert [(one["line"], one["column"]) for one in answer.json()["fields"]] == [
        (3, "number"),
        (4, "outcome"),
        (5, "sampled_at"),
        (6, "outcome"),
    ]
    assert NAME not in answer.text
    assert "0830" not in answer.text
    assert await the_outbox(centre, TEST_RESULTS) == []


async def test_one_result_twice_in_a_list_is_refused_with_everything_beside_it(registrar, centre):
    one = {
        "result_id": str(an_id("twice")),
        "source": "lab",
        "person": {"name": NAME},
        "kind": "pcr",
        "standing": "confirmed",
        "outcome": "positive",
        "sampled_at": "2021-10-06T01:00:00Z",
        "resulted_at": "2021-10-06T03:00:00Z",
    }
    answer = await registrar.post("/v1/registry/test-results", json=[one, one | {"outcome": "negative"}])
    assert (answer.status_code, answer.json()["error"]) == (409, "THING_TWICE")
    assert await the_outbox(centre, TEST_RESULTS) == []


async def test_five_thousand_results_are_taken_in_one_transaction_in_under_ten_seconds(registrar, centre):
    table = RESULTS + "".join(
        a_row(f"many {n}", person=f"Người {n},{83_090_000_000 + n:012},1990-02-03") for n in range(5000)
    )
    began_s = time.monotonic()
    answer = await send(registrar, "test-results", table)
    took_s = time.monotonic() - began_s
    assert (answer.status_code, len(answer.json()["results"])) == (201, 5000)
    assert len(await the_outbox(centre, TEST_RESULTS)) == 5000
    assert took_s < 10
