"""The quarantine queue over a real database: from a referral to a release."""

from __future__ import annotations

import asyncio

import pytest

from schemas.topics import FINDINGS, RECALLS, REFERRALS
from schemas.words import FactState, FindingClass
from services.quarantine import places
from tests.builders import NOON, an_id
from tests.integration.services.centre_parts import (
    NAME,
    TELEPHONE,
    a_finding,
    a_recall,
    a_referral,
    logged_in,
    with_key,
)

PART = {"hx-request": "true"}


@pytest.fixture
async def lan(centre, centre_url):
    async with await logged_in(centre, centre_url, "lan", "coordinator") as browser:
        yield browser


@pytest.fixture
async def minh(centre, centre_url):
    async with await logged_in(centre, centre_url, "minh", "coordinator") as browser:
        yield browser


async def the_episodes(centre):
    async with centre.pool.acquire() as conn:
        return await conn.fetch("SELECT * FROM episodes ORDER BY queue_number")


async def the_history(centre, episode_id):
    async with centre.pool.acquire() as conn:
        return [
            row["step"]
            for row in await conn.fetch(
                "SELECT step FROM episode_history WHERE episode_id = $1 ORDER BY revision", episode_id
            )
        ]


async def a_place(centre, place_id="ktx", capacity=1):
    async with centre.pool.acquire() as conn:
        await places.put(conn, place_id, "Ký túc xá", "centre", capacity, by="test", at=NOON)


async def step(browser, episode, name, **fields):
    return await browser.post(f"/queue/{episode['episode_id']}/{name}", data=fields, headers=PART)


async def test_a_referral_goes_from_the_queue_to_a_place_to_the_release(judge, keys, centre, lan):
    await a_place(centre)
    await judge.sends(REFERRALS, a_referral(keys))
    (episode,) = await the_episodes(centre)
    for name, fields in (
        ("claim", {}),
        ("place", {"place_id": "ktx"}),
        ("release", {"reason": "TERM_SERVED"}),
    ):
        answer = await step(lan, episode, name, **fields)
        assert answer.status_code == 200, answer.text
    (released,) = await the_episodes(centre)
    assert (released["state"], released["reason"]) == ("released", "TERM_SERVED")
    assert await the_history(centre, episode["episode_id"]) == ["referred", "claim", "place", "release"]
    async with centre.pool.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM outbox WHERE topic = 'episodes.v1'") == 4


async def test_two_coordinators_cannot_take_the_same_person(judge, keys, centre, lan, minh):
    await judge.sends(REFERRALS, a_referral(keys))
    (episode,) = await the_episodes(centre)
    answers = await asyncio.gather(step(lan, episode, "claim"), step(minh, episode, "claim"))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    (loser,) = [answer for answer in answers if answer.status_code == 409]
    assert "đã nhận hồ sơ này" in loser.text


async def test_a_full_place_takes_nobody_more(judge, keys, centre, lan):
    await a_place(centre, capacity=1)
    await judge.sends(REFERRALS, a_referral(keys), a_referral(keys, "second", person_ref="b" * 64))
    first, second = await the_episodes(centre)
    for episode in (first, second):
        await step(lan, episode, "claim")
    assert (await step(lan, first, "place", place_id="ktx")).status_code == 200
    answer = await step(lan, second, "place", place_id="ktx")
    assert answer.status_code == 409
    assert "hết chỗ" in answer.text


async def test_duplicates_of_one_person_become_one_episode(judge, keys, centre):
    await judge.sends(REFERRALS, a_referral(keys), a_referral(keys, "again", crossing_id=an_id("other")))
    (episode,) = await the_episodes(centre)
    assert await the_history(centre, episode["episode_id"]) == ["referred", "referred-again"]


async def test_a_weak_match_waits_for_a_persons_confirmation_and_joins_nobody(judge, keys, centre, lan):
    await judge.sends(REFERRALS, a_referral(keys), a_referral(keys, "weak", weak=True))
    certain, weak = await the_episodes(centre)
    assert (certain["state"], weak["state"]) == ("referred", "to_confirm")
    assert (await step(lan, weak, "claim")).status_code == 409
    assert (await step(lan, weak, "confirm")).status_code == 200
    assert (await step(lan, weak, "claim")).status_code == 200


async def test_confirming_a_person_lets_the_findings_that_waited_for_it_become_alerts(judge, keys, centre, lan):
    finding = a_finding(
        keys, code="GL13", finding_class=FindingClass.HEALTH, subject="person", weak=True, subject_ref="c" * 64
    )
    await judge.sends(FINDINGS, finding)
    await judge.sends(REFERRALS, a_referral(keys, weak=True, person_ref="c" * 64))
    (episode,) = await the_episodes(centre)
    await step(lan, episode, "confirm")
    async with centre.pool.acquire() as conn:
        assert await conn.fetchval("SELECT state FROM alerts") == "new"


async def test_a_withdrawn_referral_is_a_difference_for_a_person_to_decide(judge, keys, centre, lan):
    await judge.sends(REFERRALS, a_referral(keys))
    withdrawn = a_referral(keys, revision=2, state=FactState.WITHDRAWN, withdrawn_because="RESULT_CORRECTED")
    await judge.sends(REFERRALS, withdrawn)
    (episode,) = await the_episodes(centre)
    assert (episode["state"], episode["difference"]) == ("referred", "RESULT_CORRECTED")
    assert (await step(lan, episode, "accept-withdrawal")).status_code == 422  # a reason is needed
    assert (await step(lan, episode, "accept-withdrawal", reason="FACT_CORRECTED")).status_code == 200
    (closed,) = await the_episodes(centre)
    assert closed["state"] == "closed"


async def test_a_referral_that_comes_back_after_its_episode_was_closed_is_not_lost(judge, keys, centre, lan):
    await judge.sends(REFERRALS, a_referral(keys))
    await judge.sends(REFERRALS, a_referral(keys, revision=2, state=FactState.WITHDRAWN))
    (episode,) = await the_episodes(centre)
    await step(lan, episode, "accept-withdrawal", reason="FACT_CORRECTED")
    await judge.sends(REFERRALS, a_referral(keys, revision=3))
    assert [episode["state"] for episode in await the_episodes(centre)] == ["closed", "referred"]


async def test_a_withdrawal_that_comes_before_the_referral_opens_nothing(judge, keys, centre):
    await judge.sends(REFERRALS, a_referral(keys, revision=2, state=FactState.WITHDRAWN))
    await judge.sends(REFERRALS, a_referral(keys, revision=1))
    assert await the_episodes(centre) == []


async def test_the_people_of_one_crossing_stay_together_where_the_most_urgent_is(judge, keys, centre, lan):
    companion = a_referral(
        keys,
        "companion",
        occupant=2,
        because="companion",
        reasons=("CONTACT_OF_POSITIVE",),
        person_ref="b" * 64,
        let_through=False,
    )
    stranger = a_referral(
        keys,
        "stranger",
        group_id=an_id("other"),
        crossing_id=an_id("other"),
        person_ref="d" * 64,
        reasons=("CONTACT_OF_POSITIVE",),
    )
    await judge.sends(REFERRALS, stranger, companion, a_referral(keys))
    page = (await lan.get("/queue")).text
    numbers = {row["occupant"]: str(row["episode_id"]) for row in await the_episodes(centre)}
    other = str((await the_episodes(centre))[0]["episode_id"])
    order = sorted([numbers[2], other], key=lambda id: page.index(f"row-{id}"))
    assert order == [numbers[2], other]


async def test_names_are_masked_until_opened_with_a_purpose_and_each_look_is_logged(judge, keys, centre, lan):
    await judge.sends(REFERRALS, a_referral(keys))
    (episode,) = await the_episodes(centre)
    assert NAME not in (await lan.get("/queue")).text
    assert NAME not in (await lan.get(f"/queue/{episode['episode_id']}")).text
    assert (await step(lan, episode, "open")).status_code == 422
    opened = await step(lan, episode, "open", purpose="CALL_PERSON")
    assert NAME in opened.text
    assert opened.headers["cache-control"] == "no-store"
    async with centre.pool.acquire() as conn:
        look = await conn.fetchrow("SELECT * FROM audit WHERE action = 'person_opened'")
    assert (look["by"], look["purpose"]) == ("lan", "CALL_PERSON")
    assert NAME not in str(dict(look))


async def test_a_recall_is_a_call_to_make_on_the_queue_page(judge, keys, lan):
    await judge.sends(RECALLS, a_recall(keys))
    page = (await lan.get("/queue")).text
    assert "DƯƠNG TÍNH sau khi qua chốt" in page
    assert TELEPHONE not in page
    path = f"/queue/recalls/{an_id('recall')}"
    opened = await lan.post(f"{path}/open", data={"purpose": "CALL_PERSON"}, headers=PART)
    assert TELEPHONE in opened.text
    called = await lan.post(f"{path}/call", data={"call": "reached"}, headers=PART)
    assert "đã gọi được" in called.text


async def test_a_withdrawn_recall_says_so_in_place(judge, keys, lan):
    await judge.sends(RECALLS, a_recall(keys))
    await judge.sends(
        RECALLS, a_recall(keys, revision=2, state=FactState.WITHDRAWN, withdrawn_because="LATE_DECISION")
    )
    assert "Yêu cầu đã được rút" in (await lan.get("/queue")).text


async def test_whoever_was_reached_is_owed_a_second_call_when_the_recall_is_withdrawn(judge, keys, lan):
    again = "gọi lại để báo là yêu cầu đã rút"
    path = f"/queue/recalls/{an_id('recall')}/call"
    await judge.sends(RECALLS, a_recall(keys))
    await lan.post(path, data={"call": "reached"}, headers=PART)
    assert again not in (await lan.get("/queue")).text
    await judge.sends(
        RECALLS, a_recall(keys, revision=2, state=FactState.WITHDRAWN, withdrawn_because="DISPROVED")
    )
    assert again in (await lan.get("/queue")).text
    assert again not in (await lan.post(path, data={"call": "reached"}, headers=PART)).text


async def test_whoever_was_never_reached_is_owed_no_call(judge, keys, lan):
    await judge.sends(RECALLS, a_recall(keys))
    path = f"/queue/recalls/{an_id('recall')}/call"
    await lan.post(path, data={"call": "no_answer"}, headers=PART)
    await judge.sends(
        RECALLS, a_recall(keys, revision=2, state=FactState.WITHDRAWN, withdrawn_because="DISPROVED")
    )
    assert "gọi lại để báo" not in (await lan.get("/queue")).text


async def test_a_form_without_its_token_changes_nothing(judge, keys, centre, lan):
    await judge.sends(REFERRALS, a_referral(keys))
    (episode,) = await the_episodes(centre)
    del lan.headers["x-csrf-token"]
    assert (await step(lan, episode, "claim")).status_code == 403
    assert (await step(lan, episode, "claim", csrf="wrong")).status_code == 403
    assert (await the_episodes(centre))[0]["state"] == "referred"


async def test_a_plain_form_works_without_any_script(judge, keys, centre, lan):
    await judge.sends(REFERRALS, a_referral(keys))
    (episode,) = await the_episodes(centre)
    csrf = lan.headers.pop("x-csrf-token")
    answer = await lan.post(f"/queue/{episode['episode_id']}/claim", data={"csrf": csrf})
    assert answer.status_code == 303
    assert (await the_episodes(centre))[0]["claimed_by"] == "lan"


async def test_filters_live_in_the_address(judge, keys, centre, lan):
    await judge.sends(REFERRALS, a_referral(keys))
    (episode,) = await the_episodes(centre)
    row = f"row-{episode['episode_id']}"
    assert row in (await lan.get("/queue?state=referred&post=rach-mieu&priority=1")).text
    for other in ("state=placed", "post=co-chien", "priority=4", "mine=1"):
        assert row not in (await lan.get(f"/queue?{other}")).text, other


async def test_a_commune_sees_only_who_is_bound_for_it(judge, keys, centre, centre_url):
    await judge.sends(REFERRALS, a_referral(keys, destination_commune="28765"))
    (episode,) = await the_episodes(centre)
    async with await logged_in(centre, centre_url, "here", "commune", areas=("28765",)) as here:
        assert str(episode["episode_id"]) in (await here.get("/queue")).text
    async with await logged_in(centre, centre_url, "there", "commune", areas=("28766",)) as there:
        assert str(episode["episode_id"]) not in (await there.get("/queue")).text
        assert (await there.get(f"/queue/{episode['episode_id']}")).status_code == 403


async def test_a_key_may_drive_the_queue_without_a_form_token(judge, keys, centre, centre_url):
    await judge.sends(REFERRALS, a_referral(keys))
    (episode,) = await the_episodes(centre)
    async with await with_key(centre, centre_url, "desk program", "queue") as program:
        assert (await step(program, episode, "claim")).status_code == 200


async def test_no_name_stands_in_the_database(judge, keys, centre):
    await judge.sends(REFERRALS, a_referral(keys))
    await judge.sends(RECALLS, a_recall(keys))
    async with centre.pool.acquire() as conn:
        for table in ("referrals", "episodes", "recalls", "feed", "outbox", "audit", "facts"):
            texts = [str(dict(row)) for row in await conn.fetch(f"SELECT * FROM {table}")]
            assert not [text for text in texts if NAME in text or TELEPHONE in text], table
