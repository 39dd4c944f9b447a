"""A real worker on a real Kafka and PostgreSQL: what strangers send, what kills it, what it promises."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from deploy.child_process import State
from schemas.events.crossing import CrossingClosed, HeadCount
from schemas.events.operations import DeadLetter, DeadLetterSecrets
from schemas.topics import CROSSINGS
from schemas.words import Direction
from stream_processors.intake.records import RawRecord
from tests.builders import a_green_lane_reading
from tests.integration.stream_processors.province import crossing_id_of, now
from tests.integration.stream_processors.running import Heard, Worker, environment, make_topics, send
from tests.real_parts import until

BUGGY = Path(__file__).with_name("worker_with_a_bug.py")
LONG_AGO = datetime(2021, 1, 1, tzinfo=UTC)


def clean(station, **changes):
    reading = a_green_lane_reading(valid_from=now() - timedelta(days=5), valid_until=now() + timedelta(days=5))
    return station.crossing(**{"readings": (reading,), "direction": Direction.OUT} | changes)


@pytest.fixture
async def enrolled(kafka, centre, stations):
    """Topics are there; posts, stations and a policy are published."""
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
    worker = Worker(around, tmp_path / "worker.log")
    yield worker
    worker.close()


def judged(heard):
    return {_crossing_of(value) for value in heard.values("verdicts.")}


@cache
def _crossing_of(verdict):
    """Whoever waits asks of all of them twenty times a second."""
    return json.loads(verdict)["crossing_id"]


def letters(heard):
    return [DeadLetter.model_validate_json(value) for value in heard.values("dead-letters.")]


async def test_each_bad_record_is_buried_with_its_reason_and_the_next_one_judged(
    kafka, enrolled, worker, centre, migrated
):
    station = enrolled["rach-mieu"]
    good = clean(station)
    event = CrossingClosed.model_validate_json(good.value)

    def hostile(**fields):
        value = json.dumps(json.loads(good.value) | fields).encode()
        record = RawRecord(CROSSINGS.name, 0, 0, b"x", value, good.headers[:-1])
        return station.with_mac(record, CrossingClosed.type_name)

    repeated = station.sent(CROSSINGS, event.model_copy(update={"officer_id": "another"}))
    moved = clean(station, sealed=event.sealed)
    moved = station.chained(CROSSINGS, CrossingClosed.model_validate_json(moved.value), sealed=event.sealed)
    bad = {
        "RECORD_TYPE_UNKNOWN": RawRecord(CROSSINGS.name, 0, 0, b"x", b"\x00\xff garbage"),
        "RECORD_NOT_VALID": hostile(officer_id="a\x00b"),
        "MAC_WRONG": replace(good, headers=good.headers[:-1]),
        "NUMBER_REPEATED": repeated,
        "BOX_OF_ANOTHER_RECORD": moved,
        "TIME_IN_FUTURE": clean(station, at=now() + timedelta(hours=25)),
    }
    more = [
        hostile(number=2**64),
        hostile(occurred_at="2131-01-01T00:00:00Z"),
        hostile(occurred_at="1999-12-31T00:00:00Z"),
    ]
    last = clean(station)
    async with Heard(kafka) as heard:
        await worker.start()
        await send(kafka, good, *bad.values(), *more, last)
        await heard.until(lambda: len(letters(heard)) >= len(bad) + len(more))
        await heard.until(lambda: {str(crossing_id_of(good)), str(crossing_id_of(last))} <= judged(heard))
    reasons = [letter.reason for letter in letters(heard)]
    assert sorted(set(reasons)) == sorted(bad)
    assert reasons.count("RECORD_NOT_VALID") == 1 + len(more)
    garbage = next(letter for letter in letters(heard) if letter.reason == "RECORD_TYPE_UNKNOWN")
    inside = centre.opener.open(garbage.sealed, garbage.event_id, DeadLetterSecrets)
    assert inside.value == "AP8gZ2FyYmFnZQ=="
    assert await worker.stop() == 0


async def test_a_station_that_is_enrolled_a_moment_later_loses_nothing(kafka, worker, centre, stations):
    await make_topics(kafka)
    station = stations["rach-mieu"]
    await send(kafka, centre.policy(effective_at=LONG_AGO))
    async with Heard(kafka) as heard:
        await worker.start()
        await send(kafka, clean(station))
        await asyncio.sleep(1)
        await send(kafka, centre.enrolment(station))
        await heard.until(lambda: len(judged(heard)) == 1)
    assert letters(heard) == []


async def test_500_crossings_through_kill_9_in_mid_batch_have_one_verdict_in_force_each(
    kafka, enrolled, worker, migrated
):
    ids, records = [], []
    for index in range(500):
        station = enrolled["rach-mieu" if index % 2 else "co-chien"]
        count = HeadCount(cab=9, cargo=0) if index in (7, 77, 377) else HeadCount(cab=1, cargo=0)
        crossing = clean(station, head_count=count, plate=f"71C-{index:05d}", inside={"claims": ()}, readings=())
        crossing = (
            clean(station, head_count=count, plate=f"71C-{index:05d}", person=no_one()) if index else crossing
        )
        ids.append(str(crossing_id_of(crossing)))
        records.append(crossing)
    async with Heard(kafka) as heard:
        await worker.start()
        await send(kafka, *records)
        for enough in (1, 150, 300):
            await heard.until(lambda enough=enough: len(judged(heard)) >= enough)
            worker.kill()
            await worker.start()
        await heard.until(lambda: set(ids) <= judged(heard))
        await asyncio.sleep(2)
    assert sorted(judged(heard)) == sorted(ids)
    await assert_never_two_contents(heard)
    connection = await asyncpg.connect(migrated)
    rows = await connection.fetch("SELECT revision FROM processors.verdicts")
    assert len(rows) == 500
    found = await connection.fetch("SELECT * FROM processors.statements WHERE kind = 'finding' AND in_force")
    await connection.close()
    assert len([row for row in found if b'"code":"GL01"' in row["content"]]) == 3
    assert letters(heard) == []


def no_one():
    from schemas.passes.claims import PersonClaims

    return PersonClaims()


async def assert_never_two_contents(heard):
    """What went out twice went out with the same bytes."""
    contents = defaultdict(set)
    for record in heard.records:
        event = json.loads(record.value)
        contents[record.topic, event["event_id"], event.get("revision")].add(record.value)
    assert {key for key, values in contents.items() if len(values) > 1} == set()


@pytest.mark.parametrize(
    ("how", "step", "status"), [("raises", "open", 70), ("exits", "open", 9), ("raises", "store", 70)]
)
async def test_a_record_that_ends_the_process_again_and_again_is_buried_and_the_rest_judged(
    kafka, enrolled, worker, how, step, status
):
    station = enrolled["rach-mieu"]
    before, after = clean(station), clean(station)
    poison = replace(before, value=b"POISON", headers=())
    worker.command = (sys.executable, str(BUGGY), how, step)
    async with Heard(kafka) as heard:
        await worker.start()
        await send(kafka, before, poison, after)
        lives = 0
        while not letters(heard):
            if worker.process.poll() is not None:
                assert worker.process.returncode == status
                worker.begin()
                lives += 1
            assert lives < 10
            await asyncio.sleep(0.1)
        await heard.until(lambda: {str(crossing_id_of(before)), str(crossing_id_of(after))} <= judged(heard))
    assert [letter.reason for letter in letters(heard)] == ["OUR_FAULT"]
    assert "OUR FAULT" in worker.log.read_text()
    assert "POISON" not in worker.log.read_text()


@pytest.mark.parametrize("part", ["postgres", "kafka"])
async def test_database_or_broker_away_for_a_while_loses_nothing(kafka, enrolled, worker, parts, background, part):
    if not (parts.own_database and parts.own_kafka):
        pytest.skip("a given cluster is not ours to stop")
    station = enrolled["rach-mieu"]
    async with Heard(kafka) as heard:
        await worker.start()
        first = clean(station)
        await send(kafka, first)
        await heard.until(lambda: len(judged(heard)) == 1)
        child = background.supervisor.children[part]
        restarts = child.restarts
        os.kill(child.pid, signal.SIGKILL)
        if part == "kafka":
            await asyncio.to_thread(
                background.run, until(lambda: child.restarts > restarts and child.state is State.READY)
            )
        rest = [clean(station) for _ in range(20)]
        await send(kafka, *rest)
        await asyncio.to_thread(
            background.run, until(lambda: child.restarts > restarts and child.state is State.READY)
        )
        await heard.until(lambda: len(judged(heard)) == 21)
        assert worker.process.poll() is None
    assert letters(heard) == []
    assert await worker.stop() == 0


async def test_a_post_whose_topic_is_missing_holds_up_nobody_and_its_verdicts_come_later(kafka, enrolled, worker):
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.delete_topics(["verdicts.co-chien.v1"])
    await admin.close()
    missing, there = clean(enrolled["co-chien"]), clean(enrolled["rach-mieu"])
    async with Heard(kafka, posts=("rach-mieu",)) as heard:
        await worker.start()
        await send(kafka, missing, there)
        await heard.until(lambda: str(crossing_id_of(there)) in judged(heard))
        await heard.until(lambda: "a topic is missing" in worker.log.read_text())
    await make_topics(kafka)
    async with Heard(kafka) as heard:
        await heard.until(lambda: str(crossing_id_of(missing)) in judged(heard))


async def test_nobody_is_named_in_the_log_of_a_worker(kafka, enrolled, worker):
    async with Heard(kafka) as heard:
        await worker.start()
        station = enrolled["rach-mieu"]
        await send(kafka, clean(station, head_count=HeadCount(cab=9, cargo=0)))
        await heard.until(lambda: len(heard.values("findings.")) == 1)
    await worker.stop()
    log = worker.log.read_text()
    for word in ("71C", "083090000001", "Nguyễn", "BT-000001"):
        assert word not in log
