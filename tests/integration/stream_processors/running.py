"""Real worker processes on the real broker: started, killed, fed, and listened to."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from deploy.topics import ensure_topics, wanted
from schemas.topics import DEAD_LETTERS, FINDINGS, RECALLS, REFERRALS, VERDICTS
from stream_processors.intake.records import RawRecord
from tests.integration.stream_processors.province import POSTS_OF_TEST

WORKER = (sys.executable, "-m", "stream_processors", "worker")
WITHIN_S = 60.0


@dataclass
class Worker:
    """One worker process; ``command`` may be a script of a test that runs a worker with a fault in it."""

    environment: dict[str, str]
    log: Path
    command: Sequence[str] = WORKER
    process: subprocess.Popen[bytes] | None = None

    @property
    def ready_file(self) -> Path:
        return Path(self.environment["CHOTXANH_READY_FILE"])

    async def start(self) -> None:
        self.ready_file.unlink(missing_ok=True)
        self.begin()
        await self.until(self.ready_file.exists)

    def begin(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, env=self.environment, stdout=log, stderr=log)

    async def until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(WITHIN_S):
            while not done():
                assert self.process is not None
                assert self.process.poll() is None, self.log.read_text()[-3000:]
                await asyncio.sleep(0.02)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    async def ended(self) -> int:
        """Its exit status, when it ends by itself."""
        assert self.process is not None
        return await asyncio.wait_for(asyncio.to_thread(self.process.wait), WITHIN_S)

    async def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return await self.ended()

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()


@dataclass
class Heard:
    """Everything that the processors sent, as it arrives."""

    bootstrap: str
    posts: Sequence[str] = POSTS_OF_TEST
    records: list[Any] = field(default_factory=list)
    _task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Heard:
        topics = [topic.name for topic in (FINDINGS, REFERRALS, RECALLS, DEAD_LETTERS)]
        topics += [VERDICTS.name_for(post_id) for post_id in self.posts]
        self._consumer = AIOKafkaConsumer(
            *topics,
            bootstrap_servers=self.bootstrap,
            auto_offset_reset="earliest",
            group_id=None,
            metadata_max_age_ms=500,
        )
        await self._consumer.start()
        self._task = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._consumer.stop()

    async def _listen(self) -> None:
        async for record in self._consumer:
            self.records.append(record)

    def values(self, topic: str) -> list[bytes]:
        return [record.value for record in self.records if record.topic.startswith(topic)]

    async def until(self, done: Callable[[], bool], worker: Worker | None = None) -> None:
        async with asyncio.timeout(WITHIN_S):
            while not done():
                assert self._task is not None
                assert not self._task.done()
                await asyncio.sleep(0.05)


async def send(bootstrap: str, *records: RawRecord) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        answers = [
            await producer.send(one.topic, key=one.key, value=one.value, headers=list(one.headers))
            for one in records
        ]
        await asyncio.gather(*answers)


async def make_topics(bootstrap: str) -> None:
    """Of two partitions at most: the broker works longer on eight than on what most tests send through them."""
    topics = [replace(topic, partitions=min(2, topic.partitions)) for topic in wanted(POSTS_OF_TEST)]
    await ensure_topics(bootstrap, topics)


def environment(*, database: str, kafka: str, keys: Path, ready_file: Path) -> dict[str, str]:
    return {
        **os.environ,
        "CHOTXANH_DATABASE_URL": database,
        "CHOTXANH_KAFKA_BOOTSTRAP": kafka,
        "CHOTXANH_KEYS": str(keys),
        "CHOTXANH_READY_FILE": str(ready_file),
        "PYTHONPATH": os.getcwd(),
    }
