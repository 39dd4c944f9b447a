"""A real worker that hangs, one with wrong keys, one older than the rules: what is seen, and how each ends."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from deploy.checks import free_port
from schemas.topics import POLICIES
from schemas.trust.key_files import MasterKeyFile
from schemas.trust.signing import SIGNATURE_HEADER, CentreSigner
from tests.integration.stream_processors.province import crossing_id_of
from tests.integration.stream_processors.running import Heard, Worker, environment, make_topics, send
from tests.integration.stream_processors.test_worker_on_kafka import clean, judged, letters

HANGS = Path(__file__).with_name("worker_that_hangs.py")
LONG_AGO = datetime(2021, 1, 1, tzinfo=UTC)
SCRAPE_KEY = "for-tests"


@pytest.fixture
async def enrolled(kafka, centre, stations):
    await make_topics(kafka)
    await send(
        kafka,
        *(centre.post(post_id) for post_id in stations),
        *(centre.enrolment(station) for station in stations.values()),
        centre.policy(effective_at=LONG_AGO),
    )
    return stations


@pytest.fixture
def worker(kafka, migrated, keys_folder, tmp_path):
    around = environment(database=migrated, kafka=kafka, keys=keys_folder, ready_file=tmp_path / "ready")
    around |= {
        "CHOTXANH_WORKER_NAME": "w1",
        "CHOTXANH_WORKER_PORT": str(free_port()),
        "CHOTXANH_SCRAPE_KEY_SHA256": hashlib.sha256(SCRAPE_KEY.encode()).hexdigest(),
    }
    worker = Worker(around, tmp_path / "worker.log")
    yield worker
    worker.close()


def url_of(worker):
    return f"http://127.0.0.1:{worker.environment['CHOTXANH_WORKER_PORT']}"


async def asked(worker, path, **headers):
    async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
        return await client.get(f"{url_of(worker)}{path}", headers=headers)


async def test_a_worker_with_a_backlog_that_does_not_get_on_ends_itself_and_says_so(kafka, enrolled, worker):
    worker.environment["CHOTXANH_STUCK_AFTER_S"] = "3"
    worker.command = (sys.executable, str(HANGS), "waits")
    await worker.start()
    await send(kafka, replace(clean(enrolled["rach-mieu"]), value=b"HANG", headers=()))
    assert await worker.ended() == 70
    assert "no progress while there is a backlog" in worker.log.read_text()


async def test_a_worker_without_work_is_left_alone(kafka, enrolled, worker):
    worker.environment["CHOTXANH_STUCK_AFTER_S"] = "2"
    station = enrolled["rach-mieu"]
    async with Heard(kafka) as heard:
        await worker.start()
        await send(kafka, first := clean(station))
        await heard.until(lambda: str(crossing_id_of(first)) in judged(heard))
        await asyncio.sleep(6)  # three times as long as it would be given with a backlog
        assert worker.process.poll() is None
        await send(kafka, last := clean(station))
        await heard.until(lambda: str(crossing_id_of(last)) in judged(heard))
    assert await worker.stop() == 0


async def test_a_worker_whose_loop_is_blocked_answers_nobody(kafka, enrolled, worker):
    worker.command = (sys.executable, str(HANGS), "blocks")
    await worker.start()
    assert (await asked(worker, "/health")).json()["live"]
    await send(kafka, replace(clean(enrolled["rach-mieu"]), value=b"HANG", headers=()))
    async with asyncio.timeout(60):
        while await answers(worker):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    assert worker.process.poll() is None


async def answers(worker):
    try:
        return (await asked(worker, "/health")).status_code == 200
    except httpx.TimeoutException:
        return False


async def test_health_and_metrics_of_a_worker_tell_what_it_did_and_nobodys_name(kafka, enrolled, worker):
    async with Heard(kafka) as heard:
        await worker.start()
        good = clean(enrolled["rach-mieu"])
        await send(kafka, good, replace(good, value=b"rubbish", headers=()))
        await heard.until(lambda: str(crossing_id_of(good)) in judged(heard) and bool(letters(heard)))
    health = (await asked(worker, "/health")).json()
    assert (health["name"], health["live"], health["ready"], health["away"]) == ("w1", True, True, [])
    assert (await asked(worker, "/metrics")).status_code == 401
    said = (await asked(worker, "/metrics", Authorization=f"Bearer {SCRAPE_KEY}")).text
    assert 'chotxanh_dead_letters_total{reason="RECORD_TYPE_UNKNOWN",topic="crossings.v1"} 1.0' in said
    assert 'chotxanh_verdicts_total{outcome="let_through"} 1.0' in said
    assert 'chotxanh_worker{name="w1"} 1.0' in said
    assert "chotxanh_backlog_records" in said
    lines = [json.loads(line) for line in worker.log.read_text().splitlines() if line.startswith("{")]
    assert {(line["program"], line["name"]) for line in lines} == {("processors", "w1")}
    for word in ("71C", "083090000001", "Nguyễn", "BT-000001"):
        assert word not in said + worker.log.read_text()


async def test_a_worker_with_a_wrong_key_file_stops_before_the_topic_is_emptied_into_dead_letters(
    kafka, enrolled, worker, keys_folder, migrated
):
    wrong = MasterKeyFile(master=bytes(range(32))).model_dump_json(by_alias=True)
    (keys_folder / "centre" / "stations-master.json").write_text(wrong)
    records = [clean(station) for _ in range(150) for station in enrolled.values()]
    await send(kafka, *records)
    worker.begin()
    assert await worker.ended() == 78
    assert "nearly everything is refused" in worker.log.read_text()
    assert "MAC_WRONG" in worker.log.read_text()
    connection = await asyncpg.connect(migrated)
    buried = await connection.fetchval("SELECT count(*) FROM processors.outputs WHERE topic = 'dead-letters.v1'")
    await connection.close()
    assert buried < 200


async def test_a_worker_that_cannot_read_the_policy_in_force_says_no_verdict(kafka, enrolled, worker, centre):
    policy = centre.policy(effective_at=LONG_AGO)
    of_the_future = json.dumps(
        json.loads(policy.value) | {"policy": {"understood": "by a later version"}}
    ).encode()
    type_name = dict(policy.headers)["ce_type"].decode()
    private = centre.signing.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    signature = CentreSigner(private).signature(POLICIES.name, type_name, of_the_future)
    headers = (*(pair for pair in policy.headers if pair[0] != SIGNATURE_HEADER), (SIGNATURE_HEADER, signature))
    async with Heard(kafka) as heard:
        await worker.start()
        await send(kafka, replace(policy, value=of_the_future, headers=headers))
        assert await worker.ended() == 78
        assert letters(heard) == []
    assert "cannot be read by this version" in worker.log.read_text()
    worker.begin()
    assert await worker.ended() == 78, "started again it still cannot"
