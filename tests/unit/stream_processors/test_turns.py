"""Many together or one alone: what ends the process while one is tried alone is that one's own doing."""

import asyncio

import pytest

from stream_processors.turns import Turns


class ABug(Exception):
    pass


async def settled():
    for _ in range(10):
        await asyncio.sleep(0)


class Working:
    """A piece of work that goes on until it is let go."""

    def __init__(self, turn):
        self.at_work, self._let_go = False, asyncio.Event()
        self._task = asyncio.create_task(self._work(turn))

    async def _work(self, turn):
        async with turn:
            self.at_work = True
            await self._let_go.wait()
            self.at_work = False

    async def end(self):
        self._let_go.set()
        await self._task


async def test_two_work_together():
    turns = Turns()
    one, other = Working(turns.together()), Working(turns.together())
    await settled()
    assert one.at_work
    assert other.at_work
    await one.end()
    await other.end()


async def test_whoever_is_alone_waits_for_all_and_nobody_joins():
    turns = Turns()
    before = Working(turns.together())
    await settled()
    alone, after, next_alone = Working(turns.alone()), Working(turns.together()), Working(turns.alone())
    await settled()
    assert (before.at_work, alone.at_work, after.at_work, next_alone.at_work) == (True, False, False, False)
    await before.end()
    await settled()
    assert (alone.at_work, after.at_work, next_alone.at_work) == (True, False, False)
    await alone.end()
    await settled()
    assert (next_alone.at_work, after.at_work) == (True, False)
    await next_alone.end()
    await settled()
    assert after.at_work
    await after.end()


async def test_an_alone_turn_that_was_given_up_or_failed_holds_up_nobody():
    turns = Turns()
    before = Working(turns.together())
    await settled()
    waiting = asyncio.create_task(turns.alone().__aenter__())
    await settled()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    beside = Working(turns.together())
    await settled()
    assert beside.at_work
    await before.end()
    await beside.end()

    async def fails():
        async with turns.alone():
            raise ABug

    with pytest.raises(ABug):
        await fails()
    last = Working(turns.alone())
    await settled()
    assert last.at_work
    await last.end()
