"""How soon the broker is asked again, and what of its answers is handed over when."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from faust.transport.drivers.aiokafka import Consumer
from faust.types import TP

from schemas.topics import LOG_APPEND_TIME
from stream_processors import delivery
from stream_processors.delivery import A_FEW, ENOUGH, PATIENCE_S, TOGETHER_S, BunchConsumer, Bunches

CROSSINGS, DECISIONS = TP("crossings.v1", 0), TP("decisions.v1", 0)
NOTICES, COMMANDS = TP("notices.v1", 0), TP("commands.v1", 0)


class Time:
    """Stands still but for what is slept."""

    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now

    async def sleep(self, seconds):
        self.now += seconds


@dataclass(frozen=True)
class Record:
    offset: int
    timestamp: int
    timestamp_type: int = LOG_APPEND_TIME


class Alone(BunchConsumer):
    """Without an app and a broker. Its agents note what they are handed."""

    def __init__(self):
        self._lines, self._fetched, self._in_vain, self._generation = {}, {}, set(), None
        self._read_offset, self._buffered_partitions, self.flow_active = defaultdict(lambda: None), set(), True
        self.queue, self.handed, self.ends, self.gaps = asyncio.Queue(), [], {}, []
        self.notices = asyncio.Queue()
        channels = [
            SimpleNamespace(queue=self.queue, topics=[CROSSINGS.topic, DECISIONS.topic, COMMANDS.topic]),
            SimpleNamespace(queue=self.notices, topics=[NOTICES.topic]),
        ]
        one_order = (frozenset({CROSSINGS.topic, DECISIONS.topic}), frozenset({NOTICES.topic}))
        self.app = SimpleNamespace(consumer_generation_id=1, topics=Topics(channels))
        self.transport = SimpleNamespace(one_order=one_order)

    def highwater(self, tp):
        return self.ends.get(tp)

    def _get_active_partitions(self):
        return {CROSSINGS, DECISIONS, NOTICES, COMMANDS}

    def _to_message(self, tp, record):
        return tp, record.offset

    async def _add_gap(self, tp, first, last):
        self.gaps.append((first, last))

    async def callback(self, message):
        self.handed.append(message)


class Topics(list):
    def acks_enabled_for(self, topic):
        return True


@pytest.fixture
def time(monkeypatch):
    time = Time()
    monkeypatch.setattr(delivery, "time", time)
    monkeypatch.setattr(delivery, "asyncio", time)
    return time


@pytest.fixture
def asked(monkeypatch):
    """When Faust's own consumer was asked, after the first time, with these answers."""

    def ask(*answers, answered_after_s=0.0):
        time, at, left = Time(), [], list(answers)

        async def getmany(self, **asked):
            at.append(time.now)
            time.now += answered_after_s
            return left.pop(0)

        async def asking():
            consumer = Alone()
            for _ in answers:
                await consumer._getmany({CROSSINGS}, 1.0)

        with monkeypatch.context() as patched:
            patched.setattr(Consumer, "_getmany", getmany)
            patched.setattr(delivery, "time", time)
            patched.setattr(delivery, "asyncio", time)
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


async def test_of_a_partition_that_holds_enough_no_more_is_fetched(monkeypatch, time):
    asked = []

    async def getmany(self, **how):
        asked.append(how["active_partitions"])
        return {}

    monkeypatch.setattr(Consumer, "_getmany", getmany)
    consumer = Alone()
    consumer._note({DECISIONS: [Record(n, n) for n in range(ENOUGH)]})
    await consumer._getmany({CROSSINGS, DECISIONS}, 1.0)
    await consumer._getmany({DECISIONS}, 1.0)
    assert asked == [{CROSSINGS}]


async def test_a_backlog_comes_in_the_order_of_its_arrival(time):
    consumer = Alone()
    await consumer._hand_over(
        {CROSSINGS: [Record(0, 10), Record(1, 30)], DECISIONS: [Record(0, 20), Record(1, 40)]}
    )
    assert consumer.handed == [(CROSSINGS, 0), (DECISIONS, 0), (CROSSINGS, 1), (DECISIONS, 1)]


async def test_a_partition_that_has_more_is_waited_for_but_not_for_long(time):
    consumer = Alone()
    consumer.ends = {CROSSINGS: 2 + A_FEW, DECISIONS: 2}
    await consumer._hand_over({CROSSINGS: [Record(0, 10)], DECISIONS: [Record(0, 20), Record(1, 40)]})
    assert consumer.handed == [(CROSSINGS, 0)]
    await consumer._hand_over({})
    assert consumer.handed == [(CROSSINGS, 0)]
    time.now += PATIENCE_S * 1.1
    await consumer._hand_over({})
    assert consumer.handed == [(CROSSINGS, 0), (DECISIONS, 0), (DECISIONS, 1)]
    await consumer._hand_over({CROSSINGS: [Record(1, 30)]})
    assert consumer.handed[-1] == (CROSSINGS, 1)


async def test_for_a_few_more_nobody_waits(time):
    consumer = Alone()
    consumer.ends = {CROSSINGS: A_FEW, DECISIONS: 1}
    await consumer._hand_over({CROSSINGS: [Record(0, 10)], DECISIONS: [Record(0, 20)]})
    assert consumer.handed == [(CROSSINGS, 0), (DECISIONS, 0)]


async def test_agents_that_have_enough_are_handed_no_more(time):
    consumer = Alone()
    for n in range(ENOUGH):
        consumer.queue.put_nowait(n)
    await consumer._hand_over({CROSSINGS: [Record(0, 10)]})
    assert consumer.handed == []
    consumer.queue.get_nowait()
    await consumer._hand_over({})
    assert consumer.handed == [(CROSSINGS, 0)]


async def test_a_rebalance_in_the_middle_leaves_the_rest_to_be_read_again(time):
    consumer = Alone()

    async def rebalanced(message):
        consumer.handed.append(message)
        consumer.app.consumer_generation_id += 1
        consumer._read_offset[CROSSINGS] = None  # sought anew

    consumer.callback = rebalanced
    await consumer._hand_over({CROSSINGS: [Record(5, 10), Record(6, 20)]})
    assert consumer.handed == [(CROSSINGS, 5)]
    assert consumer._held_of(CROSSINGS) == 0
    assert consumer._read_offset[CROSSINGS] is None
    await consumer._hand_over({CROSSINGS: [Record(5, 10)]})
    assert consumer.handed == [(CROSSINGS, 5), (CROSSINGS, 5)]


@pytest.mark.parametrize("generation", [1, 2])
async def test_what_is_sought_anew_comes_from_where_it_was_sought(time, generation):
    consumer = Alone()
    consumer.ends = {CROSSINGS: 9 + A_FEW, DECISIONS: 9 + A_FEW}
    await consumer._hand_over({DECISIONS: [Record(0, 5)], CROSSINGS: [Record(6, 10), Record(7, 20)]})
    assert consumer.handed == [(DECISIONS, 0)]
    consumer.app.consumer_generation_id = generation
    consumer.ends, consumer.handed = {}, []
    await consumer._hand_over({CROSSINGS: [Record(n, n) for n in (4, 5, 6, 7, 8)]})
    assert consumer.handed == [(CROSSINGS, n) for n in (4, 5, 6, 7, 8)]


async def test_what_was_handed_over_is_not_again_and_what_the_broker_left_out_is_no_hole(time):
    consumer = Alone()
    consumer._read_offset[CROSSINGS] = 5
    await consumer._hand_over({CROSSINGS: [Record(4, 10), Record(6, 20), Record(9, 30)]})
    assert consumer.handed == [(CROSSINGS, 6), (CROSSINGS, 9)]
    assert consumer.gaps == [(7, 8)]


async def test_a_partition_that_is_no_longer_ours_is_not_handed_over(time):
    consumer = Alone()
    consumer._get_active_partitions = lambda: {DECISIONS}
    await consumer._hand_over({CROSSINGS: [Record(0, 10)], DECISIONS: [Record(0, 20)]})
    assert consumer.handed == [(DECISIONS, 0)]


async def test_neither_a_notice_nor_a_command_waits_behind_a_backlog_of_facts(time):
    consumer = Alone()
    consumer.ends = {CROSSINGS: 9 + A_FEW}
    facts = {CROSSINGS: [Record(0, 10)], DECISIONS: [Record(0, 20)]}
    await consumer._hand_over({**facts, NOTICES: [Record(0, 30)], COMMANDS: [Record(0, 40)]})
    assert consumer.handed == [(CROSSINGS, 0), (NOTICES, 0), (COMMANDS, 0)]
    for n in range(ENOUGH):
        consumer.queue.put_nowait(n)
    await consumer._hand_over({NOTICES: [Record(1, 50)]})
    assert consumer.handed[3:] == [(NOTICES, 1)]


class Stream:
    """Gives events one by one as Faust's does, and lets the others lie in its queue."""

    def __init__(self, *events):
        self.queue = asyncio.Queue()
        for event in events:
            self.queue.put_nowait(event)
        self.channel = SimpleNamespace(queue=self.queue)
        self.app = SimpleNamespace(
            consumer_generation_id=2,
            flow_control=SimpleNamespace(is_active=lambda: True),
            consumer=SimpleNamespace(unacked=set()),
            monitor=SimpleNamespace(stream_inbound_time={}),
        )

    async def events(self):
        while not self.queue.empty():
            yield self.queue.get_nowait()


class AMessage:
    def __init__(self, offset, generation_id=2):
        self.offset, self.generation_id, self.tp, self.tracked = offset, generation_id, CROSSINGS, False


def events(*offsets, generation_id=2):
    return [SimpleNamespace(message=AMessage(offset, generation_id)) for offset in offsets]


def offsets(found):
    return [event.message.offset for event in found]


async def test_a_bunch_is_what_waits_and_no_more_than_is_wanted():
    bunches = Bunches(Stream(*events(0, 1, 2, 3)))
    assert offsets(await bunches.some(3)) == [0, 1, 2]
    assert offsets(await bunches.some(3)) == [3]
    assert await bunches.some(3) == []


async def test_of_a_bunch_all_is_tracked_that_the_stream_did_not_track_itself():
    stream = Stream(*events(0, 1, 2))
    found = await Bunches(stream).some(9)
    assert stream.app.consumer.unacked == {event.message for event in found[1:]}
    assert all(event.message.tracked for event in found[1:])


async def test_what_came_before_a_rebalance_is_in_no_bunch():
    stream = Stream(*events(0), *events(1, generation_id=1), *events(2))
    assert offsets(await Bunches(stream).some(9)) == [0, 2]
    stream = Stream(*events(0, 1))
    stream.app.flow_control.is_active = lambda: False
    assert offsets(await Bunches(stream).some(9)) == [0]
