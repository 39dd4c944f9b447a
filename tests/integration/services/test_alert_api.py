"""The alert API over a real database: from a finding to an acknowledgement."""

from __future__ import annotations

import pytest

from schemas.topics import FINDINGS
from schemas.words import FactState, FindingClass, Severity
from services.feed import store as feed
from services.feed.cursors import cursor_in
from tests.builders import an_id
from tests.integration.services.centre_parts import PLATE, a_client, a_finding, with_key


@pytest.fixture
async def police(centre, centre_url):
    async with await with_key(centre, centre_url, "police system", "alerts") as client:
        yield client


async def the_alerts(client, **wanted):
    return (await client.get("/v1/alerts", params=wanted)).json()["alerts"]


async def test_a_finding_becomes_one_alert_with_a_sentence_for_the_radio(judge, keys, police):
    await judge.sends(FINDINGS, a_finding(keys))
    (alert,) = await the_alerts(police)
    assert (alert["state"], alert["severity"], alert["plate"]) == ("new", "high", PLATE)
    assert "bảy một xê một hai ba bốn năm" in alert["radio"]["vi"]
    assert "Charlie" in alert["radio"]["en"]
    assert alert["evidence"][0]["vi"] == "Thấy 10 người, đăng ký 2"


async def test_findings_of_one_incident_are_one_alert(judge, keys, police):
    await judge.sends(FINDINGS, a_finding(keys), a_finding(keys, "second", code="GL03"))
    (alert,) = await the_alerts(police)
    assert alert["codes"] == ["GL01", "GL03"]


async def test_a_health_finding_tells_plate_place_and_task_only(judge, keys, police):
    health = a_finding(keys, code="GL13", finding_class=FindingClass.HEALTH)
    await judge.sends(FINDINGS, health)
    (alert,) = await the_alerts(police)
    assert (alert["class"], alert["plate"], alert["post_id"]) == ("health", PLATE, "rach-mieu")
    assert alert["task"]["vi"]
    assert alert["codes"] == []
    assert alert["evidence"] == []


async def test_a_paper_finding_makes_no_alert(judge, keys, police):
    await judge.sends(FINDINGS, a_finding(keys, code="GL05", finding_class=FindingClass.PAPER))
    assert await the_alerts(police) == []


async def test_a_withdrawn_finding_ends_its_alert_in_place_with_why(judge, keys, police):
    await judge.sends(FINDINGS, a_finding(keys))
    withdrawn = a_finding(keys, revision=2, state=FactState.WITHDRAWN, withdrawn_because="CROSSING_CORRECTED")
    await judge.sends(FINDINGS, withdrawn)
    alert = (await police.get(f"/v1/alerts/{an_id('incident')}")).json()
    assert (alert["state"], alert["still_active"]) == ("ended", False)
    assert alert["ended_because"] == "CROSSING_CORRECTED"
    assert [line["what"] for line in alert["history"]] == ["new", "end"]


async def test_an_older_revision_that_comes_late_changes_nothing(judge, keys, police):
    await judge.sends(FINDINGS, a_finding(keys, revision=2, state=FactState.WITHDRAWN))
    await judge.sends(FINDINGS, a_finding(keys, revision=1))
    assert await the_alerts(police) == []


async def test_the_same_record_again_changes_nothing(judge, keys, police, centre):
    record = judge.record(FINDINGS, a_finding(keys))
    await judge.takes(record)
    await judge.takes(record, record)
    (alert,) = await the_alerts(police)
    assert alert["version"] == 1


async def test_acknowledging_twice_changes_nothing_and_tells_the_others_once(judge, keys, police, centre):
    await judge.sends(FINDINGS, a_finding(keys))
    first = await police.post(f"/v1/alerts/{an_id('incident')}/acknowledge")
    second = await police.post(f"/v1/alerts/{an_id('incident')}/acknowledge")
    assert first.json() == second.json()
    assert first.json()["acknowledged_by"] == "key:police system"
    async with centre.pool.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM outbox WHERE topic = 'alert-actions.v1'") == 1


async def test_a_severity_that_rises_asks_for_eyes_again(judge, keys, police):
    await judge.sends(FINDINGS, a_finding(keys, severity=Severity.LOW))
    await police.post(f"/v1/alerts/{an_id('incident')}/acknowledge")
    await judge.sends(FINDINGS, a_finding(keys, "worse", severity=Severity.HIGH))
    (alert,) = await the_alerts(police)
    assert (alert["state"], alert["severity"]) == ("new", "high")


async def test_an_alert_that_ended_cannot_be_acknowledged(judge, keys, police):
    await judge.sends(FINDINGS, a_finding(keys))
    await judge.sends(FINDINGS, a_finding(keys, revision=2, state=FactState.WITHDRAWN))
    answer = await police.post(f"/v1/alerts/{an_id('incident')}/acknowledge")
    assert (answer.status_code, answer.json()["error"]) == (409, "ALERT_ENDED")


async def test_the_whole_life_can_be_pulled_by_cursor(judge, keys, police, centre):
    await judge.sends(FINDINGS, a_finding(keys))
    await police.post(f"/v1/alerts/{an_id('incident')}/acknowledge")
    async with centre.pool.acquire() as conn:
        await feed.place(conn)
    first = (await police.get("/v1/alerts/events", params={"limit": 1})).json()
    rest = (await police.get("/v1/alerts/events", params={"after": first["next"]})).json()
    assert [event["kind"] for event in first["events"] + rest["events"]] == ["new", "acknowledged"]
    assert first["events"][0]["alert"]["state"] == "new"  # as it was then


async def test_pages_of_the_list_meet_without_gap_or_overlap(judge, keys, police):
    for number in range(5):
        name = f"incident {number}"
        await judge.sends(FINDINGS, a_finding(keys, name, incident_id=an_id(name)))
    first = (await police.get("/v1/alerts", params={"limit": 3})).json()
    second = (await police.get("/v1/alerts", params={"limit": 3, "before": first["next"]})).json()
    ids = [alert["alert_id"] for alert in first["alerts"] + second["alerts"]]
    assert len(ids) == len(set(ids)) == 5
    assert second["next"] is None
    assert cursor_in(first["next"])


async def test_a_key_for_one_post_sees_no_other_posts_alerts(judge, keys, centre, centre_url):
    await judge.sends(FINDINGS, a_finding(keys))
    async with await with_key(centre, centre_url, "other post", "alerts", areas=("co-chien",)) as elsewhere:
        assert await the_alerts(elsewhere) == []
        assert (await elsewhere.get(f"/v1/alerts/{an_id('incident')}")).status_code == 403


async def test_a_weak_match_of_a_person_makes_no_alert(judge, keys, police):
    await judge.sends(FINDINGS, a_finding(keys, subject="person", weak=True, subject_ref="b" * 64))
    assert await the_alerts(police) == []


async def test_nothing_is_told_without_a_key(centre):
    async with a_client(centre) as stranger:
        for path in ("/v1/alerts", "/v1/alerts/feed", "/v1/alerts/events", "/v1/desk", "/openapi.json"):
            answer = await stranger.get(path)
            assert answer.status_code == 401, path


async def test_no_plate_stands_in_the_database(judge, keys, centre):
    await judge.sends(FINDINGS, a_finding(keys))
    async with centre.pool.acquire() as conn:
        for table in ("findings", "alerts", "feed", "facts", "audit", "outbox"):
            texts = [str(dict(row)) for row in await conn.fetch(f"SELECT * FROM {table}")]
            assert not [text for text in texts if PLATE in text or "71C12345" in text], table
