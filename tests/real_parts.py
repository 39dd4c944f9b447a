"""Fixtures over the real PostgreSQL and Kafka: one of each for a test session, fresh contents for a test.

They start at the first test that asks.
A test's database is created for it and dropped. Topics keep their real names, so ``kafka`` deletes all that
the test before left: two tests never run on the broker at once.
"""

import asyncio
import os
import shutil
import tempfile
import threading
import uuid
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from deploy.home import Home, home_from_environment
from deploy.parts.beside_us import Parts, start_parts
from deploy.supervisor import Supervisor

T = TypeVar("T")
WITHIN_S = 120
EMPTY = "template1"
"""PostgreSQL's own."""


class Background:
    """An event loop in a thread that lives as long as the session, and the supervisor on it."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="real-parts", daemon=True)
        self._thread.start()
        self.supervisor = Supervisor(logs=home.logs)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """From any thread but the background's own; blocks."""
        return self.begin(work).result(WITHIN_S)

    def begin(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@contextmanager
def a_home() -> Iterator[Home]:
    """A home of its own for a test's data, with the checkout's downloads. Open to PostgreSQL's account."""
    root = Path(tempfile.mkdtemp(prefix="chotxanh-test-"))
    root.chmod(0o711)
    downloads = home_from_environment().cache
    downloads.mkdir(parents=True, exist_ok=True)
    (root / "cache").symlink_to(downloads)
    home = Home(root)
    home.make()
    try:
        yield home
    finally:
        shutil.rmtree(root)


@pytest.fixture(scope="session")
def background() -> Iterator[Background]:
    with a_home() as home:
        background = Background(home)
        background.run(background.supervisor.__aenter__())
        try:
            yield background
        finally:
            background.run(background.supervisor.__aexit__(None, None, None))
            background.close()


@pytest.fixture(scope="session")
def parts(background: Background) -> Parts:
    return background.run(start_parts(background.supervisor, background.home, kafka_port=0))


@pytest.fixture(scope="session")
def kafka_bootstrap(parts: Parts) -> str:
    """The broker, with whatever topics other tests left on it. Prefer ``kafka``."""
    return parts.kafka_bootstrap


@pytest.fixture(scope="session")
def database_url(parts: Parts) -> str:
    """The server, as a URL of a database that all tests share. Prefer ``database``."""
    return parts.database_url


@pytest.fixture
def kafka(kafka_bootstrap: str, background: Background) -> str:
    """The broker without a topic, and so without offsets of any group."""
    background.run(_delete_all_topics(kafka_bootstrap))
    return kafka_bootstrap


@pytest.fixture(scope="session")
def database_template() -> str:
    """What ``database`` is a copy of: nothing, or what a folder says whose tests begin with tables."""
    return EMPTY


@pytest.fixture
def database(database_url: str, background: Background, database_template: str) -> Iterator[str]:
    """The URL of a database of this test alone, empty unless its folder has a template."""
    with a_database(database_url, background, like=database_template) as url:
        yield url


@pytest.fixture
def empty_database(database_url: str, background: Background) -> Iterator[str]:
    """The URL of an empty database of this test alone, also in a folder with a template."""
    with a_database(database_url, background) as url:
        yield url


@contextmanager
def a_database(server: str, background: Background, *, like: str = EMPTY) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex}"
    background.run(_execute(server, f'CREATE DATABASE "{name}" TEMPLATE "{like}"'))
    yield urlsplit(server)._replace(path=f"/{name}").geturl()
    background.run(_execute(server, f'DROP DATABASE "{name}" WITH (FORCE)'))


@contextmanager
def a_template(
    server: str, background: Background, migrated: Callable[[str], Coroutine[Any, Any, None]]
) -> Iterator[str]:
    """The name of a database that is ``migrated`` once; each copy of it takes half of what migrating takes."""
    with a_database(server, background) as url:
        background.run(migrated(url))
        yield urlsplit(url).path[1:]


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _delete_all_topics(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        async with asyncio.timeout(30):
            while names := [name for name in await admin.list_topics() if not name.startswith("__")]:
                await admin.delete_topics(names)
                await asyncio.sleep(0.05)
    finally:
        await admin.close()


async def until(holds: Callable[[], bool], *, within_s: float = 60) -> None:
    """Returns when ``holds``; raises TimeoutError. For the state of other processes, which wakes nobody."""
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def environment_of(parts: Parts) -> dict[str, str]:
    """For a real process of ours: our own environment, and where the parts are."""
    return {
        **os.environ,
        "CHOTXANH_DATABASE_URL": parts.database_url,
        "CHOTXANH_KAFKA_BOOTSTRAP": parts.kafka_bootstrap,
    }
