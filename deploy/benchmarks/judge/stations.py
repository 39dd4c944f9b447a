"""Crossing closed to the central verdict on the station, the disk's promise included.

The station's own parts without its camera and page: advice, sealed box, outbox committed with fsync, publisher,
and the listener that has the verdict on the disk before it shows it. Each station is a process of its own, as at a
post; a lane has one officer, so one station closes one at a time.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from statistics import median
from typing import Any

from deploy.benchmarks.judge import topics
from deploy.benchmarks.judge.contenders import BARE, WORKER, Contender
from deploy.benchmarks.judge.cpu import cpu_s
from deploy.benchmarks.judge.ground import Ground
from deploy.benchmarks.judge.in_turn import in_turn
from deploy.benchmarks.judge.latency import percentiles
from deploy.benchmarks.judge.runs import RunFailed
from deploy.benchmarks.judge.sizes import Sizes
from deploy.benchmarks.judge.station_process import Given, Seen, Work, station_process
from deploy.benchmarks.judge.telling import tell
from deploy.benchmarks.judge.traffic import Load
from deploy.simulator.issuing import Issuers
from deploy.simulator.send import send
from deploy.simulator.stream import as_entered, lists_of

WARM_UP_S = 5.0
"""At the full rate, and not counted: broker and worker were started a moment ago, and while they compile, plan and
fill their caches a verdict takes up to a second. No more than a fifth of what there is."""
PATIENCE_S = 60.0
SOON_S = 0.2
"""From the word to begin to the first crossing, so that all stations have heard it."""


async def closed_to_verdict(ground: Ground, load: Load, sizes: Sizes, rounds: int) -> dict[str, Any]:
    crossings = _built(ground, load, sizes)
    found: dict[str, list[dict[str, float]]] = {WORKER.name: [], BARE.name: []}
    rates, used = [], []
    for number, contender in enumerate(in_turn((WORKER, BARE), rounds)):
        # A new station reads its post's verdicts from their beginning: those of the run before are not its own.
        await topics.make_anew(ground.bootstrap)
        await send(load.registry, ground.bootstrap)
        folder = ground.home.data / "stations" / str(number)
        seen, cpu = await _through(ground, contender, crossings, sizes, folder)
        found[contender.name].append(percentiles([latency for one in seen for latency in one.latencies_s]))
        used += [cpu] if contender is WORKER else []
        rates.append(_closed_per_s(seen))
        tell(f"{contender.name}, closed to verdict on the station: {found[contender.name][-1]}")
    return {
        "stations": sizes.stations,
        "per_s": sizes.station_rate,
        "closed_per_s": round(min(rates), 1),
        "cpu_ms_a_crossing": {part: round(median(one[part] for one in used), 1) for part in used[0]},
        **{name: of_rounds(of) for name, of in found.items()},
    }


def of_rounds(rounds: Sequence[dict[str, float]]) -> dict[str, Any]:
    """The median round, and all of them: this machine is twice as slow in one as in another."""
    middle = {name: round(median(one[name] for one in rounds), 1) for name in ("p50_ms", "p99_ms")}
    return {"crossings": sum(one["crossings"] for one in rounds), **middle, "rounds": list(rounds)}


def _closed_per_s(seen: Sequence[Seen]) -> float:
    """What the stations really did: a disk that is too slow shows here."""
    at = sorted(instant for one in seen for instant in one.closed_at)
    return (len(at) - 1) / (at[-1] - at[0])


def _built(ground: Ground, load: Load, sizes: Sizes) -> Work:
    """By station: each crossing as its officer entered it, open.

    The stations lie at all posts before two share one, where each reads what is said to the other.
    """
    issuers = Issuers.of(ground.keys)
    lists = lists_of(load.plan, issuers)
    most = int(sizes.station_rate * (WARM_UP_S + sizes.station_s) / sizes.stations)
    first_lanes_first = sorted(load.lanes, key=lambda lane: (lane.lane, lane.post_id))
    found: Work = {lane.station_id: [] for lane in first_lanes_first[: sizes.stations]}
    for planned in load.plan.crossings:
        own = found.get(planned.station_id)
        if own is not None and len(own) < most:
            own.append((planned, as_entered(planned, issuers, lists, len(own) + 1)))
    return found


async def _through(
    ground: Ground, contender: Contender, crossings: Work, sizes: Sizes, folder: Path
) -> tuple[list[Seen], dict[str, float]]:
    """What each station saw, and the processor time of every part, in ms a crossing."""
    bootstrap = ground.bootstrap
    everything = await topics.ends_of(bootstrap, (*topics.FACTS, *topics.REGISTRY))
    await topics.begin_at(bootstrap, contender.group, everything)
    async with ground.a_database() as url:
        child = ground.supervisor.begin(contender.spec(ground, url))
        try:
            given = [
                Given(station_id, folder / station_id, ground.keys.root, bootstrap, tuple(own))
                for station_id, own in crossings.items()
            ]
            with _processes(given) as stations:

                def used() -> dict[str, float]:
                    judge, database, broker = map(ground.pid_of, (child.spec.name, "postgres", "kafka"))
                    parts = {"judge": [judge], "database": [database], "broker": [broker]}
                    parts["stations"] = [pid for pid, _ in stations]
                    return {part: cpu_s(*pids) for part, pids in parts.items()}

                lines, uncounted = [line for _, line in stations], _uncounted(given, sizes)
                return await asyncio.to_thread(_worked, lines, sizes, uncounted, used)
        finally:
            await ground.supervisor.stop(child.spec.name)


def _uncounted(given: Sequence[Given], sizes: Sizes) -> int:
    """Of each station's crossings."""
    return min(int(WARM_UP_S * sizes.station_rate / sizes.stations), min(len(one.work) for one in given) // 5)


@contextmanager
def _processes(given: Sequence[Given]) -> Iterator[list[tuple[int, Connection]]]:
    """One for each station, its id with a line to it; all of them have ended afterwards."""
    spawned = multiprocessing.get_context("spawn")
    started: list[tuple[SpawnProcess, Connection]] = []
    try:
        for one in given:
            ours, theirs = spawned.Pipe()
            process = spawned.Process(target=station_process, args=(theirs, one), daemon=True)
            process.start()
            theirs.close()
            started.append((process, ours))
        yield [(process.pid or 0, line) for process, line in started]
    finally:
        for process, line in started:
            line.close()
            process.terminate()
        for process, _ in started:
            process.join()


def _worked(
    stations: Sequence[Connection], sizes: Sizes, uncounted: int, used: Callable[[], dict[str, float]]
) -> tuple[list[Seen], dict[str, float]]:
    """First some that are not counted. Raises RunFailed when a station ends or waits in vain for a verdict."""
    _told(stations, sizes, slice(uncounted))
    before = used()
    seen = _told(stations, sizes, slice(uncounted, None))
    crossings = sum(len(one.latencies_s) for one in seen)
    return seen, {part: (cpu - before[part]) * 1000 / crossings for part, cpu in used().items()}


def _told(stations: Sequence[Connection], sizes: Sizes, which: slice) -> list[Seen]:
    """In turn: each begins a little later than the one before."""
    begin, per_s = time.monotonic() + SOON_S, sizes.station_rate
    for number, line in enumerate(stations):
        line.send((which, begin + number / per_s, len(stations) / per_s))
    seen = []
    for line in stations:
        try:
            if not line.poll(PATIENCE_S + sizes.station_s):
                raise RunFailed("a station waits for a verdict that does not come")
            seen.append(line.recv())
        except EOFError:
            raise RunFailed("a station's process ended") from None
    return seen
