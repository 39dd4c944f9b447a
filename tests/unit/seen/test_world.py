"""What counts as the world being away, in both programs that hold a database."""

import asyncpg
import pytest

from services.database.connection import is_away
from stream_processors import broker
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


async def test_a_worker_that_begins_while_the_broker_is_away_waits_and_says_so_once(monkeypatch, caplog):
    answers = iter([False, False, False, True])

    async def answer(bootstrap):
        return next(answers)

    monkeypatch.setattr(broker, "broker_answers", answer)
    with caplog.at_level("INFO"):
        await broker.wait_for_broker("nowhere:1", retry_s=0)
    assert [record.message for record in caplog.records] == [
        "the broker is away, the worker waits for it before it begins",
        "the broker is back",
    ]
