"""The Faust app: topics of raw bytes, two agents, acknowledged last. Nothing here knows what a record means."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import faust

from schemas.topics import COMMANDS, Topic
from stream_processors.abreast import Abreast
from stream_processors.alive import Alive
from stream_processors.batches import Batches, OpenedBatch, StoredBatch
from stream_processors.clock import SystemClock
from stream_processors.daily_draws import DailyDraws
from stream_processors.delivery import Bunches, BunchTransport
from stream_processors.gathering import Gatherer, work_through
from stream_processors.intake.shell import FACT_TOPICS, REGISTRY_TOPICS
from stream_processors.opening import Shell, open_shell, record_of
from stream_processors.periodic import Progress, Rounds
from stream_processors.questions.desk import Questions
from stream_processors.seen import metrics
from stream_processors.seen.backlog import BacklogReader
from stream_processors.seen.counting import TURNS
from stream_processors.seen.health import Health
from stream_processors.seen.serving import served
from stream_processors.seen.watching import EVERY_S, Watching
from stream_processors.self_checks import SelfChecks
from stream_processors.settings import ProcessorSettings
from stream_processors.world import ends_the_process_on_a_bug

log = logging.getLogger(__name__)

APP_ID = "chotxanh-processors"


@dataclass
class Agent:
    """Batches of Faust's events. A bug in one that is at work beside another ends the process at once, too."""

    batches: Batches
    progress: Progress
    abreast: Abreast | None = None
    """Of what is in partitions of several workers and belongs together."""

    async def open(self, events: Sequence[Any]) -> OpenedBatch:
        with ends_the_process_on_a_bug():
            if self.progress.busy_since is None:
                self.progress.begin()
            records = [record_of(event.message) for event in events]
            if self.abreast is not None:
                await self.abreast.wait(records)
            return await self.batches.open(records)

    def may_be_overtaken(self, opened: OpenedBatch) -> bool:
        return self.batches.may_be_overtaken(opened)

    async def store(self, opened: OpenedBatch) -> StoredBatch:
        with ends_the_process_on_a_bug():
            return await self.batches.store(opened)

    async def finish(self, stored: StoredBatch) -> None:
        with ends_the_process_on_a_bug():
            self.progress.begin()
            await self.batches.finish(stored)


class Processors:
    """One worker: the app, and what its agents share once it is open."""

    def __init__(self, settings: ProcessorSettings) -> None:
        self.settings = settings
        self.app = _app(settings)
        self._shell: asyncio.Future[Shell] | None = None
        self._progress = (Progress(), Progress())
        self._alive = Alive(settings.database_url)
        self._agent("registry", REGISTRY_TOPICS, self._progress[0])
        self._agent("facts", FACT_TOPICS, self._progress[1], abreast=True)
        self.app.task(self._living)
        self.app.task(self._rounds)
        self.app.task(self._questions)
        self.app.task(self._seen)
        self.app.task(self._timing)
        self.app.task(self._keeping)
        self.app.task(self._self_checks)
        self.app.task(self._daily_draws)

    async def shell(self) -> Shell:
        """Opened by whoever asks first; everyone waits for it."""
        if self._shell is None:
            self._shell = asyncio.ensure_future(open_shell(self.settings))
        return await asyncio.shield(self._shell)

    def _agent(self, name: str, topics: Iterable[Topic], progress: Progress, *, abreast: bool = False) -> None:
        async def work(stream: Any) -> None:
            async def acknowledge(events: Sequence[Any]) -> None:
                for event in events:  # Kafka and the database have all of it by now
                    event.ack()
                progress.end(len(events))

            with ends_the_process_on_a_bug():
                gatherer = Gatherer(Bunches(stream.noack()), most=self.settings.batch)
                shell = await self.shell()
                await self._alive.said.wait()
                together = Abreast(shell.pool, full=gatherer.most) if abreast else None
                agent = Agent(shell.batches, progress, together)
                await work_through(gatherer, agent, acknowledge)

        work.__name__ = f"{name}_agent"
        channel = self.app.topic(
            *(topic.name for topic in topics),
            key_type=bytes,
            value_type=bytes,
            key_serializer="raw",
            value_serializer="raw",
        )
        self.app.agent(channel, name=name)(work)

    async def _living(self) -> None:
        with ends_the_process_on_a_bug():
            await self._alive.run()

    async def _rounds(self) -> None:
        with ends_the_process_on_a_bug():
            shell = await self.shell()
            log.info("the processors are ready")
            rounds = Rounds(shell.pool, shell.sender, shell.clock, self.settings.ready_file, self._progress)
            try:
                await rounds.run()
            finally:
                await shell.close()

    async def _timing(self) -> None:
        with ends_the_process_on_a_bug():
            await (await self.shell()).timing.run()

    async def _keeping(self) -> None:
        with ends_the_process_on_a_bug():
            await (await self.shell()).keeping.run()

    async def _self_checks(self) -> None:
        with ends_the_process_on_a_bug():
            shell = await self.shell()
            await SelfChecks(shell.pool, shell.clock).run()

    async def _daily_draws(self) -> None:
        with ends_the_process_on_a_bug():
            shell, settings = await self.shell(), self.settings
            in_force = shell.timing.judging.in_force
            await DailyDraws(settings.database_url, settings.keys, shell.pool, shell.clock, in_force).run()

    async def _questions(self) -> None:
        with ends_the_process_on_a_bug():
            shell = await self.shell()
            await Questions(self.settings.database_url, shell.pool, shell.sender, shell.clock).run()

    async def _seen(self) -> None:
        """What is told to whoever runs the worker, from before it is ready."""
        with ends_the_process_on_a_bug():
            settings = self.settings
            health = Health(settings.name, SystemClock().now())
            metrics.WORKER.labels(settings.name).set(1)
            async with AsyncExitStack() as open_:
                if settings.seen_port is not None:
                    await open_.enter_async_context(served(health, settings.seen_port, settings.scrape_key_sha256))
                await self.shell()
                health.ready = True
                reader = BacklogReader(settings.kafka_bootstrap, APP_ID)
                open_.push_async_callback(reader.close)
                await Watching(
                    settings.database_url,
                    reader,
                    health,
                    self._held,
                    lambda: TURNS.count,
                    stuck_after_s=settings.stuck_after_s,
                    every_s=min(EVERY_S, settings.stuck_after_s / 4),
                ).run()

    def _held(self) -> list[tuple[str, int]]:
        return [(place.topic, place.partition) for place in self.app.consumer.assignment()]


class _App(faust.App):
    def _new_transport(self) -> BunchTransport:
        """Behind a backlog of facts neither a notice nor a command waits."""
        transport = BunchTransport(self.conf.broker_consumer, self)
        transport.one_order = (
            frozenset(topic.name for topic in REGISTRY_TOPICS),
            frozenset(topic.name for topic in FACT_TOPICS if topic is not COMMANDS),
        )
        return transport

    def _on_rebalance_when_stopped(self) -> None:
        """Nothing: the consumer's own thread closes its connections, a moment later.

        Faust would close them from the main thread, under the loop of the other: a worker that was told to stop
        while another one joined was seen to end by a segmentation fault.
        """


def _app(settings: ProcessorSettings) -> faust.App:
    """Settings as ENGINE.md saw them work, as a set."""
    return _App(
        APP_ID,
        broker=f"kafka://{settings.kafka_bootstrap}",
        broker_client_id=settings.name,
        store="memory://",
        web_enabled=False,
        broker_session_timeout=8,  # of a killed worker's pause the larger part; 6 s is the least that Kafka takes
        broker_heartbeat_interval=1,
        broker_rebalance_timeout=15,
        broker_request_timeout=20,
        broker_commit_interval=1,
        consumer_auto_offset_reset="earliest",
        stream_wait_empty=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        reply_create_topic=False,
    )
