"""Passes issued and revoked over a real database; and a station's own listening that refuses them offline."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import replace

import httpx
import pytest

from checkpoint_agent.listening.listener import Listening
from checkpoint_agent.listening.published import Record
from checkpoint_agent.outbox import Database, Outbox
from deploy.key_rotation import trust_list_in
from deploy.keys import KeyFolder, make_keys
from schemas.events.registry import ListPublished, VehiclePassRegistered, VehiclePassSecrets
from schemas.passes.read import read_pass
from schemas.passes.revocations import Revocations
from schemas.topics import LISTS, VEHICLE_PASSES, encode
from schemas.trust.signing import SIGNATURE_HEADER
from services.passes.issuing_keys import IssuingKeys
from tests.builders import NOON, an_id
from tests.integration.services.centre_parts import NAME, PLATE, a_client, with_key
from tests.station_parts import StandingClock, a_centre, a_list, an_identity

NUMBER = "083090000001"


def a_vehicle(**changes):
    return {
        "asked": "green_lane",
        "pass_id": str(an_id("pass")),
        "valid_until": "2021-10-20T00:00:00Z",
        "pass_number": "BT-000001",
        "plate": PLATE,
        "vehicle_class": "truck",
        "registered_crew": 2,
        "crew": [{"name": NAME, "number": NUMBER}],
    } | changes


def a_test(**changes):
    return {
        "asked": "test",
        "pass_id": str(an_id("test pass")),
        "valid_until": "2021-10-08T00:00:00Z",
        "person": {"name": NAME, "number": NUMBER, "birth_date": "1990-02-03"},
        "test_kind": "pcr",
        "sampled_at": "2021-10-06T01:00:00Z",
        "resulted_at": "2021-10-06T03:00:00Z",
    } | changes


@pytest.fixture
def issuers(tmp_path):
    folder = KeyFolder(tmp_path / "keys")
    make_keys(folder, [])
    return folder


@pytest.fixture
def issuing_centre(centre, issuers):
    return replace(centre, issuing=IssuingKeys(issuers.root / "issuers", issuers.passes))


@pytest.fixture
async def registrar(issuing_centre, centre_url):
    async with await with_key(issuing_centre, centre_url, "registrar", "registry") as client:
        yield client


async def published(centre, topic):
    async with centre.pool.acquire() as conn:
        rows = await conn.fetch("SELECT value FROM outbox WHERE topic = $1 ORDER BY row_id", topic.name)
    (model,) = topic.events
    return [model.model_validate_json(row["value"]) for row in rows]


async def test_a_green_lane_pass_is_issued_registered_and_sealed(registrar, issuing_centre):
    answer = await registrar.post("/v1/registry/passes", json=a_vehicle())
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told["text"].startswith("CX1:")
    assert base64.b64decode(told["png"]).startswith(b"\x89PNG")
    assert PLATE in told["page"]
    assert NAME not in told["page"]
    (registered,) = await published(issuing_centre, VEHICLE_PASSES)
    secrets = issuing_centre.keys.opener.open(registered.sealed, registered.event_id, VehiclePassSecrets)
    assert (secrets.plate, secrets.crew[0].number) == (PLATE, NUMBER)
    async with issuing_centre.pool.acquire() as conn:
        (row,) = await conn.fetch("SELECT issued_passes::text AS all_of_it FROM issued_passes")
    assert not any(secret in row["all_of_it"] for secret in (NAME, NUMBER, PLATE, told["text"]))


async def test_the_same_order_again_gives_the_same_pass_and_another_under_its_id_is_refused(registrar):
    first = (await registrar.post("/v1/registry/passes", json=a_test())).json()
    again = await registrar.post("/v1/registry/passes", json=a_test())
    assert (again.status_code, again.json()["created"]) == (200, False)
    assert (again.json()["text"], again.json()["page"]) == (first["text"], first["page"])
    other = await registrar.post("/v1/registry/passes", json=a_test(test_kind="rapid_accredited"))
    assert (other.status_code, other.json()["error"]) == (409, "PASS_HAS_OTHER_CONTENT")


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        (a_test(colour="red"), "test.colour"),
        (a_test(sampled_at="2022-10-06T01:00:00Z"), "sampled_at"),
        (a_vehicle(registered_crew=0), "crew"),
        (a_vehicle(plate=""), "green_lane.plate"),
    ],
)
async def test_a_wrong_order_is_answered_by_its_field_and_issues_nothing(registrar, issuing_centre, sent, field):
    answer = await registrar.post("/v1/registry/passes", json=sent)
    assert answer.status_code == 422
    assert field in [one["field"] for one in answer.json()["fields"]]
    assert NUMBER not in answer.text
    assert await published(issuing_centre, VEHICLE_PASSES) == []


async def test_without_a_folder_of_keys_the_registry_works_and_issues_nothing(centre, centre_url):
    async with await with_key(centre, centre_url, "registrar", "registry") as client:
        answer = await client.post("/v1/registry/passes", json=a_test())
        assert (answer.status_code, answer.json()["error"]) == (503, "CANNOT_ISSUE")
        assert "CHOTXANH_ISSUERS" in answer.json()["en"]
        assert (await client.get("/v1/registry/lists")).status_code == 200


async def test_issuing_needs_its_own_right(centre, centre_url):
    async with await with_key(centre, centre_url, "laboratory", "registry:test-results") as client:
        assert (await client.post("/v1/registry/passes", json=a_test())).status_code == 403
    async with a_client(centre) as stranger:
        assert (await stranger.post("/v1/registry/passes", json=a_test())).status_code == 401


async def test_revoking_withdraws_the_vehicle_and_raises_the_list_once(registrar, issuing_centre):
    told = (await registrar.post("/v1/registry/passes", json=a_vehicle())).json()
    path = f"/v1/registry/passes/{told['pass_id']}/revoke"
    answer = await registrar.post(path, json={"reason": "sold over Zalo"})
    assert (answer.status_code, answer.json()["list_revision"]) == (201, 1)
    again = await registrar.post(path, json={"reason": "sold over Zalo"})
    assert (again.status_code, again.json()["created"], again.json()["list_revision"]) == (200, False, 1)
    listed = await published(issuing_centre, LISTS)
    assert [one.revocations for one in listed] == [Revocations(signatures=(told["revocation"],))]
    states = [(one.revision, one.state) for one in await published(issuing_centre, VEHICLE_PASSES)]
    assert states == [(1, "in_force"), (2, "withdrawn")]


async def test_an_unknown_pass_is_not_revoked(registrar):
    path = f"/v1/registry/passes/{an_id('nobody')}/revoke"
    assert (await registrar.post(path, json={"reason": "x"})).status_code == 404


async def test_revocations_at_once_are_all_listed_and_keep_what_was_there(registrar, issuing_centre):
    kept = Revocations(tokens=("a" * 64,))
    sent = {"list_id": "revocations", "revision": 4, "revocations": kept.model_dump(mode="json")}
    await registrar.post("/v1/registry/lists", json=sent)
    orders = [a_test(pass_id=str(an_id(f"pass {n}"))) for n in range(4)] + [a_vehicle()]
    hashes = {(await registrar.post("/v1/registry/passes", json=one)).json()["revocation"] for one in orders}
    answers: list[httpx.Response] = await asyncio.gather(
        *(registrar.post(f"/v1/registry/passes/{one['pass_id']}/revoke", json={"reason": "x"}) for one in orders)
    )
    assert [answer.status_code for answer in answers] == [201] * 5
    listed = await published(issuing_centre, LISTS)
    assert [one.revision for one in listed] == [4, 5, 6, 7, 8, 9]
    assert set(listed[-1].revocations.signatures) == hashes
    assert listed[-1].revocations.tokens == ("a" * 64,)


def as_the_publisher_sends(signer, topic, event: ListPublished | VehiclePassRegistered) -> Record:
    key, value, headers = encode(topic, event)
    signature = signer.signature(topic.name, event.type_name, value)
    return Record(topic.name, key, value, [*headers, (SIGNATURE_HEADER, signature)])


async def test_a_station_that_heard_the_list_refuses_the_pass_offline_and_after_a_restart(
    registrar, issuing_centre, issuers, tmp_path
):
    told = (await registrar.post("/v1/registry/passes", json=a_vehicle())).json()
    stations_centre = a_centre()
    identity, clock = an_identity(stations_centre), StandingClock()
    database = Database(tmp_path)
    station = Listening(database, identity, Outbox(database, identity, clock), clock)
    trust = a_list("trust", trust_list=trust_list_in(issuers))
    before = a_list("revocations", revision=1, revocations=Revocations())
    station.take([as_the_publisher_sends(stations_centre.signer, LISTS, one) for one in (trust, before)])
    at = NOON.replace(hour=6)
    assert read_pass(told["text"], station.held.lists, at=at).reading.status == "accepted"
    await registrar.post(
        "/v1/registry/lists",
        json={"list_id": "revocations", "revision": 1, "revocations": Revocations().model_dump(mode="json")},
    )
    await registrar.post(f"/v1/registry/passes/{told['pass_id']}/revoke", json={"reason": "sold"})
    newest = (await published(issuing_centre, LISTS))[-1]
    station.take([as_the_publisher_sends(stations_centre.signer, LISTS, newest)])
    restarted = Listening(database, identity, Outbox(database, identity, clock), clock)
    for listening in (station, restarted):
        assert read_pass(told["text"], listening.held.lists, at=at).reading.reason == "PASS_REVOKED"
    database.close()
