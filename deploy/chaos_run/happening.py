"""Makes one fault happen to a running province and returns when it is over. Judges nothing."""

import asyncio
import os
import random
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

import asyncpg

from deploy.chaos_run.faults import DATABASE, Fault, ToWorker
from deploy.chaos_run.group import held_partitions
from deploy.chaos_run.outages import away, kill
from deploy.running import programs
from deploy.running.programs import Machine
from deploy.supervisor import Supervisor
from schemas.topics import CROSSINGS

GROUP = "chotxanh-processors"
INTO_THE_OUTAGE_S = 2.0
BLOCKED_WITHIN_S = 15.0
STOPS_WITHIN_S = 40.0


@dataclass
class Happened:
    """Clock readings are the wall's, in seconds, as the broker's are."""

    began_at: float = 0.0
    over_at: float = 0.0
    """The parts answer again, or the worker's fate is sealed."""
    partitions: frozenset[int] = frozenset()
    """Of crossings that the worker had which was killed or stopped."""
    note: str = ""


@dataclass(frozen=True)
class Scene:
    supervisor: Supervisor
    machine: Machine
    workers: int
    rng: random.Random

    def any_worker(self) -> str:
        return f"processors-{self.rng.randrange(self.workers) + 1}"


async def happen(fault: Fault, scene: Scene) -> Happened:
    kind, told = fault.kind, Happened()
    worker = scene.any_worker()
    if kind.worker in (ToWorker.KILLED, ToWorker.TERMINATED):
        told.partitions = await _partitions_of(scene, worker)
    told.began_at, joined = time.time(), None
    async with AsyncExitStack() as until_over:
        if kind.away:
            await until_over.enter_async_context(away(scene.supervisor, kind.away, killed=kind.killed))
            await asyncio.sleep(min(INTO_THE_OUTAGE_S, fault.away_s / 2))
        if kind.services_killed:
            kill(scene.supervisor, "services")
        match kind.worker:
            case ToWorker.KILLED:
                told.began_at = time.time()
                kill(scene.supervisor, worker)
                told.note = worker
            case ToWorker.TERMINATED:
                await _terminate(scene, worker, told, hold=DATABASE not in kind.away)
            case ToWorker.JOINS:
                joined = await _join(scene, fault)
        await asyncio.sleep(max(0.0, told.began_at + fault.away_s - time.time()))
    told.over_at = time.time()
    if joined is not None:
        await _leave(scene, joined)
    return told


async def _partitions_of(scene: Scene, worker: str) -> frozenset[int]:
    held = await held_partitions(scene.machine.parts.kafka_bootstrap, GROUP, CROSSINGS.name)
    return held.get(worker, frozenset())


async def _terminate(scene: Scene, worker: str, told: Happened, *, hold: bool) -> None:
    """SIGTERM while no batch can get on; where the database is there, it is made to hold them."""
    pid = scene.supervisor.children[worker].pid
    assert pid is not None
    async with AsyncExitStack() as held:
        if hold:
            blocked = await held.enter_async_context(_held_in_mid_batch(scene))
            told.note = f"{worker}, {blocked} of {scene.workers} workers in mid-batch"
        told.began_at = time.time()
        os.kill(pid, signal.SIGTERM)
        if hold:
            await asyncio.sleep(INTO_THE_OUTAGE_S)
    gone = await _until_gone(pid)
    told.note = f"{told.note or worker}; {gone}"


async def _until_gone(pid: int) -> str:
    began = time.time()
    while time.time() - began < STOPS_WITHIN_S:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return f"gone after {time.time() - began:.0f} s"
        await asyncio.sleep(0.2)
    os.kill(pid, signal.SIGKILL)
    return f"deaf to SIGTERM for {STOPS_WITHIN_S:.0f} s, killed"


@asynccontextmanager
async def _held_in_mid_batch(scene: Scene) -> AsyncIterator[int]:
    """Verdicts cannot be written: batches stand between their two transactions. How many sessions wait."""
    connection = await asyncpg.connect(scene.machine.parts.database_url)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE processors.verdicts IN EXCLUSIVE MODE")
            give_up_at = time.time() + BLOCKED_WITHIN_S
            while (blocked := await _blocked(scene)) < scene.workers and time.time() < give_up_at:  # noqa: ASYNC110
                await asyncio.sleep(0.2)
            yield blocked
    finally:
        await connection.close()


async def _blocked(scene: Scene) -> int:
    connection = await asyncpg.connect(scene.machine.parts.database_url)
    try:
        found: int = await connection.fetchval(
            "SELECT count(DISTINCT pid) FROM pg_locks JOIN pg_class ON pg_class.oid = relation "
            "WHERE NOT granted AND relname = 'verdicts'"
        )
        return found
    finally:
        await connection.close()


async def _join(scene: Scene, fault: Fault) -> str:
    """One more worker, whose readiness is not waited for while the broker is away."""
    spec = programs.processors(scene.machine, scene.workers + 1)
    child = scene.supervisor.begin(replace(spec, ready_within_s=fault.lasts_s + 120))
    if not fault.kind.away:
        await child.wait_until_ready()
        await asyncio.sleep(fault.lasts_s / 2)
    return spec.name


async def _leave(scene: Scene, name: str) -> None:
    child = scene.supervisor.children[name]
    await child.wait_until_ready()
    await scene.supervisor.stop(name)
