"""A bundle for the past needs the what-if that showed its effect; a limit that comes later names who breaks it."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import UUID

import pytest

from schemas.bounded import instant_text
from schemas.events.registry import PolicyPublished
from schemas.topics import POLICIES
from services.intake.counts import take_crossing
from services.policies.past import FRESH
from services.questions.answers import take_answer
from tests.builders import NOON, a_crossing, a_policy, an_id
from tests.integration.services.centre_parts import logged_in, with_key
from tests.integration.services.test_registry_api import GOODS
from tests.integration.services.test_whatif_desk import an_answer

DAY = timedelta(days=1)
YESTERDAY = NOON - DAY
TO_POLICIES = "/v1/registry/policies"
BAN = {
    "code": "NO_TRUCKS",
    "about": "crossing",
    "when": {"vehicle_classes": ["truck"], "destination_levels": [4]},
    "logic": False,
    "sentence": {"vi": "Xe tải không được vào", "en": "no trucks"},
}


def draft(**changes):
    return a_policy(**{"effective_at": YESTERDAY} | changes)


def a_ban(**changes):
    return draft(acceptance=(BAN,), codes=({"code": "NO_TRUCKS", "outcome": "turn_back"},), **changes)


def as_json(policy):
    return policy.model_dump(mode="json")


@pytest.fixture
async def program(centre, centre_url):
    async with await with_key(centre, centre_url, "program", "registry", "whatif") as client:
        yield client


@pytest.fixture
async def lan(centre, centre_url):
    async with await logged_in(centre, centre_url, "lan", "command") as browser:
        yield browser


@pytest.fixture
async def minh(centre, centre_url):
    async with await logged_in(centre, centre_url, "minh", "command") as browser:
        yield browser


@pytest.fixture
async def judged(centre):
    """A crossing in the time that the draft would change."""
    async with centre.pool.acquire() as conn:
        await take_crossing(conn, a_crossing(occurred_at=NOON - timedelta(hours=3)))


async def tried(centre, client, policy, *, begins_at=YESTERDAY, ends_at=NOON + DAY, answered=True):
    sent = {"policy": as_json(policy), "begins_at": instant_text(begins_at), "ends_at": instant_text(ends_at)}
    whatif_id = (await client.post("/v1/whatif", json=sent)).json()["whatif_id"]
    if answered:
        await answer(centre, whatif_id)
    return whatif_id


async def answer(centre, whatif_id):
    async with centre.pool.acquire() as conn:
        await take_answer(conn, an_answer(UUID(whatif_id)))


async def sent(client, policy, **params):
    answer = await client.post(TO_POLICIES, params=params, json={"policy": as_json(policy)})
    return answer.status_code, [field["code"] for field in answer.json().get("fields", ())]


async def published(centre):
    async with centre.pool.acquire() as conn:
        rows = await conn.fetch("SELECT value FROM outbox WHERE topic = $1 ORDER BY row_id", POLICIES.name)
    return [PolicyPublished.model_validate_json(row["value"]).policy for row in rows]


async def test_nobodys_word_is_taken_for_it_where_something_was_judged(centre, program, judged):
    assert await sent(program, draft()) == (422, ["TAKES_EFFECT_IN_PAST"])
    assert await sent(program, draft(), accept_past="true") == (422, ["TAKES_EFFECT_IN_PAST"])
    assert await published(centre) == []


async def test_where_nothing_was_judged_since_there_is_nothing_to_show(program, judged):
    assert await sent(program, draft(effective_at=NOON - timedelta(hours=2)), accept_past="true") == (201, [])


async def test_the_whatif_of_the_very_same_bundle_over_the_whole_time_lets_it_in(centre, program, judged):
    whatif = await tried(centre, program, draft())
    assert await sent(program, draft(), whatif=whatif) == (201, [])
    assert await sent(program, draft()) == (200, [])  # the same again
    async with centre.pool.acquire() as conn:
        details = await conn.fetchval("SELECT details FROM audit WHERE action = 'policy_effect_on_past_shown'")
    assert details["whatif"] == whatif


async def test_a_whatif_that_does_not_show_it_lets_nothing_in(centre, program, judged):
    policy, codes = draft(), {}
    codes["unknown"] = await sent(program, policy, whatif=str(an_id("nothing")))
    codes["running"] = await sent(program, policy, whatif=await tried(centre, program, policy, answered=False))
    other = await tried(centre, program, draft(look_back=timedelta(days=21)))
    codes["other"] = await sent(program, policy, whatif=other)
    late = await tried(centre, program, policy, begins_at=YESTERDAY + timedelta(milliseconds=1))
    codes["late"] = await sent(program, policy, whatif=late)
    short = await tried(centre, program, policy, ends_at=NOON - timedelta(hours=1))
    codes["short"] = await sent(program, policy, whatif=short)
    assert codes == {
        "unknown": (422, ["WHATIF_NOT_DONE"]),
        "running": (422, ["WHATIF_NOT_DONE"]),
        "other": (422, ["WHATIF_OF_OTHER_CONTENT"]),
        "late": (422, ["WHATIF_PERIOD_TOO_SHORT"]),
        "short": (422, ["WHATIF_PERIOD_TOO_SHORT"]),
    }
    assert await published(centre) == []


async def test_a_whatif_of_yesterday_is_run_again(centre, program, judged):
    whatif = await tried(centre, program, draft(), ends_at=NOON + 3 * DAY)
    centre.clock.at = NOON + FRESH - timedelta(minutes=1)
    assert await sent(program, draft(version=2), whatif=whatif) == (422, ["WHATIF_OF_OTHER_CONTENT"])
    centre.clock.at = NOON + FRESH + timedelta(minutes=1)
    assert await sent(program, draft(), whatif=whatif) == (422, ["WHATIF_TOO_OLD"])


async def test_on_the_page_the_effect_is_seen_first_and_goes_with_the_proposal(centre, lan, minh, judged):
    refused = await lan.post("/policies", data={"draft": json.dumps(as_json(draft()))})
    assert refused.status_code == 422
    assert "TAKES_EFFECT_IN_PAST" not in refused.text  # words, not codes
    assert 'id="show-past"' in refused.text
    asked = {
        "draft": json.dumps(as_json(draft())),
        "begins_at": YESTERDAY.isoformat(),
        "ends_at": (NOON + DAY).isoformat(),
    }
    page = (await lan.post("/whatif", data=asked)).headers["location"]
    whatif = page.rsplit("/", 1)[1]
    assert 'id="propose-this"' not in (await lan.get(page)).text
    await answer(centre, whatif)
    assert 'id="propose-this"' in (await lan.get(page)).text
    assert (await lan.post("/policies", data={"whatif": whatif})).status_code == 303
    waiting = (await minh.get("/policies")).text
    assert f"/whatif/{whatif}" in waiting
    assert "7 of 10 verdicts would differ" in waiting
    async with centre.pool.acquire() as conn:
        proposal = await conn.fetchval("SELECT proposal_id FROM policy_proposals")
    assert (await minh.post(f"/policies/proposals/{proposal}/approve")).status_code == 303
    assert await published(centre) == [draft()]


async def test_what_was_proposed_for_the_past_is_looked_at_again_when_it_is_approved(centre, lan, minh, judged):
    whatif = await tried_by_form(centre, lan)
    await lan.post("/policies", data={"whatif": whatif})
    async with centre.pool.acquire() as conn:
        proposal = await conn.fetchval("SELECT proposal_id FROM policy_proposals")
        await conn.execute("UPDATE whatifs SET answered_at = answered_at - $1::interval", FRESH)
    refused = await minh.post(f"/policies/proposals/{proposal}/approve")
    assert refused.status_code == 422
    assert "more than 24 hours ago" in refused.text
    assert await published(centre) == []


async def tried_by_form(centre, lan):
    asked = {
        "draft": json.dumps(as_json(draft())),
        "begins_at": YESTERDAY.isoformat(),
        "ends_at": (NOON + 3 * DAY).isoformat(),
    }
    whatif = (await lan.post("/whatif", data=asked)).headers["location"].rsplit("/", 1)[1]
    await answer(centre, whatif)
    return whatif


async def test_a_draft_that_breaks_a_limit_is_tried_and_says_so(centre, program, lan):
    await program.post("/v1/registry/limits", json=GOODS)
    whatif = await tried(centre, program, a_ban())
    said = (await program.get(f"/v1/whatif/{whatif}")).json()
    assert said["state"] == "done"
    (broken,) = said["limits_broken"]
    assert (broken["field"], broken["code"]) == ("acceptance.0", "GOODS_NEVER_BANNED")
    page = (await lan.get(f"/whatif/{whatif}")).text
    assert "cannot be published" in page
    assert 'id="propose-this"' not in page
    assert (await program.get(f"/v1/whatif/{await tried(centre, program, draft())}")).json()["limits_broken"] == []


async def test_a_new_limit_names_the_bundles_in_force_or_to_come_that_break_it(program, lan):
    now, later = NOON - timedelta(hours=2), NOON + 2 * DAY
    assert await sent(program, draft(policy_id="former", effective_at=YESTERDAY), accept_past="true") == (201, [])
    assert await sent(program, a_ban(policy_id="now", effective_at=now), accept_past="true") == (201, [])
    assert await sent(program, a_ban(policy_id="soon", effective_at=later)) == (201, [])
    said = (await program.post("/v1/registry/limits", json=GOODS)).json()
    assert [(one["policy_id"], one["broken"][0]["code"]) for one in said["broken_by"]] == [
        ("now", "GOODS_NEVER_BANNED"),
        ("soon", "GOODS_NEVER_BANNED"),
    ]
    page = (await lan.get("/policies")).text
    assert "now 1" in page.split('id="breaks"')[1].split("</section>")[0]
    # nothing new of the kind
    code, fields = await sent(program, a_ban(policy_id="another", effective_at=later + DAY))
    assert (code, fields) == (422, ["GOODS_NEVER_BANNED"])
    # the action that ends the warning: a bundle that keeps the limit takes over
    soon = draft(policy_id="good", effective_at=NOON + timedelta(minutes=1))
    assert await sent(program, soon) == (201, [])
    assert await sent(program, draft(policy_id="good", version=2, effective_at=later)) == (201, [])


async def test_the_warning_ends_when_what_broke_the_limit_is_replaced(centre, program, lan):
    await sent(program, a_ban(policy_id="now", effective_at=NOON - timedelta(hours=2)), accept_past="true")
    await program.post("/v1/registry/limits", json=GOODS)
    assert 'id="breaks"' in (await lan.get("/policies")).text
    await sent(program, draft(policy_id="now", version=2, effective_at=NOON + timedelta(minutes=1)))
    assert 'id="breaks"' in (await lan.get("/policies")).text
    centre.clock.at = NOON + timedelta(minutes=1)
    assert 'id="breaks"' not in (await lan.get("/policies")).text


async def test_back_to_a_bundle_that_breaks_a_limit_of_today_is_refused_with_the_limit_named(program, lan):
    await sent(program, a_ban(policy_id="b", effective_at=NOON - timedelta(hours=2)), accept_past="true")
    await sent(program, draft(policy_id="b", version=2, effective_at=NOON + timedelta(minutes=1)))
    await program.post("/v1/registry/limits", json=GOODS)
    refused = await lan.post("/policies/b/1/back")
    assert refused.status_code == 422
    assert "128/NQ-CP" in refused.text
