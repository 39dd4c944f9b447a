"""The page of notices over a real database: what a form publishes, who may, and how any notice ends."""

from __future__ import annotations

import re

import pytest

from schemas.events.registry import NoticePublished
from schemas.topics import NOTICES
from schemas.words import FactState
from tests.builders import an_id
from tests.integration.services.centre_parts import PLATE, logged_in, with_key
from tests.integration.services.test_registry_api import a_post
from tests.integration.services.test_short_list import a_notice, a_station, opened, the_lists

ROAD = {
    "notice_id": str(an_id("road")),
    "notice": "road_closed",
    "post_id": "rach-mieu",
    "other_post_id": "co-chien",
    "road": "Phà Rạch Miễu",
    "document": "TB-12",
    "issuer": "UBND tỉnh",
}


@pytest.fixture
async def registrar(centre, centre_url):
    async with await with_key(centre, centre_url, "registrar", "registry") as client:
        for post_id, name in (("rach-mieu", "Rạch Miễu"), ("co-chien", "Cổ Chiên")):
            answer = await client.post("/v1/registry/posts", json=a_post() | {"post_id": post_id, "name": name})
            assert answer.status_code == 201
        yield client


@pytest.fixture
async def command(registrar, centre, centre_url):
    async with await logged_in(centre, centre_url, "lan", "command") as client:
        yield client


async def published(centre):
    async with centre.pool.acquire() as conn:
        rows = await conn.fetch("SELECT value FROM outbox WHERE topic = $1 ORDER BY row_id", NOTICES.name)
    return [NoticePublished.model_validate_json(row["value"]) for row in rows]


async def test_a_road_is_closed_and_opened_again(centre, command):
    assert (await command.post("/notices", data=ROAD)).status_code == 303
    page = (await command.get("/notices")).text
    assert "Phà Rạch Miễu</b>: Rạch Miễu ↔ Cổ Chiên" in re.sub(r"\s+", " ", page)
    assert "đang có hiệu lực" in page
    assert (await command.post(f"/notices/{ROAD['notice_id']}/end", data={"revision": 1})).status_code == 303
    first, last = await published(centre)
    assert (first.road, first.ends_at, first.revision) == ("Phà Rạch Miễu", None, 1)
    assert (last.effective_at, last.ends_at, last.revision) == (first.effective_at, last.occurred_at, 2)
    assert "đã hết" in (await command.get("/notices")).text


async def test_a_form_that_is_sent_twice_is_one_notice(centre, command):
    for _ in range(2):
        assert (await command.post("/notices", data=ROAD)).status_code == 303
    assert len(await published(centre)) == 1


async def test_what_is_wrong_stands_beside_its_field_and_nothing_is_published(centre, command):
    answer = await command.post("/notices", data=ROAD | {"other_post_id": "rach-mieu"})
    assert answer.status_code == 422
    assert 'aria-describedby="wrong-road_closed-other_post_id"' in answer.text
    assert "chọn một chốt khác" in answer.text
    assert 'value="Phà Rạch Miễu"' in answer.text
    assert await published(centre) == []


async def test_a_second_end_or_a_stale_page_is_refused(centre, command):
    await command.post("/notices", data=ROAD)
    action = f"/notices/{ROAD['notice_id']}"
    assert (await command.post(f"{action}/end", data={"revision": 2})).status_code == 409
    assert (await command.post(f"{action}/end", data={"revision": 1})).status_code == 303
    assert (await command.post(f"{action}/end", data={"revision": 2})).status_code == 409
    assert (await command.post(f"{action}/withdraw", data={"revision": 2})).status_code == 303
    assert (await command.post(f"{action}/withdraw", data={"revision": 3})).status_code == 409
    assert [one.state for one in await published(centre)] == ["in_force", "in_force", FactState.WITHDRAWN]
    assert (await command.post(f"/notices/{an_id('no')}/end", data={"revision": 1})).status_code == 404


async def test_a_sealed_notice_is_ended_unopened_and_leaves_the_stations_lists(centre, registrar, command):
    await a_station(registrar)
    assert (await registrar.post("/v1/registry/notices", json=a_notice())).status_code == 201
    page = (await command.get("/notices")).text
    assert "(nội dung niêm phong)" in page
    assert PLATE not in page
    answer = await command.post(f"/notices/{an_id('notice')}/end", data={"revision": 1})
    assert answer.status_code == 303
    first, last = await published(centre)
    assert last.sealed == first.sealed
    assert [len(opened(one)) for one in await the_lists(centre)] == [1, 0]


async def test_only_who_keeps_notices_sees_and_makes_them(centre, centre_url, registrar):
    async with await logged_in(centre, centre_url, "coordinator", "coordinator") as coordinator:
        assert (await coordinator.get("/notices")).status_code == 403
        assert (await coordinator.post("/notices", data=ROAD)).status_code == 403
        answer = await coordinator.post(f"/notices/{ROAD['notice_id']}/end", data={"revision": 1})
        assert answer.status_code == 403


async def test_a_form_without_its_token_is_refused(command):
    del command.headers["x-csrf-token"]
    assert (await command.post("/notices", data=ROAD)).status_code == 403
