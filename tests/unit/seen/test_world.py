"""What counts as the world being away, in both programs that hold a database."""

import asyncpg
import pytest

from services.database.connection import is_away
from stream_processors.world import database_is_away

AWAY = [
    ConnectionRefusedError(),
    TimeoutError(),
    asyncpg.ConnectionDoesNotExistError("x"),
    asyncpg.CannotConnectNowError("x"),
    asyncpg.InterfaceError("connection is closed"),
    asyncpg.InternalClientError("cannot switch to state"),  # the pool reset a connection that was just cut
]
OURS = [
    ValueError(),
    asyncpg.InterfaceError("another operation is in progress"),
    asyncpg.UniqueViolationError("x"),
]


@pytest.mark.parametrize("exc", AWAY, ids=lambda exc: type(exc).__name__)
def test_a_connection_that_dies_is_nobodys_fault(exc):
    assert database_is_away(exc)
    assert is_away(exc)


@pytest.mark.parametrize("exc", OURS, ids=lambda exc: type(exc).__name__)
def test_a_mistake_of_ours_is_no_outage(exc):
    assert not database_is_away(exc)
    assert not is_away(exc)
