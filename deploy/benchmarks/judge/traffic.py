"""A plan's traffic as records, made beforehand so that making it is never measured. Each load has stations of
its own: two loads never meet on one chain, whichever database they are judged on.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from deploy.demo.policy import demo_policy
from deploy.demo.posts import POSTS
from deploy.keys import KeyFolder, Lane, make_keys
from deploy.simulator.plan import plan
from deploy.simulator.plan_model import Counts, Plan
from deploy.simulator.registry_stream import Registry
from deploy.simulator.stream import Record, events_of, last_heard_of

FIRST_DAY: Final = datetime(2021, 10, 7, 0, 0, tzinfo=UTC)
LASTS: Final = timedelta(hours=6)
LANES_OF_A_POST: Final = 4
"""Sixteen stations: enough that every partition has one, and that two workers have as much to do."""


@dataclass(frozen=True)
class Load:
    """What is known beforehand, what happens in the order of closing, and what laboratories say afterwards."""

    plan: Plan
    lanes: tuple[Lane, ...]
    registry: tuple[Record, ...]
    happened: tuple[Record, ...]
    """A crossing and its decision, one after the other."""
    results: tuple[Record, ...]
    last_heard: tuple[Record, ...]
    """Every station a day later, but for a post that has fallen silent."""

    @property
    def crossings(self) -> int:
        return len(self.plan.crossings)


def lanes_of(name: str) -> tuple[Lane, ...]:
    posts = [str(post["post_id"]) for post in POSTS]
    return tuple(
        Lane(f"{post}-{name}{number}", post, number) for post in posts for number in range(1, LANES_OF_A_POST + 1)
    )


async def make_load(
    keys: KeyFolder, name: str, crossings: int, *, day: int = 0, cores: int = 2, hours: bool = False
) -> Load:
    """``name`` (letters and digits) tells its stations apart, ``day`` is when it happens. With ``hours`` there is
    also what takes hours."""
    lanes = lanes_of(name)
    make_keys(keys, lanes)
    policy, starts = demo_policy(), FIRST_DAY + timedelta(days=day)
    counts = Counts.of_a_day(crossings) if hours else Counts.of(crossings)
    planned = plan(1, lanes, policy, starts, starts + LASTS, counts)
    registry = Registry(keys, FIRST_DAY)
    happened = await _happened(planned, keys.root, lanes, cores)
    return Load(
        planned,
        lanes,
        tuple(registry.records(planned, lanes, [policy])),
        happened,
        tuple(registry.result(result) for result in planned.results),
        tuple(last_heard_of(keys, lanes, planned, happened)),
    )


async def _happened(planned: Plan, keys: Path, lanes: Sequence[Lane], cores: int) -> tuple[Record, ...]:
    """Station by station, as their chains do not know each other; then in the order of closing again."""
    loop = asyncio.get_running_loop()
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(cores, mp_context=spawned, initializer=_leave_ctrl_c_to_others) as pool:
        by_station = dict(
            zip(
                [lane.station_id for lane in lanes],
                await asyncio.gather(
                    *(loop.run_in_executor(pool, _of_station, planned, keys, lane.station_id) for lane in lanes)
                ),
                strict=True,
            )
        )
    streams = {station: iter(records) for station, records in by_station.items()}
    return tuple(
        next(streams[crossing.station_id]) for crossing in planned.crossings for _ in ("closed", "decided")
    )


def _of_station(planned: Plan, keys: Path, station_id: str) -> list[Record]:
    own = tuple(one for one in planned.crossings if one.station_id == station_id)
    return list(events_of(replace(planned, crossings=own), KeyFolder(keys), [demo_policy()]))


def _leave_ctrl_c_to_others() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
