"""A long question over a PostgreSQL of our own, answered in a child process as a worker has it answered."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal, NamedTuple
from uuid import uuid4

import asyncpg

from deploy.benchmarks.stored_crossings import MORNING
from deploy.home import Home, home_from_environment
from deploy.keys import KeyFolder
from deploy.parts import postgres
from deploy.supervisor import Supervisor
from schemas.bounded import Wire
from schemas.events.operations import CommandGiven
from schemas.questions import ASKED
from stream_processors.database import questions
from stream_processors.database.migrate import SCHEMA


class Answered(NamedTuple):
    took_s: float
    """The child's start included."""
    cpu_s: float
    """Of the child: on a busy machine it says more than the clock does."""
    text: str
    """The answer, as JSON."""


async def answered(url: str, command: Literal["what_if", "replay"], asked: Wire) -> Answered:
    given = CommandGiven(
        event_id=uuid4(),
        occurred_at=MORNING,
        command=command,
        by="benchmark",
        arguments={ASKED: asked.model_dump(mode="json")},
    )
    connection = await asyncpg.connect(url, server_settings={"search_path": SCHEMA})
    try:
        await questions.take(connection, [given])
        began, cpu_s = time.perf_counter(), _children_cpu_s()
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "stream_processors", "answer", str(given.event_id)),
            env={**os.environ, "CHOTXANH_DATABASE_URL": url},
        )
        status = await child.wait()
        took_s = time.perf_counter() - began
        text = await connection.fetchval(
            "SELECT answer::text FROM questions WHERE command_id = $1", given.event_id
        )
    finally:
        await connection.close()
    if status or text is None:
        raise RuntimeError(f"the question ended with {status}")
    return Answered(took_s, _children_cpu_s() - cpu_s, text)


def _children_cpu_s() -> float:
    """Of children that have ended."""
    times = os.times()
    return times.children_user + times.children_system


@asynccontextmanager
async def a_database() -> AsyncIterator[tuple[str, KeyFolder]]:
    """A PostgreSQL of our own in a folder that is gone afterwards, and keys that nobody else has."""
    with tempfile.TemporaryDirectory(prefix="chotxanh-bench-") as folder:
        home = _a_home(Path(folder))
        server = postgres.own_server(home)
        async with Supervisor(logs=home.logs) as supervisor:
            await supervisor.begin(server.spec()).wait_until_ready()
            yield await postgres.ensure_database(server), KeyFolder(home.keys)


def _a_home(root: Path) -> Home:
    """Open to PostgreSQL's account, with the downloads that are there."""
    root.chmod(0o711)
    downloads = home_from_environment().cache
    downloads.mkdir(parents=True, exist_ok=True)
    (root / "cache").symlink_to(downloads)
    home = Home(root)
    home.make()
    return home
