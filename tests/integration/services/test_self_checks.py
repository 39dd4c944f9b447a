"""What was found out about the system itself: kept, shown, dealt with, tried again; over a real database."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from schemas.events.operations import CommandGiven
from schemas.events.self_checks import ChainHeadWrong, DrawsRepeated, DrawTold, TimerPutAside, Unlike
from schemas.ids import derived_id
from schemas.timers_to_try import timers_in
from schemas.topics import SELF_CHECKS
from schemas.words import FactState
from tests.builders import NOON, an_id
from tests.integration.services.centre_parts import logged_in, with_key

HOUR = timedelta(hours=1)


def a_day(told=(), *, revision=1, days_ago=1, **changes):
    day = (NOON - timedelta(days=days_ago)).date()
    said = {
        "event_id": derived_id("draws-repeated", day.isoformat()),
        "occurred_at": NOON,
        "looked_at": NOON,
        "revision": revision,
        "day": day,
        "draws": 120,
        "abandoned": 2,
        "all_counters_known": True,
        "told": tuple(told),
    }
    return DrawsRepeated.model_validate(said | changes)


def told(counter=17, what=Unlike.DRAW_DIFFERS, post="rach-mieu", **changes):
    said = {"station_id": f"{post}-1", "post_id": post, "lane": 1, "counter": counter, "what": what}
    return DrawTold.model_validate(said | changes)


def a_head(post="rach-mieu", **changes):
    said = {
        "event_id": an_id(f"head {post}"),
        "occurred_at": NOON,
        "revision": 1,
        "station_id": f"{post}-1",
        "enrolment": 1,
        "post_id": post,
        "because": "other_record",
        "number": 143,
        "since": NOON - HOUR,
        "last_hour": NOON - HOUR,
    }
    return ChainHeadWrong.model_validate(said | changes)


def a_timer(post="rach-mieu", **changes):
    said = {
        "event_id": an_id(f"timer {post}"),
        "occurred_at": NOON,
        "revision": 1,
        "crossing_id": an_id(f"crossing {post}"),
        "kind": "decision",
        "deadline": NOON - HOUR,
        "put_aside_at": NOON,
        "station_id": f"{post}-1",
        "post_id": post,
    }
    return TimerPutAside.model_validate(said | changes)


@pytest.fixture
async def duty(centre, centre_url):
    async with await with_key(centre, centre_url, "duty", "desk:read", "dead-letters:act") as client:
        yield client


@pytest.fixture
async def reader(centre, centre_url):
    async with await with_key(centre, centre_url, "command", "desk:read") as client:
        yield client


async def shown(client):
    return (await client.get("/v1/self-checks")).raise_for_status().json()


async def commands(centre):
    rows = await centre.pool.fetch("SELECT value FROM outbox WHERE topic = 'commands.v1' ORDER BY row_id")
    return [CommandGiven.model_validate_json(row["value"]) for row in rows]


async def try_again(client):
    answer = await client.post("/v1/self-checks/timers/try-again")
    assert answer.status_code == 202
    return answer.json()["asked"]


async def test_each_of_the_three_is_shown_with_what_where_since_when_and_what_to_do(judge, reader):
    await judge.sends(SELF_CHECKS, a_day([told(), told(3, Unlike.COUNTER_MISSING, until=7)]), a_head(), a_timer())
    found = await shown(reader)
    assert found["counts"] == {"draws": 1, "head": 1, "timer": 1}
    (day,), (head,), (timer,) = found["draws"], found["head"], found["timer"]
    assert (day["day"], day["in_order"], day["draws"], day["abandoned"]) == ("2021-10-05", False, 120, 2)
    assert [(line["counter"], line["until"], line["code"]) for line in day["told"]] == [
        (17, None, "DRAW_DIFFERS"),
        (3, 7, "COUNTER_MISSING"),
    ]
    assert (head["station_id"], head["post_id"], head["number"]) == ("rach-mieu-1", "rach-mieu", 143)
    assert timer["crossing_id"] == str(an_id("crossing rach-mieu"))
    for one in (*day["told"], head, timer):
        assert one["what"]["vi"] != one["code"]
        assert one["what_to_do"]["en"] != ""


async def test_a_day_in_order_waits_for_nobody_and_says_when_it_was_looked_at(judge, reader):
    await judge.sends(SELF_CHECKS, a_day([told(9, Unlike.COUNTER_ON_ITS_WAY)]), a_day(days_ago=2))
    found = await shown(reader)
    assert found["counts"] == {"draws": 0, "head": 0, "timer": 0}
    assert [(one["day"], one["in_order"]) for one in found["days"]] == [("2021-10-05", True), ("2021-10-04", True)]
    assert found["looked_at"] is not None
    assert found["unseen"] is False


@pytest.mark.parametrize(("ago", "unseen"), [(timedelta(days=2), False), (timedelta(days=2, minutes=1), True)])
async def test_that_nothing_was_looked_at_for_two_days_is_said(judge, reader, centre, ago, unseen):
    await judge.sends(SELF_CHECKS, a_day(looked_at=NOON - ago + timedelta(seconds=30)))
    assert (await shown(reader))["unseen"] is unseen


async def test_the_same_twice_and_an_older_revision_change_nothing(judge, reader):
    await judge.sends(SELF_CHECKS, a_timer(revision=2, state=FactState.WITHDRAWN))
    await judge.sends(SELF_CHECKS, a_timer(), a_timer(revision=2, state=FactState.WITHDRAWN))
    assert (await shown(reader))["timer"] == []
    await judge.sends(SELF_CHECKS, a_timer(revision=3, put_aside_at=NOON + HOUR))
    assert [one["revision"] for one in (await shown(reader))["timer"]] == [3]


async def test_what_is_over_is_gone_from_the_list(judge, reader):
    await judge.sends(SELF_CHECKS, a_timer(), a_day([told()]))
    await judge.sends(SELF_CHECKS, a_timer(revision=2, state=FactState.WITHDRAWN), a_day(revision=2))
    assert (await shown(reader))["counts"] == {"draws": 0, "head": 0, "timer": 0}


async def test_timers_are_asked_to_be_tried_once_exactly_those_that_were_put_aside(judge, duty, centre):
    await judge.sends(SELF_CHECKS, a_timer(), a_timer("co-chien", kind="transit"))
    assert await try_again(duty) == 2
    assert await try_again(duty) == 0
    (command,) = await commands(centre)
    assert (command.command, command.by) == ("try_again", "key:duty")
    wanted = {
        (an_id(f"crossing {post}"), kind) for post, kind in (("rach-mieu", "decision"), ("co-chien", "transit"))
    }
    assert {(one.crossing_id, one.kind) for one in timers_in(command.arguments)} == wanted
    assert {one["tried_by"] for one in (await shown(duty))["timer"]} == {"key:duty"}
    # Put aside anew: it may be asked for again, and only that one.
    await judge.sends(SELF_CHECKS, a_timer(revision=2, put_aside_at=NOON + HOUR))
    assert await try_again(duty) == 1
    (again,) = timers_in((await commands(centre))[-1].arguments)
    assert (again.crossing_id, again.put_aside_at) == (an_id("crossing rach-mieu"), NOON + HOUR)


async def test_two_who_ask_at_once_ask_once(judge, duty, centre):
    await judge.sends(SELF_CHECKS, a_timer())
    assert sorted(await asyncio.gather(try_again(duty), try_again(duty))) == [0, 1]
    assert len(await commands(centre)) == 1


async def test_who_only_reads_may_not_have_them_tried_or_dealt_with(judge, reader, centre):
    await judge.sends(SELF_CHECKS, a_timer(), a_head())
    assert (await reader.post("/v1/self-checks/timers/try-again")).status_code == 403
    answer = await reader.post(f"/v1/self-checks/{an_id('head rach-mieu')}/handled", json={"revision": 1})
    assert answer.status_code == 403
    assert await commands(centre) == []


async def handle(client, event, revision=None):
    answer = await client.post(
        f"/v1/self-checks/{event.event_id}/handled", json={"revision": revision or event.revision}
    )
    return answer.status_code


async def test_what_was_dealt_with_waits_again_only_when_something_else_is_said(judge, duty):
    await judge.sends(SELF_CHECKS, a_day([told()]), a_head())
    assert await handle(duty, a_day()) == 200
    assert await handle(duty, a_head()) == 200
    assert (await shown(duty))["counts"] == {"draws": 0, "head": 0, "timer": 0}
    assert {one["handled_by"] for one in (await shown(duty))["handled"]} == {"key:duty"}
    # Looked at again, and the same: nobody is asked a second time.
    await judge.sends(SELF_CHECKS, a_day([told()], revision=2, looked_at=NOON + HOUR))
    assert (await shown(duty))["counts"]["draws"] == 0
    await judge.sends(
        SELF_CHECKS, a_day([told(), told(18)], revision=3), a_head(revision=2, last_hour=NOON + HOUR)
    )
    assert (await shown(duty))["counts"] == {"draws": 1, "head": 1, "timer": 0}


async def test_what_changed_since_it_was_seen_is_not_dealt_with(judge, duty):
    await judge.sends(SELF_CHECKS, a_head(revision=2), a_timer(), a_day())
    assert await handle(duty, a_head(), revision=1) == 409
    assert await handle(duty, a_timer()) == 409  # it is tried again, not waved through
    assert await handle(duty, a_day()) == 409  # nothing is wrong with it
    assert (await duty.post(f"/v1/self-checks/{an_id('none')}/handled", json={"revision": 1})).status_code == 404
    assert (await shown(duty))["counts"]["head"] == 1


async def test_everybody_sees_and_tries_what_is_at_their_own_posts(judge, centre, centre_url):
    await judge.sends(SELF_CHECKS, a_day([told(), told(4, post="co-chien")]), a_timer(), a_timer("co-chien"))
    await judge.sends(SELF_CHECKS, a_head(), a_head("co-chien"))
    scopes = ("desk:read", "dead-letters:act")
    async with await with_key(centre, centre_url, "bridge", *scopes, areas=("co-chien",)) as client:
        found = await shown(client)
        assert found["counts"] == {"draws": 1, "head": 1, "timer": 1}
        assert [line["post_id"] for line in found["draws"][0]["told"]] == ["co-chien"]
        assert await handle(client, a_head()) == 404
        assert await handle(client, a_day()) == 403  # a part of it is another's
        assert await try_again(client) == 1
    (command,) = await commands(centre)
    assert [one.crossing_id for one in timers_in(command.arguments)] == [an_id("crossing co-chien")]


async def test_the_page_is_for_the_desk_and_its_actions_for_the_duty_officer(judge, centre, centre_url):
    await judge.sends(SELF_CHECKS, a_day([told()]), a_head(), a_timer())
    roles = {"duty_officer": (200, True), "command": (200, False), "auditor": (200, False), "police": (403, False)}
    for role, (status, acts) in roles.items():
        async with await logged_in(centre, centre_url, role, role) as person:
            answer = await person.get("/self-checks")
            assert answer.status_code == status, role
            assert ('id="try-again"' in answer.text) is acts, role
            assert (await person.post("/self-checks/timers/try-again")).status_code == (303 if acts else 403), role
    assert len(await commands(centre)) == 1


async def test_what_people_did_stands_in_the_audit_trail(judge, duty, centre):
    await judge.sends(SELF_CHECKS, a_head(), a_timer())
    await handle(duty, a_head())
    await try_again(duty)
    rows = await centre.pool.fetch("SELECT action FROM audit WHERE by = 'key:duty' ORDER BY number")
    assert [row["action"] for row in rows] == ["handled_self_check", "tried_timers_again"]


async def test_each_of_the_three_is_counted_for_prometheus(judge, duty, centre, centre_url):
    async def numbers():
        async with await with_key(centre, centre_url, f"prometheus {len(seen)}", "metrics:read") as prometheus:
            lines = (await prometheus.get("/metrics")).raise_for_status().text.splitlines()
        seen.append(dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#")))
        return [
            float(seen[-1][f'chotxanh_services_self_checks_open{{kind="{kind}"}}'])
            for kind in ("draws", "head", "timer")
        ]

    seen: list[dict[str, str]] = []
    assert await numbers() == [0, 0, 0]
    assert float(seen[-1]["chotxanh_services_draws_looked_at_seconds"]) == 0
    await judge.sends(SELF_CHECKS, a_day([told()]), a_day(days_ago=2), a_head(), a_head("co-chien"), a_timer())
    assert await numbers() == [1, 2, 1]
    assert float(seen[-1]["chotxanh_services_draws_looked_at_seconds"]) == NOON.timestamp()
    await handle(duty, a_head())
    assert await numbers() == [1, 1, 1]
