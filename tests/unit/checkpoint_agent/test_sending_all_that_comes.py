"""The outbox is read until it is empty, and then again only when something rang."""

import asyncio

import pytest

from checkpoint_agent.outbox.records import Waiting
from checkpoint_agent.publishing.bell import Bell
from checkpoint_agent.publishing.publisher import AT_ONCE, send_all_that_comes
from checkpoint_agent.publishing.reach import Reach


class Records:
    """An outbox; ``reads`` are how many records each look at it found."""

    def __init__(self, waiting):
        self.waiting, self.reads = waiting, []

    def oldest(self, limit):
        found = [Waiting(1, n, "crossings.v1", b"", b"", []) for n in range(min(limit, self.waiting))]
        self.reads.append(len(found))
        return found

    def mark_sent(self, records):
        self.waiting -= len(list(records))


class Producer:
    def __init__(self, on_send=lambda: None):
        self._on_send = on_send

    async def send(self, *args, **kwargs):
        self._on_send()
        done = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done


async def reads(outbox, bell, producer, *, until):
    sending = asyncio.create_task(send_all_that_comes(outbox, producer, bell, Reach()))
    async with asyncio.timeout(20):
        while len(outbox.reads) < until or outbox.waiting:  # noqa: ASYNC110  it is looked at from a thread
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    return outbox.reads


@pytest.mark.parametrize(
    ("waiting", "expected"),
    [
        (0, [0]),
        (1, [1]),
        (AT_ONCE - 1, [AT_ONCE - 1]),
        (AT_ONCE, [AT_ONCE, 0]),
        (2 * AT_ONCE + 50, [AT_ONCE, AT_ONCE, 50]),  # a day without the network
    ],
)
async def test_it_is_read_again_only_after_a_full_read(waiting, expected):
    assert await reads(Records(waiting), Bell(), Producer(), until=len(expected)) == expected


async def test_what_is_written_while_others_are_sent_is_sent_at_once():
    bell, outbox = Bell(), Records(1)

    def one_more():
        if len(outbox.reads) == 1:
            outbox.waiting += 1
            bell.ring()

    assert await reads(outbox, bell, Producer(one_more), until=2) == [1, 1]
