"""Crossing closed to the central verdict on the station, the disk's promise included.

The station's own parts without its camera and page: advice, sealed box, outbox committed with fsync, publisher,
and the listener that has the verdict on the disk before it shows it. One process holds several stations, each
with a file, a producer and a consumer of its own; a lane has one officer, so one station closes one at a time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

from checkpoint_agent.clock import SystemClock
from checkpoint_agent.crossing.advising import advising
from checkpoint_agent.crossing.building import Crossing, closed, decided
from checkpoint_agent.crossing.records import Desk
from checkpoint_agent.identity import Identity, identity_of
from checkpoint_agent.lane.writing import Surroundings, Writer
from checkpoint_agent.listening.listener import Heard, Listening, a_consumer, listen_forever
from checkpoint_agent.outbox import Crossings, Database, Outbox
from checkpoint_agent.publishing.bell import Bell
from checkpoint_agent.publishing.publisher import a_producer, publish_forever, send_all_that_comes
from checkpoint_agent.publishing.reach import Reach
from deploy.benchmarks.judge import topics
from deploy.benchmarks.judge.contenders import BARE, WORKER, Contender
from deploy.benchmarks.judge.ground import Ground
from deploy.benchmarks.judge.in_turn import in_turn
from deploy.benchmarks.judge.latency import percentiles
from deploy.benchmarks.judge.sizes import Sizes
from deploy.benchmarks.judge.telling import tell
from deploy.benchmarks.judge.traffic import Load
from deploy.simulator.issuing import Issuers
from deploy.simulator.plan_model import PlannedCrossing
from deploy.simulator.send import send
from deploy.simulator.stream import as_entered, lists_of
from schemas.events.decision import Shown

Work: TypeAlias = dict[str, list[tuple[PlannedCrossing, Crossing]]]

DECIDED_AFTER_S = 0.5
WARM_UP = 8
PATIENCE_S = 60.0


async def closed_to_verdict(ground: Ground, load: Load, sizes: Sizes, rounds: int) -> dict[str, Any]:
    crossings = _built(ground, load, sizes)
    found: dict[str, list[float]] = {WORKER.name: [], BARE.name: []}
    rates = []
    for number, contender in enumerate(in_turn((WORKER, BARE), rounds)):
        # A new station reads its post's verdicts from their beginning: those of the run before are not its own.
        await topics.make_anew(ground.bootstrap)
        await send(load.registry, ground.bootstrap)
        folder = ground.home.data / "stations" / str(number)
        seen = await _through(ground, contender, load, crossings, sizes, folder)
        found[contender.name] += seen.latencies_s()
        rates.append(seen.closed_per_s)
        tell(f"{contender.name}, closed to verdict on the station: {percentiles(seen.latencies_s())}")
    return {
        "stations": sizes.stations,
        "per_s": sizes.station_rate,
        "closed_per_s": round(min(rates), 1),
        **{name: percentiles(latencies) for name, latencies in found.items()},
    }


def _built(ground: Ground, load: Load, sizes: Sizes) -> Work:
    """By station: each crossing as its officer entered it, open."""
    issuers = Issuers.of(ground.keys)
    lists = lists_of(load.plan, issuers)
    most = WARM_UP + int(sizes.station_rate * sizes.station_s / sizes.stations)
    found: Work = {lane.station_id: [] for lane in load.lanes[: sizes.stations]}
    for planned in load.plan.crossings:
        own = found.get(planned.station_id)
        if own is not None and len(own) < most:
            own.append((planned, as_entered(planned, issuers, lists, len(own) + 1)))
    return found


async def _through(
    ground: Ground,
    contender: Contender,
    load: Load,
    crossings: Work,
    sizes: Sizes,
    folder: Path,
) -> Seen:
    bootstrap = ground.bootstrap
    everything = await topics.ends_of(bootstrap, (*topics.FACTS, *topics.REGISTRY))
    await topics.begin_at(bootstrap, contender.group, everything)
    seen = Seen()
    stations = [
        HeadlessStation(
            folder / lane.station_id, identity_of(ground.keys.read_station(lane.station_id)), bootstrap, seen.came
        )
        for lane in load.lanes[: sizes.stations]
    ]
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(ground.a_database())
        child = ground.supervisor.begin(contender.spec(ground, url))
        stack.push_async_callback(ground.supervisor.stop, child.spec.name)
        running = [asyncio.create_task(station.run()) for station in stations]
        stack.push_async_callback(_ended, running)
        work = list(zip(stations, [crossings[one.identity.station_id] for one in stations], strict=True))
        await _work([(one, own[:WARM_UP]) for one, own in work], seen, per_s=20)
        seen.forget()
        await _work([(one, own[WARM_UP:]) for one, own in work], seen, per_s=sizes.station_rate)
    return seen


async def _work(
    work: Sequence[tuple[HeadlessStation, list[tuple[PlannedCrossing, Crossing]]]], seen: Seen, *, per_s: float
) -> None:
    """The lanes in turn, a crossing every ``1 / per_s``; returns when each has its verdict."""
    began, number = time.perf_counter(), 0
    lanes = [(station, iter(own)) for station, own in work]
    async with asyncio.TaskGroup() as together:
        for station, own in cycle(lanes):
            if (one := next(own, None)) is None:
                break
            await asyncio.sleep(max(0.0, began + number / per_s - time.perf_counter()))
            together.create_task(station.carried_out(*one, seen))
            number += 1
    await seen.all_came(PATIENCE_S)


async def _ended(running: Sequence[asyncio.Task[None]]) -> None:
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


class Seen:
    """When each crossing was closed, and when its first verdict was on its station's disk."""

    def __init__(self) -> None:
        self._closed: dict[UUID, float] = {}
        self._verdict: dict[UUID, float] = {}
        self._more = asyncio.Event()

    def closing(self, crossing_id: UUID) -> None:
        self._closed[crossing_id] = time.perf_counter()

    def came(self, heard: Heard) -> None:
        for verdict in heard.verdicts:
            self._verdict.setdefault(verdict.crossing_id, time.perf_counter())
        self._more.set()

    async def all_came(self, within_s: float) -> None:
        async with asyncio.timeout(within_s):
            while not self._closed.keys() <= self._verdict.keys():
                self._more.clear()
                await self._more.wait()

    def forget(self) -> None:
        self._closed.clear()
        self._verdict.clear()

    def latencies_s(self) -> list[float]:
        return [self._verdict[id_] - at for id_, at in self._closed.items()]

    @property
    def closed_per_s(self) -> float:
        """What the stations really did: a disk that is too slow shows here."""
        at = sorted(self._closed.values())
        return (len(at) - 1) / (at[-1] - at[0])


class HeadlessStation:
    def __init__(
        self, folder: Path, identity: Identity, bootstrap: str, on_heard: Callable[[Heard], None]
    ) -> None:
        clock = SystemClock()
        self.identity = identity
        self._bootstrap, self._on_heard = bootstrap, on_heard
        self._bell, self._reach = Bell(), Reach()
        database = Database(folder)
        self._outbox = Outbox(database, identity, clock, on_commit=self._bell.ring)
        self._crossings = Crossings(database)
        self._listening = Listening(database, identity, self._outbox, clock)
        around = Surroundings(lambda: self._listening.held, lambda: None, lambda: None, identity.mac_key)
        self._writer = Writer(identity, self._outbox, clock, around)
        self._desk = Desk(
            identity.station_id, identity.post_id, identity.lane, identity.enrolment, officer_id="benchmark"
        )
        self._turn = asyncio.Lock()

    async def run(self) -> None:
        async def send_all(producer: Any) -> None:
            await send_all_that_comes(self._outbox, producer, self._bell, self._reach)

        async with asyncio.TaskGroup() as together:
            together.create_task(publish_forever(lambda: a_producer(self._bootstrap), (send_all,), self._reach))
            together.create_task(
                listen_forever(
                    self._listening,
                    lambda: a_consumer(self._bootstrap, self._listening.topics()),
                    self._on_heard,
                )
            )

    async def carried_out(self, planned: PlannedCrossing, built: Crossing, seen: Seen) -> None:
        """Opened, closed, and a little later decided as advised."""
        async with self._turn:
            opened = await self._writer.on_disk(
                self._crossings.open, built.crossing_id, planned.opened_at, sheet_id=planned.sheet_id
            )
            crossing = closed(replace(built, counter=opened.counter), at=planned.closed_at)
            seen.closing(crossing.crossing_id)
            said = advising(crossing, self._desk, self._listening.held.rules, at=planned.closed_at)
            await self._writer.closed(crossing, self._desk, said, at=planned.closed_at)
        await asyncio.sleep(DECIDED_AFTER_S)
        shown = Shown(what="advice", outcome=said.outcome)
        crossing = decided(crossing, said.outcome, at=planned.decided_at, shown=shown, reason=None)
        async with self._turn:
            await self._writer.decided(crossing, self._desk)
