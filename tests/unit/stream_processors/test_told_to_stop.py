"""Told to stop, whatever is tried again comes to its end: nothing that is raised meanwhile covers the stop up."""

import asyncio
from pathlib import Path

import asyncpg
import pytest
from aiokafka.errors import KafkaConnectionError

from stream_processors.app import Processors
from stream_processors.outputs.sending import Sender
from stream_processors.seen.health import Health
from stream_processors.seen.watching import Watching
from stream_processors.settings import ProcessorSettings
from stream_processors.world import in_place
from tests.builders import NOON


async def settle():
    for _ in range(30):
        await asyncio.sleep(0)


async def cancelled_at_work(work):
    """Whether it ended, and as cancelled, after one cancellation in the middle of what it waits for."""
    task = asyncio.create_task(work)
    await settle()
    assert not task.done()
    task.cancel()
    await settle()
    ended = task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    return ended


def covers_its_cancellation_up(with_error):
    async def action(*_):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise with_error from None

    return action


@pytest.mark.parametrize(
    "error",
    [
        # The pool was closed while a connection with an ended query was given back to it.
        asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
        asyncpg.InterfaceError("pool is closing"),
        asyncpg.DeadlockDetectedError("deadlock detected"),
    ],
)
async def test_what_is_tried_again_while_the_database_is_away_ends(error):
    assert await cancelled_at_work(in_place("questions", covers_its_cancellation_up(error)))


async def test_outputs_that_wait_for_the_broker_end(monkeypatch):
    sender = Sender("127.0.0.1:1")
    monkeypatch.setattr(sender, "_try", covers_its_cancellation_up(KafkaConnectionError()))
    assert await cancelled_at_work(sender.send(()))


async def test_the_look_at_the_worker_itself_ends(monkeypatch):
    watching = Watching("", None, Health("one", NOON), lambda: (), lambda: 0)

    async def look():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return  # a broker or database that did not answer is no exception there

    monkeypatch.setattr(watching, "look", look)
    assert await cancelled_at_work(watching.run())


def test_a_rebalance_meanwhile_does_not_close_the_connections_of_another_thread():
    class Consumer:
        def close(self):
            raise AssertionError("they belong to the loop of the consumer's thread")

    settings = ProcessorSettings(kafka_bootstrap="127.0.0.1:1", database_url="", keys=Path("none"))
    app = Processors(settings).app
    app.consumer = Consumer()
    app._on_rebalance_when_stopped()
