"""Where the time of a batch goes: CPU time a crossing of each step, in this process and in PostgreSQL. No broker.

Crossings with their decisions go through ``Batches.handle`` on a real server, batch after batch; what is sent is
counted and thrown away. A third of them goes first, so that no table is empty. CPU time and not the clock, since
others may use the machine; each step of Python by the least of the rounds.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import count
from pathlib import Path
from typing import Any, Final

from deploy.benchmarks.asked import a_database
from deploy.benchmarks.judge.traffic import Load, make_load
from deploy.benchmarks.steps import Steps, watching
from deploy.keys import KeyFolder
from deploy.simulator.stream import Record
from stream_processors import judging_shell
from stream_processors.batches import Batches
from stream_processors.clock import SystemClock
from stream_processors.database import affected, attempts, bearing, chain, facts, statements
from stream_processors.database.migrate import migrate
from stream_processors.database.pool import Pool, open_pool
from stream_processors.database.registry import RegistryInForce
from stream_processors.database.statements import Output
from stream_processors.intake import shell
from stream_processors.intake.records import RawRecord
from stream_processors.keys import read_keys
from stream_processors.memory import settle
from stream_processors.outputs.sending import Sender, Sent

CROSSINGS: Final = 3000
BATCH: Final = 500

STEPS: Final[dict[str, tuple[Any, str]]] = {
    "count the attempt": (attempts, "count_batch"),
    "decode, check the HMAC": (shell, "believe"),
    "open the box, facts, refs": (shell, "take_all"),
    "chain: links": (chain, "store_links"),
    "chain: numbers": (chain, "note_numbers"),
    "store facts": (facts, "store_facts"),
    "store crossings, refs, decisions": (facts, "store_derived"),
    "whom it may change": (affected, "affected_by"),
    "lock": (statements, "lock_verdicts"),
    "read what was shown": (bearing, "read_rows"),
    "read what bears on it": (bearing, "read_bearings"),
    "judge": (judging_shell, "judge"),
    "what is new": (judging_shell, "changes"),
    "outputs: bytes": (judging_shell, "output_of"),
    "store verdicts, outputs, timers": (judging_shell, "write"),
    "registry changed?": (RegistryInForce, "refresh"),
}


def measure(rounds: int) -> dict[str, Any]:
    """The median is of no use here: the least of the rounds is what it costs."""
    return asyncio.run(_measured(rounds))


async def _measured(rounds: int) -> dict[str, Any]:
    async with a_database() as (url, keys):
        load = await make_load(keys, "a", CROSSINGS)
        print(f"• {load.crossings} crossings with their decisions, in batches of {BATCH}", file=sys.stderr)
        found = [await _round(url, keys, load) for _ in range(rounds)]
    steps = {
        name: {who: min(one[name][who] for one in found) for who in ("ours_us", "postgres_us")}
        for name in found[0]
    }
    total = {who: round(sum(step[who] for step in steps.values()), 1) for who in ("ours_us", "postgres_us")}
    for name, step in sorted(steps.items(), key=lambda one: -one[1]["ours_us"]):
        print(
            f"{name:32} ours {step['ours_us']:7.1f} µs   PostgreSQL {step['postgres_us']:7.1f} µs", file=sys.stderr
        )
    return {"crossings": load.crossings, "batch": BATCH, "a_crossing": total, "steps": steps, "bars": {}}


async def _round(url: str, keys: KeyFolder, load: Load) -> dict[str, dict[str, float]]:
    pool = await open_pool(url)
    try:
        async with pool.acquire() as connection:
            await connection.execute("DROP SCHEMA IF EXISTS processors CASCADE")
            await migrate(connection)
        batches, offsets = _batches(pool, keys), count()
        registry = [_raw(one, offsets) for one in load.registry if one.topic in shell.TOPICS]
        happened = [_raw(one, offsets) for one in load.happened]
        first = len(happened) // 3
        await _handle(batches, [*registry, *happened[:first]])
        await pool.execute("ANALYZE")
        settle()
        sessions = [
            row["pid"] for row in await pool.fetch("SELECT pid FROM pg_stat_activity WHERE usename IS NOT NULL")
        ]
        steps = Steps(lambda: _cpu_ns(sessions))
        with watching(steps, STEPS):
            steps.begin()
            await _handle(batches, happened[first:])
        crossings = (len(happened) - first) / 2
        return {
            name: {
                "ours_us": round(steps.ours[name] / crossings / 1000, 1),
                "postgres_us": round(steps.theirs[name] / crossings / 1000, 1),
            }
            for name in ("the rest", *STEPS)
        }
    finally:
        await pool.close()


def _batches(pool: Pool, keys: KeyFolder) -> Batches:
    ours, in_force = read_keys(keys.root), RegistryInForce()
    intake = shell.Intake(pool, ours, SystemClock(), in_force, wait_for_station_s=0)
    return Batches(pool, intake, judging_shell.Judging(pool, ours, in_force), _ThrowsAway(""))


class _ThrowsAway(Sender):
    async def send(self, outputs: Sequence[Output]) -> Sent:
        return Sent()


async def _handle(batches: Batches, records: Sequence[RawRecord]) -> None:
    for start in range(0, len(records), BATCH):
        await batches.handle(records[start : start + BATCH])


def _raw(record: Record, offsets: Iterable[int]) -> RawRecord:
    next_offset: Callable[[], int] = iter(offsets).__next__
    return RawRecord(record.topic, 0, next_offset(), record.key, record.value, tuple(record.headers))


def _cpu_ns(pids: Iterable[int]) -> int:
    """In nanoseconds, where /proc/PID/stat counts hundredths of a second (proc(5), schedstat)."""
    total = 0
    for pid in pids:
        try:
            total += int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
        except OSError:  # it ended
            continue
    return total
