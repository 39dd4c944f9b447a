"""Alerts disposed of, escalated and expired, over a real database; timers with several processes."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from schemas.topics import FINDINGS
from schemas.words import FactState, Severity
from services.alerts import falling_due, waiting
from services.alerts.incident import AlertState
from services.database.connection import connect
from services.database.listening import TIMERS_CHANGED, Bell, Bells, listen_forever
from services.timers import store as timers
from services.timers.running import LONGEST_S, SHORTEST_S, Timers, wait_s
from tests.builders import NOON, an_id
from tests.integration.services.centre_parts import a_finding, logged_in, with_key

AT = f"/v1/alerts/{an_id('incident')}"
ROSTER = {
    "steps": [{"after_minutes": 5, "to": "tổ tuần tra"}, {"after_minutes": 10, "to": "trực ban"}],
    "severities": ["high"],
    "misuse_expires_after_hours": 2,
    "health_expires_after_hours": 3,
}


class ClockThatIs:
    def __init__(self, at=NOON):
        self.at = at

    def now(self):
        return self.at


@pytest.fixture
async def police(centre, centre_url):
    async with await with_key(centre, centre_url, "police", "alerts", "alerts:roster") as client:
        yield client


@pytest.fixture
def clock():
    return ClockThatIs()


@pytest.fixture
def running(centre, clock):
    return Timers(centre.pool, Bell(), clock, falling_due.HANDLERS)


async def all_fired(running, clock, after):
    clock.at = NOON + after
    fired = 0
    while await running.fire_one():
        fired += 1
    return fired


async def dispose(client, disposition, **more):
    return await client.post(f"{AT}/disposition", json={"disposition": disposition, **more})


async def the_alert(client):
    return (await client.get(AT)).json()


async def rows(centre, sql, *values):
    async with centre.pool.acquire() as conn:
        return await conn.fetch(sql, *values)


async def test_a_confirmed_one_ends_and_tells_the_others_with_its_note_in_a_box(judge, keys, police, centre):
    await judge.sends(FINDINGS, a_finding(keys))
    assert (await dispose(police, "CONFIRMED")).json()["fields"][0]["field"] == "record_number"
    answer = await dispose(police, "CONFIRMED", record_number="45/BB-CSGT", note="lái xe Nguyễn Văn Thử")
    alert = answer.json()
    assert (alert["state"], alert["ended_because"], alert["disposition"]) == ("ended", "DISPOSED", "CONFIRMED")
    (event,) = await rows(centre, "SELECT value FROM outbox WHERE topic = 'alert-actions.v1'")
    assert b'"disposition":"CONFIRMED"' in event["value"]
    for table in ("alerts", "feed", "outbox", "audit", "alert_history"):
        assert "Nguyễn Văn Thử" not in str([dict(row) for row in await rows(centre, f"SELECT * FROM {table}")])
        assert "45/BB" not in str([dict(row) for row in await rows(centre, f"SELECT * FROM {table}")])
    assert (await police.post(f"{AT}/note", json={"purpose": ""})).status_code == 422
    note = (await police.post(f"{AT}/note", json={"purpose": "FOLLOW_UP"})).json()
    assert note == {"note": "lái xe Nguyễn Văn Thử", "record_number": "45/BB-CSGT", "passed_to": None}
    (looked,) = await rows(centre, "SELECT purpose FROM audit WHERE action = 'alert_note_opened'")
    assert looked["purpose"] == "FOLLOW_UP"
    assert [line["what"] for line in (await the_alert(police))["history"]] == ["new", "disposed"]


@pytest.mark.parametrize(
    ("disposition", "more", "state"),
    [
        ("VEHICLE_HELD", {}, "acknowledged"),
        ("NOT_FOUND", {}, "acknowledged"),
        ("NOT_OURS", {"passed_to": "CSGT Tiền Giang"}, "new"),
        ("MISREAD", {}, "ended"),
        ("DISMISSED", {"note": "xe diễn tập"}, "ended"),
    ],
)
async def test_each_leaves_the_alert_where_the_table_says(judge, keys, police, disposition, more, state):
    await judge.sends(FINDINGS, a_finding(keys))
    assert (await dispose(police, disposition, **more)).json()["state"] == state


async def test_a_finding_withdrawn_after_a_disposition_is_shown_beside_it(judge, keys, police):
    await judge.sends(FINDINGS, a_finding(keys))
    await dispose(police, "CONFIRMED", record_number="1")
    gone = a_finding(keys, revision=2, state=FactState.WITHDRAWN, withdrawn_because="DISPROVED")
    await judge.sends(FINDINGS, gone)
    alert = await the_alert(police)
    assert (alert["state"], alert["disposition"], alert["withdrawn_because"]) == (
        "ended",
        "CONFIRMED",
        "DISPROVED",
    )
    await judge.sends(FINDINGS, a_finding(keys, revision=3))
    alert = await the_alert(police)
    assert (alert["state"], alert["withdrawn_because"]) == ("ended", None)


async def test_one_held_whose_finding_is_withdrawn_ends_and_says_both(judge, keys, police):
    await judge.sends(FINDINGS, a_finding(keys))
    await dispose(police, "VEHICLE_HELD")
    await judge.sends(
        FINDINGS, a_finding(keys, revision=2, state=FactState.WITHDRAWN, withdrawn_because="DISPROVED")
    )
    alert = await the_alert(police)
    assert (alert["state"], alert["disposition"], alert["withdrawn_because"]) == (
        "ended",
        "VEHICLE_HELD",
        "DISPROVED",
    )


async def test_who_disposes_second_is_told_of_the_first(judge, keys, police, centre, centre_url):
    await judge.sends(FINDINGS, a_finding(keys))
    version = (await the_alert(police))["version"]
    await dispose(police, "NOT_FOUND", version=version)
    async with await with_key(centre, centre_url, "other", "alerts") as other:
        answer = await dispose(other, "MISREAD", version=version)
    assert (answer.status_code, answer.json()["error"]) == (409, "ALERT_CHANGED")
    assert "key:police" in answer.json()["vi"]
    assert (await dispose(police, "MISREAD")).json()["state"] == "ended"  # the newest word counts


async def test_an_alert_that_nobody_acknowledges_climbs_the_roster_to_the_telephone(
    judge, keys, police, centre, running, clock
):
    sent = {"roster": ROSTER, "telephone": "0275 3000 000", "version": 0}
    assert (await police.put("/v1/duty-roster", json=sent)).status_code == 200
    await judge.sends(FINDINGS, a_finding(keys))
    assert await all_fired(running, clock, timedelta(minutes=4, seconds=59)) == 0
    assert await all_fired(running, clock, timedelta(minutes=5, seconds=1)) == 1
    alert = await the_alert(police)
    assert (alert["escalated_to"], alert["escalated_step"], alert["telephone"]) == ("tổ tuần tra", 1, None)
    assert await all_fired(running, clock, timedelta(minutes=11)) == 1
    alert = await the_alert(police)
    assert (alert["escalated_to"], alert["telephone"]) == ("trực ban", "0275 3000 000")
    assert [line["what"] for line in alert["history"]] == ["new", "escalated", "escalated"]
    assert await all_fired(running, clock, timedelta(minutes=60)) == 0  # there is no further step
    actions = await rows(centre, "SELECT value FROM outbox WHERE topic = 'alert-actions.v1'")
    assert sum(b'"escalated"' in row["value"] for row in actions) == 2
    kinds = await rows(centre, "SELECT kind FROM feed WHERE stream = 'alerts' ORDER BY row_id")
    assert [row["kind"] for row in kinds] == ["new", "escalated", "escalated"]
    tables = [
        await rows(centre, f"SELECT * FROM {table}") for table in ("duty_rosters", "alerts", "audit", "outbox")
    ]
    assert "0275" not in str([dict(row) for found in tables for row in found])


async def test_acknowledged_in_time_nobody_is_told(judge, keys, police, centre, running, clock):
    await judge.sends(FINDINGS, a_finding(keys))
    await police.post(f"{AT}/acknowledge")
    assert await all_fired(running, clock, timedelta(hours=1)) == 0


async def test_a_severity_that_rises_begins_the_climb_anew_and_a_low_one_waits_quietly(
    judge, keys, police, running, clock
):
    await judge.sends(FINDINGS, a_finding(keys, severity=Severity.LOW))
    assert await all_fired(running, clock, timedelta(hours=1)) == 0
    await judge.sends(FINDINGS, a_finding(keys, "worse", severity=Severity.HIGH))
    assert await all_fired(running, clock, timedelta(hours=1)) == 1 + 2  # every step of the standard roster


async def test_what_is_passed_on_waits_for_others_from_then_on(judge, keys, police, running, clock):
    await judge.sends(FINDINGS, a_finding(keys))
    await police.post(f"{AT}/acknowledge")
    await dispose(police, "NOT_OURS", passed_to="CSGT Tiền Giang")
    assert await all_fired(running, clock, timedelta(minutes=6)) == 1


async def test_an_alert_expires_without_news_and_comes_back_with_another_rule(judge, keys, police, running, clock):
    await judge.sends(FINDINGS, a_finding(keys))
    await police.post(f"{AT}/acknowledge")
    assert await all_fired(running, clock, timedelta(hours=71, minutes=59)) == 0
    assert await all_fired(running, clock, timedelta(hours=72, minutes=1)) == 1
    alert = await the_alert(police)
    assert (alert["state"], alert["ended_because"], alert["still_active"]) == ("ended", "EXPIRED", False)
    await judge.sends(FINDINGS, a_finding(keys, "other", code="GL03"))
    assert (await the_alert(police))["state"] == "new"


async def test_an_alert_whose_findings_end_is_waited_for_no_more(judge, keys, centre):
    await judge.sends(FINDINGS, a_finding(keys))
    await judge.sends(FINDINGS, a_finding(keys, revision=2, state=FactState.WITHDRAWN))
    assert await rows(centre, "SELECT * FROM timers") == []


async def test_a_new_roster_holds_for_alerts_that_wait_already(judge, keys, police, running, clock):
    await judge.sends(FINDINGS, a_finding(keys))
    late = ROSTER | {"steps": [{"after_minutes": 30, "to": "trực ban"}]}
    await police.put("/v1/duty-roster", json={"roster": late, "telephone": "113", "version": 0})
    assert await all_fired(running, clock, timedelta(minutes=29)) == 0
    assert await all_fired(running, clock, timedelta(minutes=31)) == 1
    answer = await police.put("/v1/duty-roster", json={"roster": late, "telephone": "113", "version": 0})
    assert (answer.status_code, answer.json()["error"]) == (409, "ROSTER_CHANGED")


async def test_several_processes_fire_each_timer_once(centre, clock):
    fired = []

    async def handler(conn, timer, at):
        fired.append(timer.subject)
        await asyncio.sleep(0)

    async with centre.pool.acquire() as conn:
        for number in range(30):
            await timers.put(conn, "test", number, NOON - timedelta(seconds=number))
    processes = [Timers(centre.pool, Bell(), clock, {"test": handler}) for _ in range(4)]

    async def all_of(process):
        while await process.fire_one():
            pass

    await asyncio.gather(*map(all_of, processes))
    while await processes[0].fire_one():  # what another held at that moment
        pass
    assert sorted(map(int, fired)) == list(range(30))


async def test_a_handler_that_fails_leaves_the_timer_and_after_two_ends_it_holds_up_nobody(centre, clock):
    async def fails(conn, timer, at):
        await conn.execute("DELETE FROM timers")
        raise RuntimeError("a bug")

    async with centre.pool.acquire() as conn:
        await timers.put(conn, "test", "one", NOON)
    process = Timers(centre.pool, Bell(), clock, {"test": fails})
    for _ in range(2):
        with pytest.raises(RuntimeError):
            await process.fire_one()
    assert await process.fire_one() is False
    ((row),) = await rows(centre, "SELECT attempts, set_aside_at IS NOT NULL AS aside FROM timers")
    assert (row["attempts"], row["aside"]) == (2, True)
    assert await all_due(centre) is None


async def all_due(centre):
    async with centre.pool.acquire() as conn:
        return await timers.next_due(conn)


async def test_a_timer_that_is_being_fired_is_not_waited_for_by_whoever_cancels_it(centre_url, centre, clock):
    async with centre.pool.acquire() as conn:
        await timers.put(conn, "test", "one", NOON)
        async with conn.transaction():
            assert await timers.take_due(conn, NOON)
            other = await connect(centre_url)
            await asyncio.wait_for(timers.cancel(other, "test", "one"), 5)
            await other.close()


async def test_a_sleeping_process_is_woken_by_a_timer_that_another_sets(centre, centre_url, clock):
    fired = asyncio.Event()

    async def handler(conn, timer, at):
        fired.set()

    bells = Bells()
    works = [
        asyncio.create_task(listen_forever(centre_url, bells)),
        asyncio.create_task(Timers(centre.pool, bells[TIMERS_CHANGED], clock, {"test": handler}).run()),
    ]
    try:
        rings = bells[TIMERS_CHANGED].rings
        await bells[TIMERS_CHANGED].after(rings, at_most_s=10)  # it listens now
        other = await connect(centre_url)
        await timers.put(other, "test", "one", NOON)
        await asyncio.wait_for(fired.wait(), 20)
        await other.close()
    finally:
        for work in works:
            work.cancel()
        await asyncio.gather(*works, return_exceptions=True)


def test_nothing_due_costs_one_look_in_ten_minutes():
    assert wait_s(None, NOON) == LONGEST_S
    assert wait_s(NOON + timedelta(seconds=7), NOON) == 7
    assert wait_s(NOON - timedelta(hours=1), NOON) == SHORTEST_S  # somebody else has it in hand
    assert wait_s(NOON + timedelta(days=9), NOON) == LONGEST_S


@pytest.mark.parametrize(("role", "reads", "changes"), [("command", 200, 303), ("police", 200, 403)])
async def test_who_keeps_the_roster(centre, centre_url, role, reads, changes):
    async with await logged_in(centre, centre_url, role, role) as person:
        assert (await person.get("/duty-roster")).status_code == reads
        form = {
            "version": "0",
            "after": ["5", ""],
            "to": ["trực ban", ""],
            "severity": ["high"],
            "telephone": "113",
            "misuse_hours": "72",
            "health_hours": "300",
        }
        assert (await person.post("/duty-roster", data=form)).status_code == changes
        if changes == 303:
            wrong = await person.post("/duty-roster", data=form | {"version": "1", "telephone": "call Nam"})
            assert (wrong.status_code, "call Nam" in wrong.text) == (422, False)


def test_the_timers_of_alerts_have_their_handlers():
    assert set(falling_due.HANDLERS) == {waiting.ESCALATION, waiting.EXPIRY}
    assert AlertState.ENDED == "ended"
