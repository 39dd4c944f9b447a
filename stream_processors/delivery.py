"""How records come from the broker to an agent: asked for every 5 ms at most, and handed over in bunches.

Faust asks anew after each record that came, about every partition: where two hundred records come, 150 times a
second. What waits a moment comes together, and makes fewer and fuller batches: in each of four pairs of runs in
turn, at 50 and 100 crossings a second, the median verdict was at its station 4 to 23 % sooner. That is within the
noise of this machine, the 99th percentile went either way, and 15 ms were no better than 5.

It then hands over one record after the other, and each takes four tasks (so that a rebalance may end the wait for
a full queue), a turn of the loop and three sensors. Here a bunch is one, and comes in the order of arrival.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from aiokafka.errors import IllegalStateError
from faust.transport.drivers.aiokafka import Consumer, Transport
from faust.types import TP, EventT, Message, StreamT

from stream_processors.arrival import InOrderOfArrival

log = logging.getLogger(__name__)

TOGETHER_S = 0.005
"""What comes within this of a record that was taken is taken with the next one. The first after a pause waits for
nothing."""
ENOUGH = 1000
"""Of a partition, or before an agent: no more is fetched of it, or handed over to it."""
A_FEW = 100
"""Handed over at one go; and what a partition may have more and is not waited for: on a quiet day none is."""
TIME_FOR_AGENTS_S = 0.02
PATIENCE_S = 1.0
"""How long the others wait for a partition that has more and does not give it."""


@dataclass
class Line:
    """Topics whose records are handed over in one order. One line waits for no other."""

    topics: frozenset[str]
    waiting: InOrderOfArrival[TP, Any] = field(default_factory=InOrderOfArrival)
    waits_since: float | None = None


class BunchConsumer(Consumer):
    _next_at = 0.0

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._lines: dict[str, Line] = {}
        self._fetched: dict[TP, int] = {}
        """The last offset that came of each partition."""
        self._in_vain: set[TP] = set()
        """Waited for, and did not come."""
        self._generation: object = None
        """Of the group, when they came."""

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Any:  # noqa: ASYNC109
        """Nothing is fetched meanwhile: aiokafka asks for more once what it has is taken."""
        await asyncio.sleep(max(0.0, self._next_at - time.monotonic()))
        wanted = {tp for tp in active_partitions or () if self._held_of(tp) < ENOUGH}
        if not wanted:
            await asyncio.sleep(TOGETHER_S)
            return {}
        records = await super()._getmany(active_partitions=wanted, timeout=timeout)
        if records:
            self._next_at = time.monotonic() + TOGETHER_S
        return records

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Message]]:  # noqa: ASYNC109  Faust's name
        """Hands over all that came, and leaves nothing that Faust would hand over."""
        some_wait = any(line.waiting for line in self._lines.values())
        records, _ = await self._wait_next_records(TOGETHER_S if some_wait else timeout)
        if not self.should_stop:
            if self.flow_active:
                await self._hand_over(records or {})
            else:
                self._forget()
                await self._read_again()
        nothing: tuple[tuple[TP, Message], ...] = ()
        for one in nothing:
            yield one

    async def _hand_over(self, records: Mapping[TP, Sequence[Any]]) -> None:
        if self._generation != self.app.consumer_generation_id:
            self._forget()
            self._generation = self.app.consumer_generation_id
        self._note(records)
        waiting = [line for line in {id(line): line for line in self._lines.values()}.values() if line.waiting]
        having_room = [line for line in waiting if not self._agents_have_enough(line)]
        for line in having_room:
            if not self._waits_for_any(line):
                await self._hand_over_of(line)
        if waiting and not having_room:
            await asyncio.sleep(TIME_FOR_AGENTS_S)

    async def _hand_over_of(self, line: Line) -> None:
        """Up to where a rebalance begins. From the committed offset on, all is read again by whoever has it."""
        for number, (tp, record) in enumerate(line.waiting.next_ones(self._is_behind), start=1):
            if not self.flow_active or self._generation != self.app.consumer_generation_id:
                return self._forget()
            if await self._is_next(tp, record.offset):
                # Before it waits for room: a rebalance meanwhile sets it anew, and that is what counts.
                self._read_offset[tp] = record.offset
                await self.callback(self._to_message(tp, record))
            if number % A_FEW == 0:
                await asyncio.sleep(0)
                if self._agents_have_enough(line):
                    return

    def _note(self, records: Mapping[TP, Sequence[Any]]) -> None:
        for tp, found in records.items():
            if not self._is_ours(tp):
                continue
            line = self._line_of(tp.topic)
            if found[0].offset <= self._fetched.get(tp, -1):  # sought anew: what came before will come again
                line.waiting.drop(tp)
            self._fetched[tp] = found[-1].offset
            self._in_vain.discard(tp)
            line.waiting.add({tp: found})

    def _line_of(self, topic: str) -> Line:
        if topic not in self._lines:
            topics = next((one for one in self._one_order() if topic in one), frozenset({topic}))
            self._lines.update(dict.fromkeys(topics, Line(topics)))
        return self._lines[topic]

    def _one_order(self) -> tuple[frozenset[str], ...]:
        return cast(BunchTransport, self.transport).one_order

    def _held_of(self, tp: TP) -> int:
        line = self._lines.get(tp.topic)
        return line.waiting.held_of(tp) if line else 0

    def _agents_have_enough(self, line: Line) -> bool:
        return any(
            channel.queue.qsize() >= ENOUGH
            for channel in self.app.topics
            if not line.topics.isdisjoint(channel.topics)
        )

    def _forget(self) -> None:
        self._lines.clear()
        self._fetched.clear()

    def _waits_for_any(self, line: Line) -> bool:
        """Whether a partition has more that is not here yet, and may be the earliest of all.

        Not for long: where its part of the broker is away, the others go on without it.
        """
        behind = [
            tp
            for tp in self._fetched
            if tp.topic in line.topics and not line.waiting.held_of(tp) and self._is_behind(tp)
        ]
        now = time.monotonic()
        line.waits_since = (line.waits_since or now) if behind else None
        if line.waits_since is None or now - line.waits_since <= PATIENCE_S:
            return bool(behind)
        self._in_vain.update(behind)
        line.waits_since = None
        return False

    def _is_behind(self, tp: TP) -> bool:
        last = self._fetched.get(tp)
        if last is None or tp in self._in_vain or not self._is_ours(tp):
            return False
        try:
            highwater = self.highwater(tp)
        except IllegalStateError:  # the thread of the consumer knows of a rebalance already, and we do not yet
            return False
        return highwater is not None and highwater - last > A_FEW

    def _is_ours(self, tp: TP) -> bool:
        return tp in self._get_active_partitions() or tp in self._buffered_partitions

    async def _is_next(self, tp: TP, offset: int) -> bool:
        """Not one that was handed over. Offsets that the broker left out are no hole in what is acknowledged."""
        read = self._read_offset[tp]
        if read is not None and offset < read:
            return False
        if read and offset > read + 1 and self.app.topics.acks_enabled_for(tp.topic):
            await self._add_gap(tp, read + 1, offset - 1)
        return True

    async def _read_again(self) -> None:
        """From the committed offsets: what came now came in the middle of a rebalance."""
        try:
            await self.perform_seek()
        except Exception as exc:  # as Faust does: the rebalance that is under way seeks once more
            error = {"error": type(exc).__name__}
            log.warning("what came in a rebalance was not sought anew yet", extra=error)


class BunchTransport(Transport):
    Consumer = BunchConsumer
    one_order: tuple[frozenset[str], ...] = ()
    """Topics that have one order of arrival; each that is in none has one by itself."""


class Bunches:
    """Events of a stream that does not acknowledge by itself: those that wait, and at least one."""

    def __init__(self, stream: StreamT[Any]) -> None:
        self._app = stream.app
        self._queue = stream.channel.queue  # type: ignore[attr-defined]
        self._one_by_one = aiter(stream.events())

    async def some(self, most: int) -> list[EventT[Any]]:
        """The first as Faust gives it, the others as they lie in its queue. Nothing when the stream has ended."""
        first = await anext(self._one_by_one, None)
        if first is None:
            return []
        found = [first]
        while len(found) < most and not self._queue.empty():
            event = self._queue.get_nowait()
            if not self.comes_again(event):
                self._tracked(event.message)
                found.append(event)
        return found

    def comes_again(self, event: EventT[Any]) -> bool:
        """Of before a rebalance, after which it is read again by whoever has its partition."""
        of_now = event.message.generation_id == self._app.consumer_generation_id
        return not (of_now and self._app.flow_control.is_active())

    def _tracked(self, message: Message) -> None:
        """As by a stream: waited for when the app stops, and seen by what looks for a stream that stands still."""
        message.tracked = True
        self._app.consumer.unacked.add(message)
        self._app.monitor.stream_inbound_time[message.tp] = time.monotonic()
