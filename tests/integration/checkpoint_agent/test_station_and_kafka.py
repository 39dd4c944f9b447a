"""A station and a real Kafka: what is written arrives once in effect, what the centre says comes back."""

import asyncio
import contextlib
import os
import signal
import socket
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from checkpoint_agent.settings import StationSettings
from checkpoint_agent.station import Station
from deploy.topics import ensure_topics, wanted
from schemas.events.operations import SendAgain
from schemas.events.verdict import DecisionCounted, VerdictReached
from schemas.topics import CROSSINGS, DECISIONS, STATION_HEALTH, STATION_REQUESTS, VERDICTS, decode, encode, header
from schemas.trust.chain import head_is_right, mac_is_right, record_hash
from schemas.words import Outcome, Source
from tests.builders import DRIVER, an_id
from tests.station_parts import a_centre, a_policy, a_test_text, all_published, an_identity

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(scope="module")
def centre():
    return a_centre()


@pytest.fixture
async def broker(kafka):
    await ensure_topics(kafka, wanted(["rach-mieu"]))
    return kafka


@contextlib.asynccontextmanager
async def a_station(tmp_path, identity, bootstrap):
    settings = StationSettings(home=tmp_path / "home", keys=tmp_path / "none", kafka_bootstrap=bootstrap, port=0)
    station = Station(settings, identity)
    running = asyncio.create_task(station.run())
    try:
        yield station
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        station.database.close()


async def pass_one(station, name="71B1-000.01"):
    await station.lane.scan(a_test_text(DRIVER.model_copy(update={"number": None})), Source.HAND_SCANNER)
    await station.lane.set(plate=name)
    advised = station.lane.advising.outcome
    crossing = await station.lane.close_and_decide(advised, station.lane.desk("minh"))
    await station.lane.leave()
    return crossing.crossing_id


async def until(condition, within_s=20):
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110  the outbox and lists tell nobody
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def a_reader(bootstrap, *topics):
    consumer = AIOKafkaConsumer(*topics, bootstrap_servers=bootstrap, group_id=None, auto_offset_reset="earliest")
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def read_all(bootstrap, *topics, count, within_s=20):
    async with a_reader(bootstrap, *topics) as consumer, asyncio.timeout(within_s):
        return [await consumer.getone() for _ in range(count)]


@contextlib.asynccontextmanager
async def a_centre_producer(bootstrap):
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def say(bootstrap, topic, event, post="rach-mieu"):
    key, value, headers = encode(topic, event)
    async with a_centre_producer(bootstrap) as producer:
        await producer.send_and_wait(topic.name_for(post), key=key, value=value, headers=headers)


async def publish(bootstrap, centre):
    policy = a_policy(effective_at=datetime(2021, 1, 1, tzinfo=UTC))
    async with a_centre_producer(bootstrap) as producer:
        for record in all_published(centre, policy=policy):
            await producer.send_and_wait(record.topic, key=record.key, value=record.value, headers=record.headers)


async def test_records_arrive_chained_and_the_verdict_comes_back(tmp_path, broker, centre):
    identity = an_identity(centre)
    await publish(broker, centre)
    async with a_station(tmp_path, identity, broker) as station:
        await until(lambda: station.listening.held.rules.policies and station.reach.online)
        crossing_id = await pass_one(station)
        await until(lambda: station.outbox.unsent() == 0)
        records = sorted(
            await read_all(broker, CROSSINGS.name, DECISIONS.name, count=2),
            key=lambda r: decode(CROSSINGS if r.topic == CROSSINGS.name else DECISIONS, r.value, r.headers).number,
        )
        closed = decode(CROSSINGS, records[0].value, records[0].headers)
        decision = decode(DECISIONS, records[1].value, records[1].headers)
        assert decision.previous == record_hash(records[0].value)
        for record, event in zip(records, (closed, decision), strict=True):
            mac = header(record.headers, "chotxanh-mac")
            assert mac_is_right(identity.mac_key, record.topic, event.type_name, record.value, mac)

        verdict = VerdictReached(
            event_id=crossing_id,
            occurred_at=closed.occurred_at,
            revision=1,
            crossing_id=crossing_id,
            crossing_revision=1,
            station_id="rach-mieu-1",
            post_id="rach-mieu",
            outcome=Outcome.HOLD,
            policy_id="p",
            policy_version=1,
            judge_version="1",
            counted=DecisionCounted(outcome=decision.outcome),
        )
        await say(broker, VERDICTS, verdict)
        await until(lambda: station.crossings.recent()[0].verdict is not None)
        (row,) = station.crossings.recent()
        assert (row.written, row.sent, row.verdict.outcome) == (True, True, Outcome.HOLD)


async def test_the_heartbeat_is_signed_and_the_clock_error_is_measured(tmp_path, broker, centre):
    identity = an_identity(centre)
    public = identity.signing.public_key().public_bytes_raw()
    async with a_station(tmp_path, identity, broker) as station:
        await pass_one(station)
        await until(lambda: station.clock_error.in_ms() is not None)
        assert station.clock_error.in_ms() < 2_000
        (record,) = await read_all(broker, STATION_HEALTH.name, count=1)
        health = decode(STATION_HEALTH, record.value, record.headers)
        head = health.head
        assert head_is_right(public, "rach-mieu-1", 1, head.number, head.record_sha256, head.signature)


async def test_what_was_written_while_kafka_was_away_arrives_when_it_is_back(tmp_path, broker, centre):
    identity = an_identity(centre)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        away = f"127.0.0.1:{nobody.getsockname()[1]}"
        async with a_station(tmp_path, identity, away) as station:
            written = [await pass_one(station, f"71B1-{n:05}") for n in range(5)]
            assert not station.reach.online
            assert station.outbox.unsent() == 10
    async with a_station(tmp_path, identity, broker) as station:
        written += [await pass_one(station, "71B1-99999")]
        await until(lambda: station.outbox.unsent() == 0)
    records = await read_all(broker, CROSSINGS.name, DECISIONS.name, count=12)
    numbers = [
        decode(CROSSINGS if r.topic == CROSSINGS.name else DECISIONS, r.value, r.headers).number for r in records
    ]
    assert sorted(numbers) == list(range(1, 13))
    closings = [decode(CROSSINGS, r.value, r.headers) for r in records if r.topic == CROSSINGS.name]
    assert [c.crossing_id for c in closings] == written  # a station's order is kept


async def test_what_the_centre_misses_is_sent_again(tmp_path, broker, centre):
    identity = an_identity(centre)
    async with a_station(tmp_path, identity, broker) as station:
        await pass_one(station)
        await until(lambda: station.outbox.unsent() == 0)
        ask = SendAgain(
            event_id=an_id("again"),
            occurred_at=datetime.now(UTC) - timedelta(seconds=1),
            station_id="rach-mieu-1",
            enrolment=1,
            numbers=((1, 1),),
        )
        await say(broker, STATION_REQUESTS, ask)
        first, again = await read_all(broker, CROSSINGS.name, count=2)
        assert (first.value, first.headers) == (again.value, again.headers)


async def test_lists_are_held_after_a_restart_with_the_cable_out(tmp_path, broker, centre):
    identity = an_identity(centre)
    await publish(broker, centre)
    async with a_station(tmp_path, identity, broker) as station:
        await until(lambda: station.listening.held.rules.policies and station.lists_age_s() is not None)
    async with a_station(tmp_path, identity, "127.0.0.1:1") as station:
        assert station.listening.held.lists.trusted is not None
        assert station.lists_age_s() is not None
        await pass_one(station)
        (row,) = station.crossings.recent()
    # Genuine, which takes the issuer's key; its test is of 2021.
    assert row.readings[0]["reason"] == "PASS_EXPIRED"
    assert row.advice["policy_id"] == "ben-tre-test"


async def test_nothing_is_lost_while_the_broker_is_killed_and_comes_back(
    tmp_path, broker, centre, background, parts
):
    if not parts.own_kafka:
        pytest.skip("a given cluster is not ours to kill")
    identity = an_identity(centre)
    async with a_station(tmp_path, identity, broker) as station:
        await until(lambda: station.reach.online)
        for number in range(40):
            await pass_one(station, f"71B1-{number:05}")
            if number == 10:
                os.kill(background.supervisor.children["kafka"].pid, signal.SIGKILL)
        await until(lambda: station.outbox.unsent() == 0, within_s=60)
        assert station.outbox.refused() == []
    seen: dict[int, bytes] = {}
    async with a_reader(broker, CROSSINGS.name, DECISIONS.name) as consumer:
        async with asyncio.timeout(30):
            while len(seen) < 80:
                record = await consumer.getone()
                topic = CROSSINGS if record.topic == CROSSINGS.name else DECISIONS
                event = decode(topic, record.value, record.headers)
                assert seen.setdefault(event.number, record.value) == record.value
    assert sorted(seen) == list(range(1, 81))
