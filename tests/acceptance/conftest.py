"""One province for the whole folder, and each long run through it once: a start costs more than a test."""

from collections.abc import Iterator

import pytest

from tests.acceptance import the_five_hundred, the_morning
from tests.acceptance.province import Province, a_province
from tests.acceptance.the_five_hundred import FiveHundred
from tests.acceptance.the_morning import Morning


@pytest.fixture(scope="package")
def province() -> Iterator[Province]:
    with a_province() as province:
        yield province


@pytest.fixture(scope="package")
def morning(province: Province) -> Morning:
    """Pictures went through a station, results came later, and everything is settled."""
    return the_morning.drive(province)


@pytest.fixture(scope="package")
def five_hundred(province: Province) -> FiveHundred:
    """500 crossings went through a processor that was killed in their middle, and everything is settled."""
    return the_five_hundred.drive(province)
