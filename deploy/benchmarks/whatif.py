"""A what-if over 100,000 stored crossings, beside reading the same rows and judging none of them."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any, Final
from uuid import uuid4

import asyncpg

from deploy.benchmarks.stored_crossings import MORNING, fill
from deploy.demo.policy import demo_policy
from deploy.home import Home, home_from_environment
from deploy.keys import KeyFolder
from deploy.parts import postgres
from deploy.supervisor import Supervisor
from schemas.bounded import LATEST
from schemas.events.operations import CommandGiven
from schemas.policy.policy import Policy
from schemas.questions import ASKED
from schemas.whatif import WhatIfAnswer, WhatIfAsked
from stream_processors.database import questions
from stream_processors.database.migrate import SCHEMA
from stream_processors.questions.snapshot import Period, snapshot
from stream_processors.whatif import reading

CROSSINGS: Final = 100_000
BAR_S: Final = 60.0


def measure(rounds: int) -> dict[str, Any]:
    """The whole of it, the child's start included; of each the median of ``rounds`` runs in turn."""
    return asyncio.run(_measured(rounds))


async def _measured(rounds: int) -> dict[str, Any]:
    async with a_database() as (url, keys):
        crossings = await fill(url, keys, CROSSINGS)
        print(f"• {crossings} crossings are stored", file=sys.stderr)
        ours, theirs, cpu, changed = [], [], [], 0
        for _ in range(rounds):
            before_s = _child_cpu_s()
            ours_s, changed = await _ours(url)
            ours.append(ours_s)
            cpu.append(_child_cpu_s() - before_s)
            theirs.append(await _only_read(url))
            print(f"• what-if {ours[-1]:.1f} s, only read {theirs[-1]:.1f} s", file=sys.stderr)
    took_s = median(ours)
    return {
        "crossings": crossings,
        "changed": changed,
        "ours_s": round(took_s, 2),
        "cpu_of_the_child_s": round(median(cpu), 2),
        "only_read_s": round(median(theirs), 2),
        "ours_by_only_read": round(took_s / median(theirs), 2),
        "per_crossing_us": round(took_s / crossings * 1e6, 1),
        "bars": {"whatif_100000_s": {"s": round(took_s, 2), "bar_s": BAR_S, "reached": took_s <= BAR_S}},
    }


def draft() -> Policy:
    """The demonstration's bundle, with tests that count for a day instead of three."""
    policy = demo_policy()
    shorter = tuple(test.model_copy(update={"lasts": timedelta(hours=24)}) for test in policy.tests)
    return policy.model_copy(update={"version": policy.version + 1, "tests": shorter})


async def _ours(url: str) -> tuple[float, int]:
    """Seconds, and how many verdicts change: as a worker runs it, in a process of its own."""
    asked = WhatIfAsked(policy=draft(), begins_at=MORNING - timedelta(days=1), ends_at=LATEST - timedelta(days=1))
    command = CommandGiven(
        event_id=uuid4(),
        occurred_at=MORNING,
        command="what_if",
        by="benchmark",
        arguments={ASKED: asked.model_dump(mode="json")},
    )
    connection = await asyncpg.connect(url, server_settings={"search_path": SCHEMA})
    try:
        await questions.take(connection, [command])
        began = time.perf_counter()
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "stream_processors", "answer", str(command.event_id)),
            env={**os.environ, "CHOTXANH_DATABASE_URL": url},
        )
        status = await child.wait()
        took_s = time.perf_counter() - began
        text = await connection.fetchval(
            "SELECT answer::text FROM questions WHERE command_id = $1", command.event_id
        )
    finally:
        await connection.close()
    answer = WhatIfAnswer.model_validate_json(text or '{"state": "failed"}')
    if status or answer.comparison is None:
        raise RuntimeError(f"the what-if ended with {status}, {answer.state}")
    return took_s, answer.comparison.changed


def _child_cpu_s() -> float:
    """Of children that have ended: on a busy machine it says more than the clock does."""
    times = os.times()
    return times.children_user + times.children_system


async def _only_read(url: str) -> float:
    """The same rows in the same chunks, made into the values that a judge is given."""
    began = time.perf_counter()
    period = Period(MORNING - timedelta(days=1), LATEST)
    async with snapshot(url) as store:
        registry = await reading.registry_of(store)
        async for _ in reading.chunks(store, period, registry):
            pass
    return time.perf_counter() - began


def _a_home(root: Path) -> Home:
    """Open to PostgreSQL's account, with the downloads that are there."""
    root.chmod(0o711)
    downloads = home_from_environment().cache
    downloads.mkdir(parents=True, exist_ok=True)
    (root / "cache").symlink_to(downloads)
    home = Home(root)
    home.make()
    return home


@asynccontextmanager
async def a_database() -> AsyncIterator[tuple[str, KeyFolder]]:
    """A PostgreSQL of our own in a folder that is gone afterwards, and keys that nobody else has."""
    with tempfile.TemporaryDirectory(prefix="chotxanh-bench-") as folder:
        home = _a_home(Path(folder))
        server = postgres.own_server(home)
        async with Supervisor(logs=home.logs) as supervisor:
            await supervisor.begin(server.spec()).wait_until_ready()
            yield await postgres.ensure_database(server), KeyFolder(home.keys)
