"""How soon the broker is asked again."""

import asyncio
import time

import pytest
from faust.transport.drivers.aiokafka import Consumer

from stream_processors.pacing import TOGETHER_S, PacedConsumer


@pytest.fixture
def asked(monkeypatch):
    """When Faust's own consumer was asked, and what it answers each time."""
    at: list[float] = []
    answers: list[dict] = []

    async def getmany(self, *asked):
        at.append(time.monotonic())
        return answers.pop(0)

    monkeypatch.setattr(Consumer, "_getmany", getmany)
    return at, answers


def ask(times: int) -> None:
    consumer = PacedConsumer.__new__(PacedConsumer)  # a whole one needs an app and a broker

    async def asking() -> None:
        for _ in range(times):
            await consumer._getmany(None, 1.0)

    asyncio.run(asking())


def test_what_comes_soon_after_a_record_is_taken_together(asked):
    at, answers = asked
    answers += [{"tp": ["record"]}, {}]
    ask(2)
    assert at[1] - at[0] >= TOGETHER_S


def test_the_first_record_after_a_pause_waits_for_nothing(asked):
    at, answers = asked
    answers += [{}] * 50
    ask(50)
    assert at[-1] - at[0] < 50 * TOGETHER_S
