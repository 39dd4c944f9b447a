"""A broker and a server of our own in a folder that is gone afterwards; a database for each run.

Nothing of the machine's own data is touched, and no cluster that was given is used: what is measured here
would fill it.
"""

from __future__ import annotations

import itertools
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import asyncpg

from deploy.checks import free_port, require_disk
from deploy.demo.posts import POSTS
from deploy.home import Home, home_from_environment
from deploy.keys import KeyFolder
from deploy.parts import kafka, postgres
from deploy.refusals import CannotStart
from deploy.supervisor import Supervisor
from deploy.topics import ensure_topics, wanted
from stream_processors.clock import SystemClock
from stream_processors.database import draw_days
from stream_processors.database.migrate import migrate
from stream_processors.database.pool import open_pool
from stream_processors.database.registry import RegistryInForce
from stream_processors.judging.draws_due import round_at

EMPTY = "empty"
"""The database that is migrated and has no row: each run begins with a copy of it, or of a filled one."""


@dataclass
class Ground:
    home: Home
    supervisor: Supervisor
    bootstrap: str
    server_url: str
    """Of the server's own database: from there others are made and dropped."""
    keys: KeyFolder
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def url_of(self, database: str) -> str:
        return urlsplit(self.server_url)._replace(path=f"/{database}").geturl()

    @asynccontextmanager
    async def a_database(self, *, like: str = EMPTY) -> AsyncIterator[str]:
        """The URL of a copy of ``like``, dropped afterwards."""
        name = f"run_{next(self._numbers)}"
        await self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
        try:
            yield self.url_of(name)
        finally:
            await self.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    async def execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.server_url)
        try:
            await connection.execute(statement, timeout=600)
        finally:
            await connection.close()

    def pid_of(self, child: str) -> int:
        pid = self.supervisor.children[child].pid
        if pid is None:
            raise RuntimeError(f"{child} does not run")
        return pid


@asynccontextmanager
async def a_ground(*, needs_bytes: int) -> AsyncIterator[Ground]:
    """Raises CannotStart when disk, port or a part is missing, with what to do about it."""
    require_nothing_given()
    with _a_folder(needs_bytes) as home:
        server, broker = postgres.own_server(home), kafka.own_broker(home, port=free_port())
        async with Supervisor(logs=home.logs, say=_say) as supervisor:
            for child in [supervisor.begin(each.spec()) for each in (server, broker)]:
                await child.wait_until_ready()
            ground = Ground(home, supervisor, broker.bootstrap, server.url("postgres"), KeyFolder(home.keys))
            await _make_empty(await postgres.ensure_database(server, EMPTY))
            await ensure_topics(ground.bootstrap, wanted(str(post["post_id"]) for post in POSTS))
            yield ground


def require_nothing_given() -> None:
    """Raises CannotStart: a measurement fills what it is given, and a province may live there."""
    for name in (kafka.BOOTSTRAP_VARIABLE, postgres.URL_VARIABLE):
        if os.environ.get(name):
            raise CannotStart(f"The benchmark starts a broker and a database of its own: unset {name}.")


@contextmanager
def _a_folder(needs_bytes: int) -> Iterator[Home]:
    """Beside the checkout's downloads, so that it is their disk; open to PostgreSQL's account."""
    own = home_from_environment()
    own.make()
    require_disk(own.root, least_free_bytes=needs_bytes)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=own.root, ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        root.chmod(0o711)
        (root / "cache").symlink_to(own.cache)
        home = Home(root)
        home.make()
        yield home


async def _make_empty(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await migrate(connection)
    finally:
        await connection.close()
    # Once a day a worker has past draws repeated in a child. Of today it is done, so that no run holds it.
    async with await open_pool(url) as pool, pool.acquire() as ours:
        now, zone = SystemClock().now(), ZoneInfo(RegistryInForce().time_zone())
        await draw_days.end_round(ours, round_at(now, zone), at=now)


def _say(text: str) -> None:
    print(text, file=sys.stderr)
