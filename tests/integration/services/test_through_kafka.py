"""The services between a real Kafka and a real PostgreSQL: what comes in, what goes out, what survives."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from deploy.topics import ensure_topics, wanted
from schemas.topics import ALERT_ACTIONS, DEAD_LETTERS, FINDINGS, POSTS, header
from schemas.trust.signing import SIGNATURE_HEADER
from services.accounts.create import create_key
from services.database.connection import connect
from tests.builders import an_id
from tests.integration.services.centre_parts import a_finding
from tests.integration.services.serving import served

POST = {
    "post_id": "rach-mieu",
    "name": "Chốt Rạch Miễu",
    "mode": "road",
    "level": "province",
    "records": ["in", "out"],
}


@pytest.fixture
async def services(centre_url, kafka, front_end, keys):
    await ensure_topics(kafka, wanted([]))
    async with served(centre_url, kafka, front_end, keys) as running:
        yield running


@pytest.fixture
async def program(services, centre_url):
    conn = await connect(centre_url)
    key = await create_key(conn, "program", ["alerts", "registry", "desk:read"])
    await conn.close()
    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=services.url, headers=headers, timeout=20, trust_env=False) as client:
        yield client


@pytest.fixture
async def producer(kafka):
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        yield producer


async def first_on(kafka, topic):
    async with AIOKafkaConsumer(topic.name, bootstrap_servers=kafka, auto_offset_reset="earliest") as consumer:
        return await asyncio.wait_for(consumer.getone(), 20)


async def sent(producer, judge, event):
    record = judge.record(FINDINGS, event)
    await producer.send_and_wait(record.topic, key=record.key, value=record.value, headers=list(record.headers))


async def test_a_finding_on_kafka_reaches_a_live_feed_and_its_acknowledgement_goes_back(
    services, program, producer, judge, keys, kafka
):
    async with program.stream("GET", "/v1/alerts/feed") as feed:
        lines = feed.aiter_lines()
        await anext(lines)
        await sent(producer, judge, a_finding(keys))
        async with asyncio.timeout(20):
            said = [await anext(lines) for _ in range(4)]
    position, kind = said[1], said[2]
    alert = json.loads(said[3].removeprefix("data: "))
    assert (position, kind, alert["codes"]) == ("id: 1", "event: new", ["GL01"])
    await program.post(f"/v1/alerts/{an_id('incident')}/acknowledge")
    record = await first_on(kafka, ALERT_ACTIONS)
    assert json.loads(record.value)["action"] == "acknowledged"
    async with program.stream("GET", "/v1/alerts/feed", headers={"last-event-id": "1"}) as again:
        async with asyncio.timeout(20):
            resumed = [line async for line in _first(again.aiter_lines(), 5)]
    assert "event: acknowledged" in resumed


async def until_there(program, path, what):
    async with asyncio.timeout(20):
        while True:
            if found := (await program.get(path)).json()[what]:
                return found
            await asyncio.sleep(0.1)


async def _first(lines, number):
    for _ in range(number):
        yield await anext(lines)


async def test_a_new_post_gets_its_topics_and_is_published_signed(services, program, kafka, keys):
    answer = await program.post("/v1/registry/posts", json=POST)
    assert answer.status_code == 201, answer.text
    assert answer.json()["topics_made"] == ["station-requests.rach-mieu.v1", "verdicts.rach-mieu.v1"]
    record = await first_on(kafka, POSTS)
    signature = header(record.headers, SIGNATURE_HEADER)
    assert keys.verifier.is_right("posts.v1", "vn.chotxanh.post.registered", record.value, signature)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        assert "verdicts.rach-mieu.v1" in await admin.list_topics()
    finally:
        await admin.close()


async def test_garbage_on_a_topic_comes_out_at_the_desk_and_the_next_record_counts(
    services, program, producer, judge, keys, kafka
):
    await producer.send_and_wait("findings.v1", value=b"\x00garbage", partition=0)
    await sent(producer, judge, a_finding(keys))
    (letter,) = await until_there(program, "/v1/desk", "dead_letters")
    assert letter["reason"] == "RECORD_TYPE_UNKNOWN"
    assert await until_there(program, "/v1/alerts", "alerts")
    record = await first_on(kafka, DEAD_LETTERS)
    assert b"garbage" not in record.value


async def test_a_post_is_not_recorded_while_kafka_cannot_be_asked(centre_url, front_end, keys):
    async with served(centre_url, "127.0.0.1:1", front_end, keys) as running:
        conn = await connect(centre_url)
        key = await create_key(conn, "program", ["registry"])
        async with httpx.AsyncClient(base_url=running.url, timeout=30, trust_env=False) as client:
            answer = await client.post("/v1/registry/posts", json=POST, headers={"authorization": f"Bearer {key}"})
        assert (answer.status_code, answer.json()["error"]) == (409, "POST_TOPICS_NOT_MADE")
        assert await conn.fetchval("SELECT count(*) FROM registry") == 0
        await conn.close()
