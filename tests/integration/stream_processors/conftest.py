"""A migrated database and a judge on it, without Kafka: records in, what would be sent out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from stream_processors.database.migrate import migrate
from tests.integration.stream_processors.judge_on_database import JudgeOnDatabase
from tests.integration.stream_processors.province import POSTS_OF_TEST, Centre, Station
from tests.real_parts import Background, a_template

FIRST_POLICY_AT = datetime(2021, 1, 1, tzinfo=UTC)


@pytest.fixture
def centre() -> Centre:
    return Centre()


@pytest.fixture
def keys_folder(centre: Centre, tmp_path: Path) -> Path:
    return centre.write_keys(tmp_path / "keys")


@pytest.fixture
def stations(centre: Centre) -> dict[str, Station]:
    return {post_id: Station(centre, post_id) for post_id in POSTS_OF_TEST}


@pytest.fixture(scope="session")
def database_template(database_url: str, background: Background) -> Iterator[str]:
    with a_template(database_url, background, migrated_at) as name:
        yield name


async def migrated_at(url: str) -> None:
    connection = await asyncpg.connect(url)
    await migrate(connection)
    await connection.close()


@pytest.fixture
def migrated(database: str) -> str:
    return database


@pytest.fixture
async def judge(migrated: str, keys_folder: Path) -> AsyncIterator[JudgeOnDatabase]:
    judge = await JudgeOnDatabase.opened(migrated, keys_folder)
    yield judge
    await judge.close()


@pytest.fixture
async def province(judge: JudgeOnDatabase, centre: Centre, stations: dict[str, Station]) -> dict[str, Station]:
    """Posts, stations and a policy are known to the judge."""
    await judge.takes(
        *(centre.post(post_id) for post_id in stations),
        *(centre.enrolment(station) for station in stations.values()),
        centre.policy(effective_at=FIRST_POLICY_AT),
    )
    judge.sent.clear()
    return stations
