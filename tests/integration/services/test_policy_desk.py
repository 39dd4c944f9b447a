"""The command's page of bundles on a real database: two persons publish, one action goes back, holders show."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from schemas.events.operations import StationHealth
from schemas.events.registry import PolicyPublished
from schemas.policy.in_force import held_as
from schemas.topics import POLICIES
from services.intake.counts import take_health
from tests.builders import NOON, a_policy, an_id
from tests.integration.services.centre_parts import logged_in

LATER = NOON + timedelta(hours=12)
ID = a_policy().policy_id


def draft(**changes):
    return json.dumps(a_policy(**{"effective_at": LATER} | changes).model_dump(mode="json"))


@pytest.fixture
async def lan(centre, centre_url):
    async with await logged_in(centre, centre_url, "lan", "command") as browser:
        yield browser


@pytest.fixture
async def minh(centre, centre_url):
    async with await logged_in(centre, centre_url, "minh", "command") as browser:
        yield browser


async def the_published(centre):
    async with centre.pool.acquire() as conn:
        rows = await conn.fetch("SELECT value FROM outbox WHERE topic = $1 ORDER BY row_id", POLICIES.name)
    return [PolicyPublished.model_validate_json(row["value"]).policy for row in rows]


async def the_proposal(centre):
    async with centre.pool.acquire() as conn:
        return await conn.fetchval("SELECT proposal_id FROM policy_proposals WHERE state = 'open'")


async def published_by_two(centre, lan, minh, **changes):
    assert (await lan.post("/policies", data={"draft": draft(**changes)})).status_code == 303
    proposal = await the_proposal(centre)
    return await minh.post(f"/policies/proposals/{proposal}/approve")


async def test_a_bundle_is_published_by_a_second_person_only(centre, lan, minh):
    assert (await lan.post("/policies", data={"draft": draft()})).status_code == 303
    proposal = await the_proposal(centre)
    assert "Duyệt và ban hành" not in (await lan.get("/policies")).text
    assert (await lan.post(f"/policies/proposals/{proposal}/approve")).status_code == 409
    assert await the_published(centre) == []
    assert "Duyệt và ban hành" in (await minh.get("/policies")).text
    assert (await minh.post(f"/policies/proposals/{proposal}/approve")).status_code == 303
    assert [policy.version for policy in await the_published(centre)] == [1]
    assert (await minh.post(f"/policies/proposals/{proposal}/approve")).status_code == 404


async def test_what_was_refused_is_published_by_nobody(centre, lan, minh):
    await lan.post("/policies", data={"draft": draft()})
    proposal = await the_proposal(centre)
    assert (await minh.post(f"/policies/proposals/{proposal}/refuse")).status_code == 303
    assert (await minh.post(f"/policies/proposals/{proposal}/approve")).status_code == 404
    assert await the_published(centre) == []


async def test_a_wrong_draft_is_shown_again_with_what_is_wrong(lan):
    answer = await lan.post("/policies", data={"draft": '{"policy_id": "x"}'})
    assert "signer" in answer.text


async def test_back_to_the_former_bundle_is_one_action(centre, lan, minh):
    await published_by_two(centre, lan, minh)
    await published_by_two(centre, lan, minh, version=2, look_back=timedelta(days=21))
    assert (await lan.post(f"/policies/{ID}/1/back")).status_code == 303
    first, _, again = await the_published(centre)
    assert again.version == 3
    assert NOON < again.effective_at <= NOON + timedelta(seconds=1)
    assert again == first.model_copy(update={"version": 3, "effective_at": again.effective_at})


async def test_the_sheet_says_what_changes_and_from_when(centre, lan, minh):
    await published_by_two(centre, lan, minh)
    await published_by_two(
        centre, lan, minh, version=2, effective_at=LATER + timedelta(days=1), look_back=timedelta(days=21)
    )
    page = (await lan.get(f"/policies/{ID}/2/sheet")).text
    assert "thời gian truy ngược" in page
    assert "changed: look-back" in page
    assert "new rules are in force" in (await lan.get(f"/policies/{ID}/1/sheet")).text


def a_heartbeat(station_id, version):
    return StationHealth(
        event_id=an_id(station_id),
        occurred_at=NOON,
        station_id=station_id,
        post_id="rach-mieu",
        lane=1,
        enrolment=1,
        unsent=0,
        last_number=0,
        lists={held_as(ID): version} if version else {},
        version="0.1.0",
    )


async def test_which_station_has_it_and_which_has_not_is_seen(centre, lan, minh):
    await published_by_two(centre, lan, minh)
    async with centre.pool.acquire() as conn:
        for heartbeat in (a_heartbeat("rach-mieu-1", 1), a_heartbeat("rach-mieu-2", None)):
            await take_health(conn, heartbeat)
    page = (await lan.get("/policies")).text
    assert "✔ 1" in page
    assert "has none" in page
