"""Produced to verdict consumed, by load: one crossing after the other at a steady pace, its decision behind it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from statistics import median, quantiles
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from checkpoint_agent.headless.officer import crossing_id_of
from deploy.benchmarks.judge import topics
from deploy.benchmarks.judge.contenders import BARE, WORKER, Contender
from deploy.benchmarks.judge.ground import Ground
from deploy.benchmarks.judge.sizes import Sizes
from deploy.benchmarks.judge.telling import tell
from deploy.benchmarks.judge.traffic import Load
from deploy.simulator.send import send
from deploy.simulator.stream import Record
from schemas.topics import header

WARM_UP = 30
DECIDED_AFTER_S = 0.5
SATURATED_MS = 1000.0
"""A median over this is a queue that grows."""
PATIENCE_S = 60.0


async def by_load(ground: Ground, load: Load, sizes: Sizes) -> dict[str, Any]:
    """For worker and bare loop in turn, at each rate until the worker does not keep up."""
    await send(load.registry, ground.bootstrap)
    found: dict[str, list[dict[str, Any]]] = {WORKER.name: [], BARE.name: []}
    for place, rate in enumerate(sizes.rates):
        for contender in (WORKER, BARE) if place % 2 == 0 else (BARE, WORKER):
            crossings = min(int(rate * sizes.rate_s), sizes.most_at_a_rate, load.crossings - WARM_UP)
            latencies = await _at(ground, contender, load, rate, crossings)
            found[contender.name].append({"per_s": rate, **percentiles(latencies)})
            tell(f"{contender.name} at {rate}/s: {found[contender.name][-1]}")
        if found[WORKER.name][-1]["p50_ms"] > SATURATED_MS:
            break
    return found


def percentiles(latencies_s: Sequence[float]) -> dict[str, float]:
    every = quantiles(latencies_s, n=100, method="inclusive")
    return {
        "crossings": len(latencies_s),
        "p50_ms": round(median(latencies_s) * 1000, 1),
        "p99_ms": round(every[98] * 1000, 1),
    }


async def _at(ground: Ground, contender: Contender, load: Load, rate: int, crossings: int) -> list[float]:
    bootstrap = ground.bootstrap
    await topics.begin_at(
        bootstrap, contender.group, await topics.ends_of(bootstrap, (*topics.FACTS, *topics.REGISTRY))
    )
    async with ground.a_database() as url, Watch.on(bootstrap) as watch, _producer(bootstrap) as producer:
        child = ground.supervisor.begin(contender.spec(ground, url))
        try:
            await _paced(producer, watch, _pairs(load, 0, WARM_UP), rate=50)
            await watch.all_seen(PATIENCE_S)
            watch.forget()
            await _paced(producer, watch, _pairs(load, WARM_UP, WARM_UP + crossings), rate=rate)
            await watch.all_seen(PATIENCE_S)
        finally:
            await ground.supervisor.stop(child.spec.name)
    return watch.latencies_s()


def _pairs(load: Load, first: int, last: int) -> Iterator[tuple[str, Record, Record]]:
    """Crossing id, the crossing, its decision."""
    for place, crossing in enumerate(load.plan.crossings[first:last], start=first):
        id_ = str(crossing_id_of(crossing.station_id, crossing.sheet_id, crossing.opened_at))
        yield id_, load.happened[2 * place], load.happened[2 * place + 1]


async def _paced(
    producer: AIOKafkaProducer, watch: Watch, pairs: Iterator[tuple[str, Record, Record]], *, rate: float
) -> None:
    """A decision goes out a moment after its crossing, and before its station's next: numbers stay in order."""
    began, acknowledged = time.perf_counter(), list[asyncio.Future[object]]()
    undecided: dict[bytes, tuple[float, Record]] = {}

    async def put(record: Record) -> None:
        acknowledged.append(
            await producer.send(record.topic, key=record.key, value=record.value, headers=record.headers)
        )

    async def decide(until_s: float) -> None:
        for station, (due_s, decision) in list(undecided.items()):
            if due_s > until_s:
                return
            await asyncio.sleep(max(0.0, began + due_s - time.perf_counter()))
            await put(decision)
            del undecided[station]

    for number, (id_, crossing, decision) in enumerate(pairs):
        at_s = number / rate
        await decide(at_s)
        if (before := undecided.pop(crossing.key, None)) is not None:
            await put(before[1])
        await asyncio.sleep(max(0.0, began + at_s - time.perf_counter()))
        watch.sent(id_)
        await put(crossing)
        undecided[crossing.key] = (at_s + DECIDED_AFTER_S, decision)
    await decide(float("inf"))
    await asyncio.gather(*acknowledged)


class Watch:
    """When each crossing was sent, and when its first verdict was consumed; by the same clock."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self._sent: dict[str, float] = {}
        self._seen: dict[str, float] = {}
        self._more = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def on(cls, bootstrap: str) -> AsyncIterator[Watch]:
        consumer = AIOKafkaConsumer(
            *topics.VERDICT_TOPICS,
            bootstrap_servers=bootstrap,
            group_id=None,
            auto_offset_reset="latest",
            fetch_max_wait_ms=100,
        )
        await consumer.start()
        await consumer.seek_to_end()
        watch = cls(consumer)
        watching = asyncio.create_task(watch._look())
        try:
            yield watch
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
            await consumer.stop()

    async def _look(self) -> None:
        async for message in self._consumer:
            id_ = (header(message.headers, "ce_id") or b"").decode()
            self._seen.setdefault(id_, time.perf_counter())
            self._more.set()

    def sent(self, id_: str) -> None:
        self._sent[id_] = time.perf_counter()

    async def all_seen(self, within_s: float) -> None:
        async with asyncio.timeout(within_s):
            while not self._sent.keys() <= self._seen.keys():
                self._more.clear()
                await self._more.wait()

    def latencies_s(self) -> list[float]:
        return [self._seen[id_] - at for id_, at in self._sent.items()]

    def forget(self) -> None:
        self._sent.clear()
        self._seen.clear()


@asynccontextmanager
async def _producer(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()
