"""What is gathered is worked through in order, acknowledged last, and only a full batch is prepared ahead."""

import asyncio

import pytest

from stream_processors.gathering import AT_ONCE, Gatherer, work_through

MOST = 3


class Source:
    """Gives its records at once; ``given`` says how many were asked for. Ends when told to."""

    def __init__(self, count, *, ends=True, fails=None):
        self.count, self.ends, self.fails = count, ends, fails
        self.given = 0
        self.lost = set()

    async def some(self, most):
        found = list(range(self.given, min(self.given + most, self.count)))
        self.given += len(found)
        if found:
            return found
        if self.fails:
            raise self.fails
        if not self.ends:
            await asyncio.Event().wait()
        return []

    def comes_again(self, event):
        return event in self.lost


class Work:
    """Notes what is done when; a batch is finished once its gate is open."""

    def __init__(self, *, fails_at=None, careful=False, open_gates=True):
        self.log = []
        self.fails_at, self.careful = fails_at, careful
        self.gate = asyncio.Event()
        if open_gates:
            self.gate.set()

    async def open(self, events):
        self.log.append(("opened", tuple(events)))
        await asyncio.sleep(0)
        return tuple(events)

    def may_be_overtaken(self, opened):
        return not self.careful

    async def store(self, opened):
        await asyncio.sleep(0)
        self.log.append(("stored", opened))
        return opened

    async def finish(self, stored):
        self.log.append(("began", stored))
        await self.gate.wait()
        for _ in range(5):
            await asyncio.sleep(0)
        if self.fails_at in stored:
            raise RuntimeError("a bug")
        self.log.append(("finished", stored))

    async def acknowledge(self, events):
        self.log.append(("acknowledged", tuple(events)))

    def of(self, what):
        return [batch for step, batch in self.log if step == what]


async def worked(work, source):
    await work_through(Gatherer(source, most=MOST), work, work.acknowledge)


async def settle():
    for _ in range(30):
        await asyncio.sleep(0)


@pytest.mark.parametrize("careful", [False, True])
async def test_every_record_is_finished_and_then_acknowledged_once_and_in_order(careful):
    work = Work(careful=careful)
    await worked(work, Source(20))
    assert [number for batch in work.of("acknowledged") for number in batch] == list(range(20))
    for batch in work.of("acknowledged"):
        assert work.log.index(("finished", batch)) < work.log.index(("acknowledged", batch))


@pytest.mark.parametrize("step", ["opened", "stored", "began"])
async def test_every_step_takes_the_batches_in_their_order(step):
    work = Work()
    await worked(work, Source(20))
    assert work.of(step) == work.of("acknowledged")


async def test_a_full_batch_is_begun_while_others_are_at_work_and_less_is_not():
    work = Work(open_gates=False)
    running = asyncio.create_task(worked(work, Source(MOST + MOST, ends=False)))
    await settle()
    assert work.of("began") == [(0, 1, 2)]
    assert work.of("stored") == [(0, 1, 2), (3, 4, 5)]
    running.cancel()

    work = Work(open_gates=False)
    running = asyncio.create_task(worked(work, Source(MOST + MOST - 1, ends=False)))
    await settle()
    assert work.of("opened") == [(0, 1, 2)]
    work.gate.set()
    await settle()
    assert work.of("acknowledged") == [(0, 1, 2), (3, 4)]
    running.cancel()


async def test_a_batch_that_ended_the_process_before_is_at_work_by_itself():
    work = Work(open_gates=False, careful=True)
    running = asyncio.create_task(worked(work, Source(MOST + MOST, ends=False)))
    await settle()
    assert work.of("opened") == [(0, 1, 2)]
    running.cancel()


async def test_behind_a_bug_nothing_is_acknowledged_though_the_next_batch_is_stored():
    work = Work(fails_at=4)
    with pytest.raises(RuntimeError, match="a bug"):
        await worked(work, Source(12))
    assert work.of("acknowledged") == [(0, 1, 2)]


async def test_no_more_is_taken_from_the_source_than_one_batch_waiting():
    work, source = Work(open_gates=False), Source(1000, ends=False)
    running = asyncio.create_task(worked(work, source))
    await settle()
    assert len(work.of("began")) == 1
    assert len(work.of("opened")) == AT_ONCE
    assert source.given == (AT_ONCE + 1) * MOST
    running.cancel()


async def test_a_stop_in_mid_batch_acknowledges_nothing_and_ends_what_is_at_work():
    work = Work(open_gates=False)
    running = asyncio.create_task(worked(work, Source(MOST, ends=False)))
    await settle()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    work.gate.set()
    await settle()
    assert work.of("began") == [(0, 1, 2)]
    assert work.of("finished") == []
    assert work.of("acknowledged") == []


async def test_what_the_source_raises_is_raised_when_what_came_before_is_done():
    work = Work()
    with pytest.raises(ValueError, match="the broker"):
        await worked(work, Source(2, fails=ValueError("the broker")))
    assert work.of("acknowledged") == [(0, 1)]


async def test_less_than_a_batch_is_not_waited_with():
    work = Work()
    running = asyncio.create_task(worked(work, Source(1, ends=False)))
    await settle()
    assert work.of("acknowledged") == [(0,)]
    running.cancel()


async def test_what_comes_again_is_let_go_of_before_the_next_step_and_what_is_new_goes_on():
    work, source = Work(open_gates=False), Source(4 * MOST, ends=False)
    running = asyncio.create_task(worked(work, source))
    await settle()
    assert work.of("stored") == [(0, 1, 2), (3, 4, 5), (6, 7, 8)]
    source.lost = set(range(11))  # at work, gathered, and one that is not
    source.count += 2 * MOST
    work.gate.set()
    await settle()
    await settle()
    assert work.of("began") == [(0, 1, 2), (11,), (12, 13, 14), (15, 16, 17)], "what is under way is ended"
    assert [batch for batch in work.of("acknowledged") if batch] == work.of("began")
    assert work.of("acknowledged").count(()) == AT_ONCE - 1
    running.cancel()


async def test_what_comes_again_is_not_stored_when_it_is_opened_and_not_yet_stored():
    work, source = Work(), Source(MOST, ends=False)
    opening, opened = work.open, asyncio.Event()

    async def open_slowly(events):
        await opened.wait()
        return await opening(events)

    work.open = open_slowly
    running = asyncio.create_task(worked(work, source))
    await settle()
    source.lost = {0, 1, 2}
    opened.set()
    await settle()
    assert work.of("opened") == [(0, 1, 2)]
    assert work.of("stored") == []
    running.cancel()


async def test_a_source_that_ends_with_nothing_but_what_comes_again_ends_the_work():
    work, source = Work(), Source(MOST)
    source.lost = {0, 1, 2}
    await worked(work, source)
    assert work.log == []


class Steady:
    """Never ends; a record comes after every so many turns of the loop."""

    def __init__(self, turns):
        self.turns, self.number = turns, 0

    async def some(self, most):
        for _ in range(self.turns if self.number else 0):
            await asyncio.sleep(0)
        self.number += 1
        return [self.number]

    def comes_again(self, event):
        return False


@pytest.mark.parametrize("turns_between", [0, 3, 9])
async def test_it_ends_at_whatever_instant_it_is_stopped(turns_between):
    for instant in range(60):
        work = Work()
        running = asyncio.create_task(worked(work, Steady(turns_between)))
        for _ in range(instant):
            await asyncio.sleep(0)
        running.cancel()
        await settle()
        assert running.cancelled(), f"stopped at turn {instant}, it went on"
