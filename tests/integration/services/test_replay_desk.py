"""Asking, following and stopping a replay on a real database: by API, by form, and by whom."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from schemas.bounded import instant_text
from schemas.events.operations import CommandAnswered, CommandGiven
from schemas.questions import ANSWER, ASKED, STOPS
from schemas.replay import ReplayAnswer, ReplayAsked
from schemas.topics import WHATIF_RESULTS
from services.questions.store import MOST_OPEN
from tests.builders import NOON, an_id
from tests.integration.services.centre_parts import logged_in, with_key
from tests.unit.deploy.test_replay_command import a_difference, a_fact, a_report


def body(**changes):
    return {"begins_at": instant_text(NOON - timedelta(days=1)), "ends_at": instant_text(NOON)} | changes


def an_answer(replay_id, *, done=True, progress=100, **changes):
    report = changes.pop("report", a_report())
    said = ReplayAnswer(
        **{
            "state": "done",
            "crossings": 10,
            "took_ms": 1234,
            "report": report,
            "conclusion": report and report.conclusion,
        }
        | changes
    )
    return CommandAnswered(
        event_id=uuid4(),
        occurred_at=NOON,
        command_id=replay_id,
        done=done,
        progress=progress,
        result={ANSWER: said.model_dump(mode="json")},
    )


@pytest.fixture
async def program(centre, centre_url):
    async with await with_key(centre, centre_url, "program", "replay") as client:
        yield client


@pytest.fixture
async def auditor(centre, centre_url):
    async with await logged_in(centre, centre_url, "kiem-toan", "auditor") as client:
        yield client


async def commands(centre):
    async with centre.pool.acquire() as conn:
        rows = await conn.fetch("SELECT value FROM outbox WHERE topic = 'commands.v1' ORDER BY row_id")
    return [CommandGiven.model_validate_json(row["value"]) for row in rows]


async def test_a_replay_is_asked_on_the_outbox_audited_and_waits(centre, program):
    answer = await program.post("/v1/replay", json=body(revisions="all"))
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
    (given,) = await commands(centre)
    asked = ReplayAsked.model_validate_json(json.dumps(given.arguments[ASKED]))
    assert (str(given.event_id), given.command, given.by) == (answer.json()["replay_id"], "replay", "key:program")
    assert (asked.begins_at, asked.ends_at, asked.revisions) == (NOON - timedelta(days=1), NOON, "all")
    async with centre.pool.acquire() as conn:
        audited = await conn.fetchval("SELECT count(*) FROM audit WHERE action = 'asked_replay'")
    assert audited == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ends_at": instant_text(NOON - timedelta(days=2))}, "ends_at"),
        ({"begins_at": "yesterday"}, "begins_at"),
        ({"revisions": "some"}, "revisions"),
        ({"policy": {}}, "policy"),  # nothing else bears on it, and nobody should think so
    ],
)
async def test_a_wrong_period_is_refused_with_the_field_and_the_reason(centre, program, changes, field):
    answer = await program.post("/v1/replay", json=body(**changes))
    assert answer.status_code == 422
    (wrong,) = answer.json()["fields"]
    assert (wrong["field"], bool(wrong["vi"]), bool(wrong["en"])) == (field, True, True)
    assert await commands(centre) == []


@pytest.mark.parametrize("scope", ["alerts", "registry", "desk:read", "whatif"])
async def test_another_key_may_not_ask(centre, centre_url, scope):
    async with await with_key(centre, centre_url, "other", scope) as client:
        assert (await client.post("/v1/replay", json=body())).status_code == 403
        assert (await client.get("/v1/replay")).status_code == 403


async def test_its_progress_and_its_report_are_shown(judge, program):
    replay_id = UUID((await program.post("/v1/replay", json=body())).json()["replay_id"])
    running = an_answer(replay_id, done=False, progress=40, state="running", crossings=4, report=None)
    await judge.sends(WHATIF_RESULTS, running)
    shown = (await program.get(f"/v1/replay/{replay_id}")).json()
    assert (shown["state"], shown["progress"], shown["crossings"]) == ("running", 40, 4)
    await judge.sends(WHATIF_RESULTS, an_answer(replay_id), running.model_copy(update={"event_id": uuid4()}))
    shown = (await program.get(f"/v1/replay/{replay_id}")).json()
    assert (shown["state"], shown["progress"], shown["conclusion"]) == ("done", 100, "same")
    assert shown["report"] == a_report().model_dump(mode="json")
    (listed,) = (await program.get("/v1/replay")).json()["replays"]
    assert (listed["replay_id"], listed["report"]) == (str(replay_id), None)


async def test_stopping_asks_the_processors_once(centre, program):
    replay_id = (await program.post("/v1/replay", json=body())).json()["replay_id"]
    for _ in range(2):
        assert (await program.post(f"/v1/replay/{replay_id}/stop")).json()["stopping"] is True
    _, stop = await commands(centre)
    assert (stop.command, stop.arguments) == ("stop", {STOPS: replay_id})


async def test_too_many_at_once_are_refused(program):
    for _ in range(MOST_OPEN):
        assert (await program.post("/v1/replay", json=body())).status_code == 202
    answer = await program.post("/v1/replay", json=body())
    assert (answer.status_code, answer.json()["error"]) == (409, "TOO_MANY_REPLAYS")


async def test_an_auditor_asks_for_yesterday_and_reads_what_changed_by_which_rule_and_fact(judge, auditor):
    page = (await auditor.get("/replay")).text
    assert 'value="2021-10-05T00:00"' in page
    form = {"begins_at": "2021-10-05T00:00", "ends_at": "2021-10-06T00:00", "revisions": "all"}
    answer = await auditor.post("/replay", data=form)
    assert answer.status_code == 303
    at = answer.headers["location"]
    waiting = (await auditor.get(at)).text
    assert "hx-trigger" in waiting
    assert f'action="{at}/stop"' in waiting
    changed = a_report(
        same=9, changed=1, differences=[a_difference()], altered=[a_fact(fact_id=None)], altered_facts=1
    )
    await judge.sends(WHATIF_RESULTS, an_answer(UUID(at.rsplit("/", 1)[1]), report=changed))
    done = (await auditor.get(at)).text
    assert "hx-trigger" not in done
    assert "CHANGED: something that was said, or a fact, is not what it was" in done
    assert "9 of 10 judgements are the same" in done
    assert "GL01" in done
    assert str(an_id("crossing")) in done
    assert "gone" in done
    assert "KHÁC: có kết luận" in (await auditor.get("/replay")).text


async def test_a_wrong_form_is_shown_again(centre, auditor):
    form = {"begins_at": "2021-10-06T00:00", "ends_at": "2021-10-05T00:00", "revisions": "in_force"}
    answer = await auditor.post("/replay", data=form)
    assert answer.status_code == 422
    assert "is after the beginning" in answer.text
    answer = await auditor.post("/replay", data=form | {"ends_at": "2021-10-07T00:00", "revisions": "some"})
    assert answer.status_code == 422
    assert await commands(centre) == []


async def test_a_running_one_is_stopped_from_its_page(auditor):
    form = {"begins_at": "2021-10-05T00:00", "ends_at": "2021-10-06T00:00"}
    at = (await auditor.post("/replay", data=form)).headers["location"]
    assert (await auditor.post(f"{at}/stop")).headers["location"] == at
    assert "Being stopped, as kiem-toan asked" in (await auditor.get(at)).text
