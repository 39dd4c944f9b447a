"""Asking, following and stopping a what-if on a real database: by API, by form, and by whom."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from schemas.bounded import instant_text
from schemas.events.operations import CommandAnswered, CommandGiven
from schemas.policy.matters import Sentence
from schemas.policy.policy import CodeOutcome
from schemas.questions import ANSWER, ASKED, STOPS
from schemas.topics import WHATIF_RESULTS
from schemas.whatif import SECONDS_IN_LANE, Comparison, RuleCompared, WhatIfAnswer, WhatIfAsked
from schemas.words import Outcome
from services.questions.store import MOST_OPEN
from tests.builders import NOON, a_policy, an_id
from tests.integration.services.centre_parts import logged_in, with_key


def draft(**changes):
    return a_policy(**changes).model_dump(mode="json")


def body(**changes):
    period = {"begins_at": instant_text(NOON - timedelta(days=1)), "ends_at": instant_text(NOON)}
    return {"policy": draft(), **period} | changes


def a_comparison():
    change = {"before": "let_through", "after": "turn_back", "verdicts": 7}
    return Comparison.model_validate_json(
        json.dumps(
            {
                "crossings": 10,
                "first_at": instant_text(NOON),
                "last_at": instant_text(NOON),
                "changed": 7,
                "other_reasons": 1,
                "outcomes_before": {"let_through": 10},
                "outcomes_after": {"let_through": 3, "turn_back": 7},
                "changes": [change],
                "posts": [
                    {
                        "post_id": "rach-mieu",
                        "crossings": 10,
                        "changed": 7,
                        "changes": [change],
                        "lane_s_before": 300,
                        "lane_s_after": 1770,
                    }
                ],
                "rules": [{"code": "TS_NONE_SHOWN", "decides": True, **change}],
                "examples": [
                    {
                        "crossing_id": str(an_id("crossing")),
                        "post_id": "rach-mieu",
                        "occurred_at": instant_text(NOON),
                        "before": "let_through",
                        "after": "turn_back",
                        "codes_before": [],
                        "codes_after": ["OCCUPANT_HEALTH"],
                    }
                ],
                "policies": [{"policy_id": "ben-tre", "version": 1, "crossings": 10}],
                "seconds": {outcome.value: seconds for outcome, seconds in SECONDS_IN_LANE.items()},
                "lane_s_before": 300,
                "lane_s_after": 1770,
                "judge_version": "1",
            }
        )
    )


def an_answer(whatif_id, *, done=True, progress=100, **changes):
    said = WhatIfAnswer(
        **{"state": "done", "crossings": 10, "took_ms": 1234, "comparison": a_comparison()} | changes
    )
    return CommandAnswered(
        event_id=uuid4(),
        occurred_at=NOON,
        command_id=whatif_id,
        done=done,
        progress=progress,
        result={ANSWER: said.model_dump(mode="json")},
    )


@pytest.fixture
async def program(centre, centre_url):
    async with await with_key(centre, centre_url, "program", "whatif") as client:
        yield client


@pytest.fixture
async def command(centre, centre_url):
    async with await logged_in(centre, centre_url, "chi-huy", "command") as client:
        yield client


async def commands(centre):
    async with centre.pool.acquire() as conn:
        rows = await conn.fetch("SELECT value FROM outbox WHERE topic = 'commands.v1' ORDER BY row_id")
    return [CommandGiven.model_validate_json(row["value"]) for row in rows]


async def test_a_code_of_the_drafts_own_is_told_in_the_drafts_words(judge, program, command):
    sentence = Sentence(vi="Đêm nay xe tải chỉ quá cảnh", en="trucks in transit only tonight")
    own = CodeOutcome(code="NIGHT_TRUCKS", outcome=Outcome.TURN_BACK, sentence=sentence)
    whatif_id = UUID((await program.post("/v1/whatif", json=body(policy=draft(codes=(own,))))).json()["whatif_id"])
    rule = {"code": own.code, "decides": True, "before": "let_through", "after": "turn_back", "verdicts": 7}
    rules = {"rules": (RuleCompared.model_validate_json(json.dumps(rule)),)}
    await judge.sends(WHATIF_RESULTS, an_answer(whatif_id, comparison=a_comparison().model_copy(update=rules)))
    page = (await command.get(f"/whatif/{whatif_id}")).text
    assert sentence.vi in page
    assert sentence.en in page


async def test_a_whatif_is_asked_on_the_outbox_and_waits(centre, program):
    answer = await program.post("/v1/whatif", json=body())
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
    (given,) = await commands(centre)
    asked = WhatIfAsked.model_validate_json(json.dumps(given.arguments[ASKED]))
    assert (str(given.event_id), given.command, given.by) == (answer.json()["whatif_id"], "what_if", "key:program")
    assert (asked.policy.policy_id, asked.begins_at, asked.ends_at) == (
        "ben-tre-test",
        NOON - timedelta(days=1),
        NOON,
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"policy": draft() | {"decision_time": "soon"}}, "policy.decision_time"),
        ({"policy": draft() | {"tets": []}}, "policy.tets"),  # a misspelt field is an error, never silence
        ({"policy": draft() | {"time_zone": "Asia/Nowhere"}}, "policy.time_zone"),
        ({"ends_at": instant_text(NOON - timedelta(days=2))}, "ends_at"),
        ({"begins_at": "yesterday"}, "begins_at"),
        ({"seconds": {"hold": -1}}, "seconds.hold"),
    ],
)
async def test_a_wrong_draft_is_refused_with_the_field_and_the_reason(centre, program, changes, field):
    answer = await program.post("/v1/whatif", json=body(**changes))
    assert answer.status_code == 422
    (wrong,) = answer.json()["fields"]
    assert wrong["field"] == field
    assert wrong["vi"]
    assert wrong["en"]
    assert await commands(centre) == []


@pytest.mark.parametrize("scope", ["alerts", "registry", "desk:read"])
async def test_another_key_may_not_ask(centre, centre_url, scope):
    async with await with_key(centre, centre_url, "other", scope) as client:
        assert (await client.post("/v1/whatif", json=body())).status_code == 403
        assert (await client.get("/v1/whatif")).status_code == 403


async def test_its_progress_and_its_answer_are_shown(judge, program):
    whatif_id = UUID((await program.post("/v1/whatif", json=body())).json()["whatif_id"])
    running = an_answer(whatif_id, done=False, progress=40, state="running", crossings=4, comparison=None)
    await judge.sends(WHATIF_RESULTS, running)
    shown = (await program.get(f"/v1/whatif/{whatif_id}")).json()
    assert (shown["state"], shown["progress"], shown["crossings"]) == ("running", 40, 4)
    await judge.sends(WHATIF_RESULTS, an_answer(whatif_id), running.model_copy(update={"event_id": uuid4()}))
    shown = (await program.get(f"/v1/whatif/{whatif_id}")).json()
    assert (shown["state"], shown["progress"], shown["took_ms"]) == ("done", 100, 1234)
    assert shown["comparison"] == a_comparison().model_dump(mode="json")
    (listed,) = (await program.get("/v1/whatif")).json()["whatifs"]
    assert (listed["whatif_id"], listed["comparison"]) == (str(whatif_id), None)


async def test_an_answer_to_what_nobody_here_asked_does_no_harm(judge, program):
    await judge.sends(WHATIF_RESULTS, an_answer(uuid4()))
    assert (await program.get("/v1/whatif")).json() == {"whatifs": []}


async def test_stopping_asks_the_processors_once(centre, program):
    whatif_id = (await program.post("/v1/whatif", json=body())).json()["whatif_id"]
    for _ in range(2):
        assert (await program.post(f"/v1/whatif/{whatif_id}/stop")).json()["stopping"] is True
    _, stop = await commands(centre)
    assert (stop.command, stop.arguments) == ("stop", {STOPS: whatif_id})


async def test_what_was_answered_is_not_stopped(centre, judge, program):
    whatif_id = (await program.post("/v1/whatif", json=body())).json()["whatif_id"]
    await judge.sends(WHATIF_RESULTS, an_answer(UUID(whatif_id)))
    assert (await program.post(f"/v1/whatif/{whatif_id}/stop")).json()["stopping"] is False
    assert len(await commands(centre)) == 1


async def test_too_many_at_once_are_refused(program):
    for _ in range(MOST_OPEN):
        assert (await program.post("/v1/whatif", json=body())).status_code == 202
    answer = await program.post("/v1/whatif", json=body())
    assert (answer.status_code, answer.json()["error"]) == (409, "TOO_MANY_WHATIFS")


async def test_the_command_centre_pastes_a_draft_and_reads_what_it_would_do(judge, command):
    form = {
        "draft": json.dumps({"policy": draft()}),
        "begins_at": "2021-10-05T00:00",
        "ends_at": "2021-10-06T00:00",
    }
    answer = await command.post("/whatif", data=form, files={"file": ("", b"")})
    assert answer.status_code == 303
    at = answer.headers["location"]
    waiting = (await command.get(at)).text
    assert "hx-trigger" in waiting
    assert "đang chờ" in waiting
    await judge.sends(WHATIF_RESULTS, an_answer(UUID(at.rsplit("/", 1)[1])))
    done = (await command.get(at)).text
    assert "hx-trigger" not in done
    assert "7 of 10 verdicts would change" in done
    assert str(an_id("crossing")) in done


async def test_an_uploaded_file_goes_before_what_was_pasted(centre, command):
    form = {"draft": "not read", "begins_at": "2021-10-05T00:00", "ends_at": "2021-10-06T00:00"}
    files = {"file": ("draft.json", json.dumps(draft(version=7)).encode(), "application/json")}
    assert (await command.post("/whatif", data=form, files=files)).status_code == 303
    (given,) = await commands(centre)
    assert given.arguments[ASKED]["policy"]["version"] == 7
    # Midnight on the wall in Bến Tre.
    assert given.arguments[ASKED]["begins_at"] == "2021-10-04T17:00:00.000Z"


async def test_a_wrong_form_is_shown_again_with_what_was_pasted(centre, command):
    form = {"draft": "{<b>", "begins_at": "2021-10-05T00:00", "ends_at": "2021-10-06T00:00"}
    answer = await command.post("/whatif", data=form, files={"file": ("", b"")})
    assert answer.status_code == 422
    assert "{&lt;b&gt;" in answer.text
    assert "the body is not JSON" in answer.text
    assert await commands(centre) == []


async def test_a_form_without_its_token_asks_nothing(centre, command):
    command.headers["x-csrf-token"] = "wrong"
    assert (await command.post("/whatif", data={"draft": "{}"})).status_code == 403
    assert await commands(centre) == []


async def test_the_form_proposes_yesterday_and_a_running_one_can_be_stopped(command):
    page = (await command.get("/whatif")).text
    assert 'value="2021-10-05T00:00"' in page
    form = {"draft": json.dumps(draft()), "begins_at": "2021-10-05T00:00", "ends_at": "2021-10-06T00:00"}
    at = (await command.post("/whatif", data=form)).headers["location"]
    assert f'action="{at}/stop"' in (await command.get(at)).text
    assert (await command.post(f"{at}/stop")).headers["location"] == at
    assert "Being stopped, as chi-huy asked" in (await command.get(at)).text


def test_every_outcome_has_its_seconds():
    assert set(SECONDS_IN_LANE) == set(Outcome)
