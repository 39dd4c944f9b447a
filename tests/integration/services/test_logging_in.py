"""Logging in, rights at every door, answers to what is wrong, over a real database."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from schemas.log_lines import JsonLines
from services.accounts import sessions
from services.accounts.create import NameTaken, create_key, create_user, set_password
from services.accounts.rights import NEEDS_AREAS, RIGHTS, Right, Role
from services.database.connection import connect
from services.database.migrate import migrate, migrations
from tests.builders import an_id
from tests.integration.services.centre_parts import NAME, a_client, logged_in

DOORS = {
    ("GET", "/v1/alerts"): Right.ALERTS_READ,
    ("GET", "/v1/alerts/events"): Right.ALERTS_READ,
    ("GET", f"/v1/alerts/{an_id('none')}"): Right.ALERTS_READ,
    ("POST", f"/v1/alerts/{an_id('none')}/acknowledge"): Right.ALERTS_ACT,
    ("GET", "/alerts"): Right.ALERTS_READ,
    ("POST", f"/alerts/{an_id('none')}/acknowledge"): Right.ALERTS_ACT,
    ("GET", "/queue"): Right.QUEUE_READ,
    ("GET", "/queue/counts"): Right.QUEUE_READ,
    ("GET", f"/queue/{an_id('none')}"): Right.QUEUE_READ,
    ("POST", f"/queue/{an_id('none')}/claim"): Right.QUEUE_ACT,
    ("POST", f"/queue/{an_id('none')}/open"): Right.QUEUE_OPEN,
    ("POST", f"/queue/recalls/{an_id('none')}/call"): Right.QUEUE_ACT,
    ("POST", f"/queue/recalls/{an_id('none')}/open"): Right.QUEUE_OPEN,
    ("GET", "/desk"): Right.DESK_READ,
    ("GET", "/policies"): Right.POLICIES,
    ("POST", "/policies"): Right.POLICIES,
    ("POST", f"/policies/proposals/{an_id('none')}/approve"): Right.POLICIES,
    ("POST", "/policies/none/1/back"): Right.POLICIES,
    ("GET", "/policies/none/1/sheet"): Right.POLICIES,
    ("GET", "/v1/desk"): Right.DESK_READ,
    ("GET", "/v1/registry/posts"): Right.REGISTRY_READ,
    ("POST", "/v1/registry/test-results"): Right.TEST_RESULTS,
    ("POST", "/v1/registry/vehicle-passes"): Right.VEHICLE_PASSES,
    ("POST", "/v1/registry/notices"): Right.NOTICES,
    ("POST", "/v1/registry/policies"): Right.POLICIES,
    ("POST", "/v1/registry/limits"): Right.POLICIES,
    ("POST", "/v1/registry/posts"): Right.POSTS,
    ("POST", "/v1/registry/stations"): Right.STATIONS,
    ("POST", "/v1/registry/lists"): Right.LISTS,
    ("POST", "/v1/registry/zones"): Right.ZONES,
    ("POST", "/v1/registry/places"): Right.PLACES,
}


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_passes_its_own_doors_and_no_others(centre, centre_url, role):
    areas = ("rach-mieu",) if role in NEEDS_AREAS else ()
    async with await logged_in(centre, centre_url, "someone", role.value, areas=areas) as browser:
        for (method, path), right in DOORS.items():
            status = (await browser.request(method, path)).status_code
            assert (status != 403) == (right in RIGHTS[role]), (method, path, status)
            assert status < 500, (method, path)


async def test_every_door_is_shut_to_whoever_is_not_known(centre):
    async with a_client(centre, authorization="Bearer cx_made-up", accept="application/json") as stranger:
        for method, path in DOORS:
            assert (await stranger.request(method, path)).status_code == 401, path


async def test_a_page_sends_whoever_is_not_logged_in_to_the_login(centre):
    async with a_client(centre, accept="text/html") as browser:
        answer = await browser.get("/queue")
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")
        assert "Đăng nhập" in (await browser.get("/login")).text


async def test_five_wrong_passwords_make_even_the_right_one_wait(centre, centre_url):
    conn = await connect(centre_url)
    password = await create_user(conn, "lan", "coordinator")
    async with a_client(centre, accept="text/html") as browser:
        for _ in range(sessions.TRIES):
            assert (await browser.post("/login", data={"name": "lan", "password": "x"})).status_code == 403
        assert (await browser.post("/login", data={"name": "lan", "password": password})).status_code == 429
        centre.clock.at += sessions.TRIES_WITHIN + timedelta(seconds=1)
        assert (await browser.post("/login", data={"name": "lan", "password": password})).status_code == 303
    await conn.close()


async def test_a_session_ends_by_logging_out_by_time_and_by_a_new_password(centre, centre_url):
    async with await logged_in(centre, centre_url, "lan", "coordinator") as browser:
        assert (await browser.get("/queue")).status_code == 200
        centre.clock.at += sessions.LASTS
        assert (await browser.get("/queue")).status_code == 303
    async with await logged_in(centre, centre_url, "minh", "coordinator") as browser:
        conn = await connect(centre_url)
        await set_password(conn, "minh")
        await conn.close()
        assert (await browser.get("/queue")).status_code == 303
    async with await logged_in(centre, centre_url, "hoa", "coordinator") as browser:
        token = browser.cookies[sessions.COOKIE]
        await browser.post("/logout")
        browser.cookies[sessions.COOKIE] = token
        assert (await browser.get("/queue")).status_code == 303


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(centre, centre_url):
    conn = await connect(centre_url)
    password = await create_user(conn, "lan", "coordinator")
    await conn.close()
    async with a_client(centre) as browser:
        answer = await browser.post("/login", data={"name": "lan", "password": password})
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        elsewhere = {"origin": "http://elsewhere"}
        again = await browser.post("/login", data={"name": "lan", "password": password}, headers=elsewhere)
        assert again.status_code == 403


async def test_no_password_token_or_key_stands_in_the_database(centre, centre_url):
    conn = await connect(centre_url)
    password = await create_user(conn, "lan", "coordinator")
    key = await create_key(conn, "program", ["alerts"])
    async with a_client(centre) as browser:
        answer = await browser.post("/login", data={"name": "lan", "password": password})
        token = answer.cookies[sessions.COOKIE]
    for table in ("users", "keys", "sessions", "audit", "failed_logins"):
        texts = [str(dict(row)) for row in await conn.fetch(f"SELECT * FROM {table}")]
        assert not [text for text in texts for secret in (password, key, token) if secret in text], table
    await conn.close()


async def test_a_name_is_given_once_and_some_roles_need_an_area(centre_url):
    conn = await connect(centre_url)
    await create_user(conn, "lan", "coordinator")
    with pytest.raises(NameTaken):
        await create_user(conn, "lan", "police")
    with pytest.raises(ValueError, match="area"):
        await create_user(conn, "xa", "commune")
    with pytest.raises(ValueError, match="roles are"):
        await create_user(conn, "root", "root")
    await conn.close()


async def test_migrating_again_changes_nothing(centre_url):
    conn = await connect(centre_url)
    assert await migrate(conn) == []
    assert [name for name, _ in migrations()] == sorted(name for name, _ in migrations())
    await conn.close()


async def test_every_answer_forbids_what_comes_from_outside_and_is_not_kept(centre, centre_url):
    async with await logged_in(centre, centre_url, "lan", "coordinator") as browser:
        for path in ("/", "/queue", "/login", "/nowhere"):
            headers = (await browser.get(path)).headers
            assert "default-src 'self'" in headers["content-security-policy"], path
            assert headers["cache-control"] == "no-store", path


async def test_a_bug_answers_with_a_number_and_without_what_was_sent(centre, centre_url, monkeypatch, caplog):
    async def fails(*args):
        raise RuntimeError(NAME)

    monkeypatch.setattr("services.quarantine.listing.episodes", fails)
    async with await logged_in(centre, centre_url, "lan", "coordinator") as browser:
        answer = await browser.get("/queue")
    assert answer.status_code == 500
    assert "Số báo hỗ trợ" in answer.text
    lines = [JsonLines("services").format(record) for record in caplog.records]
    assert NAME not in answer.text + "".join(lines)
    assert any(json.loads(line).get("error") == "RuntimeError" for line in lines)


async def test_while_the_database_is_away_the_answer_says_so_and_health_too(centre, centre_url):
    async with await logged_in(centre, centre_url, "lan", "coordinator") as browser:
        assert (await browser.get("/health")).json()["ready"]
        await centre.pool.close()
        answer = await browser.get("/queue")
        assert answer.status_code == 503
        assert (await browser.get("/health")).status_code == 503
        assert "database" in (await browser.get("/health")).json()["away"]


async def test_the_api_document_is_for_those_who_are_known(centre, centre_url):
    async with await logged_in(centre, centre_url, "lan", "coordinator") as browser:
        document = (await browser.get("/openapi.json")).json()
    assert "/v1/alerts" in document["paths"]
    assert "/queue" not in document["paths"]
    schema = document["paths"]["/v1/registry/test-results"]["post"]["requestBody"]
    assert schema["content"]["application/json"]["schema"]
