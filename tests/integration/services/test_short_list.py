"""A notice about a plate becomes a short list, sealed for each enrolled station, over a real database."""

from __future__ import annotations

import base64

import pytest
from nacl.public import PrivateKey

from schemas.events.registry import ListPublished, ToBeCheckedSecrets
from schemas.topics import LISTS
from schemas.trust.sealing import Opener
from tests.builders import an_id
from tests.integration.services.centre_parts import PLATE, with_key
from tests.integration.services.test_registry_api import a_post

STATION_KEY = PrivateKey.generate()


@pytest.fixture
async def registrar(centre, centre_url):
    async with await with_key(centre, centre_url, "registrar", "registry") as client:
        yield client


def a_notice(**changes):
    return {
        "notice_id": str(an_id("notice")),
        "notice": "to_be_checked",
        "document": "TB-1",
        "issuer": "CA",
        "effective_at": "2021-10-06T00:00:00Z",
        "ends_at": "2099-10-06T00:00:00Z",
        "plate": PLATE,
        "reason": "chở hàng giả",
    } | changes


async def a_station(client):
    await client.post("/v1/registry/posts", json=a_post())
    public = base64.b64encode(bytes(STATION_KEY.public_key)).decode()
    station = {
        "station_id": "rach-mieu-1",
        "enrolment": 1,
        "post_id": "rach-mieu",
        "lane": 1,
        "signing_key": public,
        "sealing_key": public,
        "sealing_key_id": "s1",
    }
    assert (await client.post("/v1/registry/stations", json=station)).status_code == 201


async def the_lists(centre):
    async with centre.pool.acquire() as conn:
        rows = await conn.fetch("SELECT value FROM outbox WHERE topic = $1 ORDER BY row_id", LISTS.name)
    assert not [row for row in rows if PLATE.encode() in row["value"]]
    return [ListPublished.model_validate_json(row["value"]) for row in rows]


def opened(published):
    box = published.to_be_checked["rach-mieu-1"]
    return Opener({"s1": bytes(STATION_KEY)}).open(box, published.event_id, ToBeCheckedSecrets).entries


async def test_each_station_gets_the_plates_and_reasons_in_its_own_box(registrar, centre):
    await a_station(registrar)
    assert await the_lists(centre) == []
    assert (await registrar.post("/v1/registry/notices", json=a_notice())).status_code == 201
    (published,) = await the_lists(centre)
    (entry,) = opened(published)
    assert (entry.plate, entry.reason, entry.document) == (PLATE, "chở hàng giả", "TB-1")


async def test_a_withdrawn_notice_leaves_the_list_and_a_new_station_gets_one(registrar, centre):
    await registrar.post("/v1/registry/notices", json=a_notice())
    await a_station(registrar)
    await registrar.post("/v1/registry/notices", json=a_notice(revision=2, state="withdrawn"))
    lists = await the_lists(centre)
    assert [one.revision for one in lists] == [1, 2, 3]
    assert [len(opened(one)) for one in lists[1:]] == [1, 0]
