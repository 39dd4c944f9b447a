"""The registry API over a real database: what machines enter, and what becomes of it."""

from __future__ import annotations

import base64
import json

import pytest

from schemas.events.registry import VehiclePassSecrets
from schemas.events.test_result import TestResultReported, TestResultSecrets
from schemas.topics import TEST_RESULTS, VEHICLE_PASSES
from services.registry import store
from tests.builders import a_policy, an_id
from tests.integration.services.centre_parts import NAME, PLATE, with_key

NUMBER = "083090000001"


POLICIES = "/v1/registry/policies"


def a_result(**changes):
    return {
        "result_id": str(an_id("result")),
        "source": "benh-vien-tinh",
        "person": {"name": NAME, "number": NUMBER, "birth_date": "1990-02-03"},
        "kind": "pcr",
        "standing": "confirmed",
        "outcome": "positive",
        "sampled_at": "2021-10-06T01:00:00Z",
        "resulted_at": "2021-10-06T03:00:00Z",
    } | changes


def a_pass(**changes):
    return {
        "pass_id": str(an_id("pass")),
        "pass_number": "BT-000001",
        "plate": PLATE,
        "vehicle_class": "truck",
        "registered_crew": 2,
        "issuer": "BENTRE",
        "valid_from": "2021-10-01T00:00:00Z",
        "valid_until": "2021-10-10T00:00:00Z",
    } | changes


def a_post(**changes):
    return {
        "post_id": "rach-mieu",
        "name": "Chốt Rạch Miễu",
        "mode": "road",
        "level": "province",
        "records": ["in", "out"],
    } | changes


@pytest.fixture
async def registrar(centre, centre_url):
    async with await with_key(centre, centre_url, "registrar", "registry") as client:
        yield client


async def the_outbox(centre, topic):
    async with centre.pool.acquire() as conn:
        return await conn.fetch("SELECT * FROM outbox WHERE topic = $1 ORDER BY row_id", topic.name)


async def test_a_test_result_is_sealed_and_written_to_the_outbox(registrar, centre):
    answer = await registrar.post("/v1/registry/test-results", json=a_result())
    assert answer.status_code == 201
    (row,) = await the_outbox(centre, TEST_RESULTS)
    event = TestResultReported.model_validate_json(row["value"])
    secrets = centre.keys.opener.open(event.sealed, event.event_id, TestResultSecrets)
    assert (secrets.person.name, secrets.outcome) == (NAME, "positive")
    assert NAME.encode() not in row["value"]
    assert NUMBER.encode() not in row["value"]


async def test_the_same_again_is_not_created_twice(registrar, centre):
    await registrar.post("/v1/registry/test-results", json=a_result())
    again = await registrar.post("/v1/registry/test-results", json=a_result())
    assert again.status_code == 200
    assert again.json()["results"][0]["created"] is False
    assert len(await the_outbox(centre, TEST_RESULTS)) == 1


async def test_other_content_under_the_same_revision_is_refused(registrar, centre):
    await registrar.post("/v1/registry/test-results", json=a_result())
    other = await registrar.post("/v1/registry/test-results", json=a_result(outcome="negative"))
    assert (other.status_code, other.json()["error"]) == (409, "REVISION_HAS_OTHER_CONTENT")
    corrected = await registrar.post("/v1/registry/test-results", json=a_result(outcome="negative", revision=2))
    assert corrected.status_code == 201


async def test_a_revision_older_than_the_newest_is_refused(registrar):
    await registrar.post("/v1/registry/test-results", json=a_result(revision=3))
    late = await registrar.post("/v1/registry/test-results", json=a_result(revision=2))
    assert (late.status_code, late.json()["error"]) == (409, "REVISION_TOO_OLD")


async def test_a_list_is_recorded_whole_or_not_at_all(registrar, centre):
    await registrar.post("/v1/registry/test-results", json=a_result())
    new, contradicting = a_result(result_id=str(an_id("new"))), a_result(outcome="negative")
    answer = await registrar.post("/v1/registry/test-results", json=[new, contradicting])
    assert answer.status_code == 409
    assert len(await the_outbox(centre, TEST_RESULTS)) == 1


@pytest.mark.parametrize(
    ("sent", "field", "code"),
    [
        (a_result(colour="red"), "colour", "extra_forbidden"),
        (a_result(person={"name": NAME, "nummer": NUMBER}), "person.nummer", "extra_forbidden"),
        (a_result(person={"number": "0830900000012345"}), "person.number", "string_pattern_mismatch"),
        (a_result(kind="guess"), "kind", "enum"),
        (a_result(sampled_at="2021-10-06 01:00"), "sampled_at", "timezone_aware"),
        (
            a_result(sampled_at="2031-10-06T01:00:00Z", resulted_at="1999-01-01T00:00:00Z"),
            "resulted_at",
            "value_error",
        ),
        (a_result(source="x\u0000"), "source", "string_pattern_mismatch"),
        (a_result(revision=2**70), "revision", "less_than_equal"),
        ({key: value for key, value in a_result().items() if key != "outcome"}, "outcome", "missing"),
    ],
)
async def test_a_wrong_field_is_named_in_words_and_its_value_never_repeated(registrar, sent, field, code):
    answer = await registrar.post("/v1/registry/test-results", json=sent)
    assert answer.status_code == 422
    (said,) = [one for one in answer.json()["fields"] if one["field"] == field]
    assert said["code"] == code
    assert said["vi"]
    assert said["en"]
    assert NAME not in answer.text
    assert "0830900000" not in answer.text


async def test_a_body_that_is_not_json_is_refused_in_words(registrar):
    answer = await registrar.post("/v1/registry/notices", content=b"\x00{not json")
    assert (answer.status_code, answer.json()["fields"][0]["code"]) == (422, "json_invalid")


async def test_a_vehicle_pass_keeps_its_plate_in_the_box(registrar, centre):
    await registrar.post("/v1/registry/vehicle-passes", json=a_pass())
    (row,) = await the_outbox(centre, VEHICLE_PASSES)
    event = json.loads(row["value"])
    assert PLATE.encode() not in row["value"]
    async with centre.pool.acquire() as conn:
        (kept,) = await store.newest(conn, "vehicle-passes")
    assert event["pass_id"] == str(kept.pass_id)
    assert centre.keys.opener.open(kept.sealed, kept.event_id, VehiclePassSecrets).plate == PLATE


async def test_versions_of_a_policy_are_things_of_their_own_and_rise(registrar):
    for version in (1, 2):
        sent = {"policy": a_policy(version=version).model_dump(mode="json")}
        assert (await registrar.post(f"{POLICIES}?accept_past=true", json=sent)).status_code == 201
    first = {"policy": a_policy(version=1, document="other").model_dump(mode="json")}
    assert (await registrar.post("/v1/registry/policies", json=first)).status_code == 409
    misspelt = {"policy": a_policy(version=3).model_dump(mode="json") | {"decision_tiem": "PT5M"}}
    answer = await registrar.post("/v1/registry/policies", json=misspelt)
    assert answer.json()["fields"][0]["field"] == "policy.decision_tiem"


async def test_a_policy_for_the_past_is_refused_until_its_effect_was_seen(registrar):
    sent = {"policy": a_policy().model_dump(mode="json")}
    answer = await registrar.post(POLICIES, json=sent)
    assert answer.status_code == 422
    assert [(field["field"], field["code"]) for field in answer.json()["fields"]] == [
        ("policy.effective_at", "TAKES_EFFECT_IN_PAST")
    ]
    assert (await registrar.post(f"{POLICIES}?accept_past=true", json=sent)).status_code == 201
    assert (await registrar.post(POLICIES, json=sent)).json()["results"][0]["created"] is False


GOODS = {
    "limits_id": "128-NQ-CP",
    "version": 1,
    "document": "Nghị quyết 128/NQ-CP ngày 11-10-2021",
    "issuer": "Chính phủ",
    "effective_at": "2021-10-01T00:00:00Z",
    "limits": [
        {
            "code": "GOODS_NEVER_BANNED",
            "sentence": {"vi": "Không cấm hàng hóa", "en": "goods are never banned"},
            "trial": {"vehicle_classes": ["truck"], "card": True, "test_hours": 1},
            "never_outcomes": ["turn_back"],
        }
    ],
}


async def test_a_bundle_that_breaks_a_limit_from_above_is_refused_with_the_limit_named(registrar):
    for created in (True, False):
        assert (await registrar.post("/v1/registry/limits", json=GOODS)).json()["created"] is created
    ban = {
        "code": "NO_TRUCKS",
        "about": "crossing",
        "when": {"vehicle_classes": ["truck"], "destination_levels": [4]},
        "logic": False,
        "sentence": {"vi": "Xe tải không được vào", "en": "no trucks"},
    }
    bundle = a_policy(acceptance=(ban,), codes=({"code": "NO_TRUCKS", "outcome": "turn_back"},))
    sent = {"policy": bundle.model_dump(mode="json")}
    answer = await registrar.post(f"{POLICIES}?accept_past=true", json=sent)
    (field,) = answer.json()["fields"]
    assert (answer.status_code, field["field"], field["code"]) == (
        422,
        "policy.acceptance.0",
        "GOODS_NEVER_BANNED",
    )
    assert "128/NQ-CP" in field["vi"]
    assert "goods are never banned" in field["en"]


async def test_a_station_is_enrolled_only_at_a_post_that_is_known(registrar):
    key = base64.b64encode(b"k" * 32).decode()
    station = {
        "station_id": "rach-mieu-1",
        "enrolment": 1,
        "post_id": "rach-mieu",
        "lane": 1,
        "signing_key": key,
        "sealing_key": key,
        "sealing_key_id": "s1",
    }
    assert (await registrar.post("/v1/registry/stations", json=station)).status_code == 422
    assert (await registrar.post("/v1/registry/posts", json=a_post())).status_code == 201
    assert (await registrar.post("/v1/registry/stations", json=station)).status_code == 201
    listed = (await registrar.get("/v1/registry/stations")).json()["stations"]
    assert [one["station_id"] for one in listed] == ["rach-mieu-1"]


async def test_lists_notices_zones_and_places_are_taken(registrar):
    notice = {
        "notice_id": str(an_id("notice")),
        "notice": "to_be_checked",
        "document": "TB-1",
        "issuer": "CA",
        "effective_at": "2021-10-06T00:00:00Z",
        "plate": PLATE,
    }
    road = {
        "notice_id": str(an_id("road")),
        "notice": "road_closed",
        "document": "TB-2",
        "issuer": "UBND",
        "effective_at": "2021-10-06T00:00:00Z",
        "ends_at": "2021-10-07T00:00:00Z",
        "post_id": "rach-mieu",
        "other_post_id": "co-chien",
        "road": "Phà",
    }
    zones = {
        "zones_id": str(an_id("zones")),
        "document": "QD-1",
        "effective_at": "2021-10-06T00:00:00Z",
        "levels": {"83": 2},
    }
    for path, sent in (
        ("notices", notice),
        ("notices", road),
        ("zones", zones),
        ("lists", {"list_id": "trust", "trust_list": {"entries": []}}),
        ("places", {"place_id": "ktx", "name": "Ký túc xá", "kind": "centre", "capacity": 10}),
    ):
        answer = await registrar.post(f"/v1/registry/{path}", json=sent)
        assert answer.status_code == 201, (path, answer.text)


async def test_a_key_of_one_scope_enters_nothing_else(centre, centre_url):
    async with await with_key(centre, centre_url, "laboratory", "registry:test-results") as laboratory:
        assert (await laboratory.post("/v1/registry/test-results", json=a_result())).status_code == 201
        assert (await laboratory.post("/v1/registry/vehicle-passes", json=a_pass())).status_code == 403
        assert (await laboratory.post("/v1/registry/places", json={})).status_code == 403


async def test_every_entry_leaves_an_audit_record_and_none_names_a_person(registrar, centre):
    await registrar.post("/v1/registry/test-results", json=a_result())
    async with centre.pool.acquire() as conn:
        rows = [dict(row) for row in await conn.fetch("SELECT * FROM audit ORDER BY number")]
        registry = [str(dict(row)) for row in await conn.fetch("SELECT * FROM registry")]
    assert rows[-1]["action"] == "published_test-results"
    assert rows[-1]["by"] == "key:registrar"
    assert NAME not in str(rows)
    assert not [text for text in registry if NAME in text or NUMBER in text]
