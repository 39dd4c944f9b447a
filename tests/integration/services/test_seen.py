"""Health is open and names nobody; metrics are for a key of their own scope."""

from __future__ import annotations

import httpx
import pytest

from schemas.topics import FINDINGS, REFERRALS
from tests.integration.services.centre_parts import NAME, a_client, a_finding, a_referral, logged_in, with_key


async def test_health_is_open_and_says_since_when_and_what_is_away(centre):
    async with a_client(centre) as anybody:
        answer = await anybody.get("/health")
    assert answer.status_code == 200
    said = answer.json()
    assert (said["program"], said["live"], said["ready"], said["away"]) == ("services", True, True, [])
    assert said["since"].endswith("Z")


async def numbers(client: httpx.AsyncClient) -> dict[str, float]:
    text = (await client.get("/metrics")).raise_for_status().text
    lines = [line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in lines}


async def test_metrics_count_what_stands_in_the_tables(centre, centre_url, judge, keys):
    async with await with_key(centre, centre_url, "prometheus", "metrics:read") as prometheus:
        before = await numbers(prometheus)
        await judge.sends(FINDINGS, a_finding(keys))
        await judge.sends(REFERRALS, a_referral(keys))
        found = await numbers(prometheus)
    assert found["chotxanh_services_alerts_unacknowledged"] == 1
    assert before["chotxanh_services_alerts_unacknowledged"] == 0
    assert found["chotxanh_services_outbox_events"] >= 0
    assert [value for name, value in found.items() if name.startswith("chotxanh_services_episodes{")] == [1]


async def test_metrics_are_for_their_key_and_name_nobody(centre, centre_url, judge, keys):
    await judge.sends(REFERRALS, a_referral(keys))
    async with a_client(centre) as anybody:
        assert (await anybody.get("/metrics")).status_code == 401
    async with await with_key(centre, centre_url, "police", "alerts:read") as police:
        assert (await police.get("/metrics")).status_code == 403
    async with await logged_in(centre, centre_url, "lan", "command") as person:
        assert (await person.get("/metrics")).status_code == 403
    async with await with_key(centre, centre_url, "prometheus", "metrics:read") as prometheus:
        assert NAME not in (await prometheus.get("/metrics")).text


@pytest.mark.parametrize("path", ["/alerts", "/queue", "/v1/desk"])
async def test_a_scrape_key_opens_nothing_else(centre, centre_url, path):
    async with await with_key(centre, centre_url, "prometheus", "metrics:read") as prometheus:
        assert (await prometheus.get(path)).status_code in (401, 403)
