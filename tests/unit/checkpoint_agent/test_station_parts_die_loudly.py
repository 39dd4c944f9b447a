"""A part of the station that ends by itself must not end silently."""

import asyncio

import pytest

from checkpoint_agent.station import _until_told_to_stop


async def cancelled_by_nobody():
    raise asyncio.CancelledError


async def test_a_cancellation_that_nobody_asked_for_ends_the_station_loudly():
    with pytest.raises(RuntimeError, match="cancelled by nobody"):
        await _until_told_to_stop(cancelled_by_nobody())


async def test_a_station_that_is_told_to_stop_stops_quietly():
    task = asyncio.create_task(_until_told_to_stop(asyncio.sleep(60)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
