"""The real PostgreSQL and Kafka that we start: they keep what they took, and leave nothing behind."""

import asyncio
import os
import signal
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import UnknownTopicOrPartitionError

from deploy.child_process import State
from deploy.parts.postgres import end_leftover
from schemas.topics import CROSSINGS
from tests.real_parts import Background, until


async def create(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 2, 1)])
    await admin.close()


async def send(bootstrap: str, topic: str, value: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        await producer.send_and_wait(topic, value, key=b"BT-RM-01")


async def received(bootstrap: str, topic: str) -> bytes | None:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    async with consumer:
        record = await asyncio.wait_for(consumer.getone(), 30)
        return record.value


def kill(background: Background, name: str) -> None:
    """SIGKILL; returns when the supervisor has it running and ready again."""
    child = background.supervisor.children[name]
    restarts = child.restarts
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    background.run(until(lambda: child.restarts > restarts and child.state is State.READY))


@pytest.fixture
def own_parts(parts, background):
    if not (parts.own_database and parts.own_kafka):
        pytest.skip("a given cluster is not ours to kill")
    return background


async def test_kafka_gives_back_what_it_took_also_after_kill_9(kafka, own_parts):
    await create(kafka, CROSSINGS.name)
    await send(kafka, CROSSINGS.name, b"a crossing")
    await asyncio.to_thread(kill, own_parts, "kafka")
    assert await received(kafka, CROSSINGS.name) == b"a crossing"


async def test_nobody_creates_a_topic_by_sending_to_it(kafka):
    async with AIOKafkaProducer(bootstrap_servers=kafka, request_timeout_ms=2000) as producer:
        with pytest.raises((UnknownTopicOrPartitionError, TimeoutError)):
            await asyncio.wait_for(producer.send_and_wait("crosings.v1", b"a typing error"), 3)


async def test_postgresql_keeps_what_was_committed_through_kill_9(database, own_parts):
    connection = await asyncpg.connect(database)
    await connection.execute("CREATE TABLE kept (word text); INSERT INTO kept VALUES ('committed')")
    await asyncio.to_thread(kill, own_parts, "postgres")
    with pytest.raises((asyncpg.PostgresError, OSError, asyncpg.InterfaceError)):
        await connection.execute("SELECT 1")
    again = await asyncpg.connect(database)
    assert await again.fetchval("SELECT word FROM kept") == "committed"
    await again.close()


async def test_an_error_with_a_plate_in_it_does_not_reach_the_log_of_postgresql(database, own_parts):
    connection = await asyncpg.connect(database)
    with pytest.raises(asyncpg.PostgresError):
        await connection.execute("SELECT '71C-123.45'::integer")
    await connection.execute("CREATE TABLE plates (plate text UNIQUE); INSERT INTO plates VALUES ('71C-123.45')")
    with pytest.raises(asyncpg.UniqueViolationError):
        await connection.execute("INSERT INTO plates VALUES ('71C-123.45')")
    await connection.close()
    assert "71C" not in (own_parts.home.logs / "postgres.log").read_text()


def test_a_pid_file_that_names_another_process_by_now_is_removed(tmp_path: Path):
    (tmp_path / "postmaster.pid").write_text(f"{os.getpid()}\n{tmp_path}\n")
    end_leftover(tmp_path)
    assert not (tmp_path / "postmaster.pid").exists()
