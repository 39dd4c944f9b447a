"""How soon the broker is asked again."""

import asyncio

import pytest
from faust.transport.drivers.aiokafka import Consumer

from stream_processors import pacing
from stream_processors.pacing import TOGETHER_S, PacedConsumer


class Time:
    """Stands still but for what is slept."""

    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now

    async def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def asked(monkeypatch):
    """When Faust's own consumer was asked, after the first time, with these answers."""

    def ask(*answers, answered_after_s=0.0):
        time, at, left = Time(), [], list(answers)

        async def getmany(self, *asked):
            at.append(time.now)
            time.now += answered_after_s
            return left.pop(0)

        async def asking():
            consumer = PacedConsumer.__new__(PacedConsumer)  # a whole one needs an app and a broker
            for _ in answers:
                await consumer._getmany(None, 1.0)

        with monkeypatch.context() as patched:
            patched.setattr(Consumer, "_getmany", getmany)
            patched.setattr(pacing, "time", time)
            patched.setattr(pacing, "asyncio", time)
            asyncio.run(asking())
        return [one - at[0] for one in at[1:]]

    return ask


def test_what_comes_soon_after_a_record_is_taken_together(asked):
    assert asked({"tp": ["record"]}, {}) == [pytest.approx(TOGETHER_S)]


def test_the_first_record_after_a_pause_waits_for_nothing(asked):
    assert asked({}, {}, {}) == [0.0, 0.0]
    assert asked({"tp": ["record"]}, {}, {}, answered_after_s=1.0) == [
        pytest.approx(1.0 + TOGETHER_S),
        pytest.approx(2.0 + TOGETHER_S),
    ]
