"""One run: a contender, a database, what waits in the topics; and what the broker's clock says of its verdicts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from aiokafka.admin import AIOKafkaAdminClient

from deploy.benchmarks.judge import topics
from deploy.benchmarks.judge.contenders import Contender
from deploy.benchmarks.judge.cpu import cpu_s
from deploy.benchmarks.judge.effects import Effects, effects_of
from deploy.benchmarks.judge.ground import Ground
from deploy.benchmarks.judge.traffic import Load
from deploy.log_files import last_lines
from deploy.simulator.send import send
from deploy.simulator.stream import Record
from schemas.topics import DEAD_LETTERS, header

LOOK_EVERY_S = 0.25
STUCK_AFTER_S = 120.0


class RunFailed(Exception):
    """A contender ended or stood still; the message says which, with the end of its log."""


@dataclass(frozen=True)
class Waiting:
    """What lies in the topics for whoever comes: from where, to where."""

    crossings: int
    starts: topics.Offsets
    ends: topics.Offsets


@dataclass(frozen=True)
class Measured:
    crossings: int
    took_s: float
    """From the first verdict to the last, by the broker's clock."""
    per_s: float
    verdicts: int
    """Records: a crossing whose decision came in another batch has two."""
    cpu_us: dict[str, float]
    """For each crossing: of the contender, the database, the broker."""
    dead_letters: int
    effects: Effects = field(repr=False)

    @property
    def wall_us(self) -> float:
        return 1e6 / self.per_s


async def lay(ground: Ground, load: Load, *, results: bool = True) -> Waiting:
    """Put ``load`` on the broker, behind what is there; all of it is acknowledged."""
    bootstrap = ground.bootstrap
    await send(load.registry, bootstrap)
    starts = await topics.ends_of(bootstrap, topics.FACTS)
    await send(load.happened, bootstrap)
    await send(load.results if results else (), bootstrap)
    return Waiting(load.crossings, starts, await topics.ends_of(bootstrap, topics.FACTS))


async def run(
    ground: Ground,
    contender: Contender,
    database_url: str,
    waiting: Waiting,
    *,
    batch: int | None = None,
    workers: int = 1,
    then: Sequence[Record] = (),
    until: Callable[[], Awaitable[bool]] | None = None,
) -> Measured:
    """The contender from its start until it has acknowledged everything, and then what comes after ``then`` was
    sent; it is left at work ``until`` so. Raises RunFailed.
    """
    bootstrap = ground.bootstrap
    await topics.begin_at(bootstrap, contender.group, await topics.ends_of(bootstrap, topics.REGISTRY))
    await topics.begin_at(bootstrap, contender.group, waiting.starts)
    before = await topics.ends_of(bootstrap, topics.SAID)
    specs = [contender.spec(ground, database_url, batch=batch, number=n + 1) for n in range(workers)]
    for spec in specs:
        ground.supervisor.begin(spec)
    names = [spec.name for spec in specs]
    try:
        samples = await _until_done(ground, contender.group, waiting.ends, names)
        if then:
            await send(then, bootstrap)
            await _until_done(ground, contender.group, await topics.ends_of(bootstrap, topics.FACTS), names)
        if until:
            await _left_at_work(ground, names, until)
    finally:
        for name in names:
            await ground.supervisor.stop(name)
    said = await topics.said_since(bootstrap, before)
    return measured(said, waiting.crossings, samples, since=shared_at(samples, workers))


async def _left_at_work(ground: Ground, names: Sequence[str], until: Callable[[], Awaitable[bool]]) -> None:
    began = time.monotonic()
    while not await until():
        _none_ended(ground, names)
        if time.monotonic() - began > STUCK_AFTER_S:
            raise RunFailed(f"{names[0]} leaves undone what is due")
        await asyncio.sleep(LOOK_EVERY_S)


@dataclass(frozen=True)
class Sample:
    at: float
    """Of the machine's wall clock, which is the broker's."""
    cpu_s: dict[str, float]
    members: int = 1
    """Workers that have their share; none while they make it out among them."""


async def _until_done(ground: Ground, group: str, ends: topics.Offsets, names: Sequence[str]) -> list[Sample]:
    admin = AIOKafkaAdminClient(bootstrap_servers=ground.bootstrap)
    await admin.start()
    samples: list[Sample] = []
    parts = {"database": [ground.pid_of("postgres")], "broker": [ground.pid_of("kafka")]}
    moved_at, moved = time.monotonic(), ""
    try:
        while not await topics.read_up_to(admin, group, ends):
            _none_ended(ground, names)
            pids = [pid for name in names if (pid := ground.supervisor.children[name].pid)]
            members = await topics.members_of(admin, group)
            used = {"judge": cpu_s(*pids), **{part: cpu_s(*of) for part, of in parts.items()}}
            samples.append(Sample(time.time(), used, members))
            committed = str(await admin.list_consumer_group_offsets(group))
            if committed != moved:
                moved_at, moved = time.monotonic(), committed
            if time.monotonic() - moved_at > STUCK_AFTER_S:
                raise RunFailed(f"{names[0]} stands still: {last_lines(ground.supervisor.children[names[0]].log)}")
            await asyncio.sleep(LOOK_EVERY_S)
    finally:
        await admin.close()
    return samples


def _none_ended(ground: Ground, names: Iterable[str]) -> None:
    for name in names:
        child = ground.supervisor.children[name]
        if child.restarts or child.state.name == "WAITING":
            raise RunFailed(f"{name} ended during the run: {last_lines(child.log)}")


def shared_at(samples: Sequence[Sample], workers: int) -> float:
    """When all workers had their share: before that one of them works alone, or all stand still."""
    return next((one.at for one in samples if one.members == workers), 0.0) if workers > 1 else 0.0


def measured(said: Sequence[Any], crossings: int, samples: Sequence[Sample], *, since: float = 0.0) -> Measured:
    """Of verdicts after ``since``, or of all where few came then. Raises RunFailed when a crossing has none."""
    verdicts = [one for one in said if one.topic in topics.VERDICT_TOPICS]
    first: dict[UUID, float] = {}
    for one in verdicts:
        crossing_id, at = UUID((header(one.headers, "ce_id") or b"").decode()), one.timestamp / 1000
        first[crossing_id] = min(at, first.get(crossing_id, at))
    if len(first) != crossings:
        raise RunFailed(f"{crossings - len(first)} of {crossings} crossings have no verdict")
    enough = sum(1 for at in first.values() if at > since) >= crossings / 4
    begun = max(min(first.values()), since if enough else 0.0)
    ended = max(one.timestamp / 1000 for one in verdicts)
    # Those of the first moment were worked on before it: they are not counted.
    later = sum(1 for at in first.values() if at > begun)
    took_s = ended - begun
    return Measured(
        crossings=crossings,
        took_s=took_s,
        per_s=later / took_s if took_s else 0.0,
        verdicts=len(verdicts),
        cpu_us=_cpu_us(sorted(first.values()), samples),
        dead_letters=sum(1 for one in said if one.topic == DEAD_LETTERS.name),
        effects=effects_of(said),
    )


def _cpu_us(verdicts_at: Sequence[float], samples: Sequence[Sample]) -> dict[str, float]:
    """Between the first sample with verdicts and the last with more to come."""
    inside = [one for one in samples if verdicts_at[0] <= one.at <= verdicts_at[-1]]
    if len(inside) < 2:
        return {}
    begin, end = inside[0], inside[-1]
    judged = sum(1 for at in verdicts_at if begin.at < at <= end.at)
    if not judged:
        return {}
    return {part: (end.cpu_s[part] - begin.cpu_s[part]) / judged * 1e6 for part in begin.cpu_s}
