"""One station as a process: told when to close which of its crossings, it tells when each had its verdict."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

import uvloop

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
from checkpoint_agent.threads import take_short_turns
from deploy.keys import KeyFolder
from deploy.simulator.plan_model import PlannedCrossing
from schemas.events.decision import Shown

Entered: TypeAlias = tuple[PlannedCrossing, Crossing]
Work: TypeAlias = dict[str, list[Entered]]
"""By station."""

DECIDED_AFTER_S = 0.5


@dataclass(frozen=True)
class Given:
    station_id: str
    folder: Path
    keys: Path
    bootstrap: str
    work: tuple[Entered, ...]


@dataclass(frozen=True)
class Seen:
    """Instants of the monotonic clock, which is one for all processes of a machine."""

    closed_at: tuple[float, ...]
    latencies_s: tuple[float, ...]
    """From closing to the first verdict on the disk."""


def station_process(line: Connection, given: Given) -> None:
    """Until the other end of ``line`` is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it ends it
    take_short_turns()
    uvloop.run(_at_work(line, given))


async def _at_work(line: Connection, given: Given) -> None:
    watch = Watch()
    identity = identity_of(KeyFolder(given.keys).read_station(given.station_id))
    station = HeadlessStation(given.folder, identity, given.bootstrap, watch.came)
    running = asyncio.create_task(station.run())
    told = ThreadPoolExecutor(1)  # the station's own threads are left to it
    try:
        while True:
            which, begin, every_s = await asyncio.get_running_loop().run_in_executor(told, line.recv)
            line.send(await _closed(station, given.work[which], watch, begin, every_s))
    except EOFError:
        pass
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _closed(
    station: HeadlessStation, work: Sequence[Entered], watch: Watch, begin: float, every_s: float
) -> Seen:
    """One every ``every_s``; returns when each has its verdict."""
    watch.forget()
    async with asyncio.TaskGroup() as together:
        for number, one in enumerate(work):
            await asyncio.sleep(max(0.0, begin + number * every_s - time.monotonic()))
            together.create_task(station.carried_out(*one, watch))
    await watch.all_came()
    return watch.seen()


class Watch:
    """When each crossing was closed, and when its first verdict was on the disk."""

    def __init__(self) -> None:
        self._closed: dict[UUID, float] = {}
        self._verdict: dict[UUID, float] = {}
        self._more = asyncio.Event()

    def closing(self, crossing_id: UUID) -> None:
        self._closed[crossing_id] = time.monotonic()

    def came(self, heard: Heard) -> None:
        for verdict in heard.verdicts:
            self._verdict.setdefault(verdict.crossing_id, time.monotonic())
        self._more.set()

    async def all_came(self) -> None:
        while not self._closed.keys() <= self._verdict.keys():
            self._more.clear()
            await self._more.wait()

    def forget(self) -> None:
        self._closed.clear()
        self._verdict.clear()

    def seen(self) -> Seen:
        latencies = (self._verdict[id_] - at for id_, at in self._closed.items())
        return Seen(tuple(self._closed.values()), tuple(latencies))


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

    async def carried_out(self, planned: PlannedCrossing, built: Crossing, watch: Watch) -> None:
        """Opened, closed, and a little later decided as advised."""
        async with self._turn:
            opened = await self._writer.on_disk(
                self._crossings.open, built.crossing_id, planned.opened_at, sheet_id=planned.sheet_id
            )
            crossing = closed(replace(built, counter=opened.counter), at=planned.closed_at)
            watch.closing(crossing.crossing_id)
            said = advising(crossing, self._desk, self._listening.held.rules, at=planned.closed_at)
            await self._writer.closed(crossing, self._desk, said, at=planned.closed_at)
        await asyncio.sleep(DECIDED_AFTER_S)
        shown = Shown(what="advice", outcome=said.outcome)
        crossing = decided(crossing, said.outcome, at=planned.decided_at, shown=shown, reason=None)
        async with self._turn:
            await self._writer.decided(crossing, self._desk)
