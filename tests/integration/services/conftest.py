"""A migrated database of each test's own, and a centre over it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from services.centre import Centre
from services.keys import CentreKeys
from tests.integration.services.centre_parts import Judge, a_centre, a_front_end, made_up_keys, migrated
from tests.real_parts import Background, a_template


@pytest.fixture(scope="session")
def database_template(database_url: str, background: Background) -> Iterator[str]:
    with a_template(database_url, background, migrated) as name:
        yield name


@pytest.fixture
def centre_url(database: str) -> str:
    return database


@pytest.fixture
def keys() -> CentreKeys:
    return made_up_keys()


@pytest.fixture
def front_end(tmp_path: Path) -> Path:
    return a_front_end(tmp_path)


@pytest.fixture
async def centre(centre_url: str, front_end: Path, keys: CentreKeys) -> AsyncIterator[Centre]:
    async with a_centre(centre_url, front_end, keys) as centre:
        yield centre


@pytest.fixture
def judge(centre: Centre) -> Judge:
    return Judge(centre)
