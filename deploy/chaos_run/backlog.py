"""The senders of the simulated stations: the stations' own publisher over records in memory. Gives up nothing."""

import asyncio
import threading
from collections.abc import Iterable
from itertools import islice

from checkpoint_agent.outbox.records import Waiting
from checkpoint_agent.publishing.bell import Bell
from checkpoint_agent.publishing.publisher import a_producer, publish_forever, send_all_that_comes
from checkpoint_agent.publishing.reach import Reach
from deploy.simulator.stream import Record


class Backlog:
    """What was written and is not acknowledged yet, in order, of all stations together."""

    def __init__(self) -> None:
        self._bell = Bell()
        self._lock = threading.Lock()
        self._waiting: dict[int, Waiting] = {}
        self.written = 0
        self.refused = 0

    def add(self, records: Iterable[Record]) -> None:
        with self._lock:
            for record in records:
                self.written += 1
                # The place in this list stands for the number: it is told apart by it, and sent in its order.
                self._waiting[self.written] = Waiting(
                    0, self.written, record.topic, record.key, record.value, record.headers
                )
        self._bell.ring()

    def __len__(self) -> int:
        return len(self._waiting)

    def oldest(self, limit: int) -> list[Waiting]:
        with self._lock:
            return list(islice(self._waiting.values(), limit))

    def mark_sent(self, records: Iterable[Waiting]) -> None:
        with self._lock:
            for record in records:
                self._waiting.pop(record.number, None)

    def refuse(self, record: Waiting, reason: str) -> None:
        self.mark_sent([record])
        self.refused += 1

    async def send_forever(self, bootstrap: str) -> None:
        """Until cancelled."""
        reach = Reach()
        await publish_forever(
            lambda: a_producer(bootstrap),
            (lambda producer: send_all_that_comes(self, producer, self._bell, reach),),
            reach,
        )

    async def until_empty(self, within_s: float) -> bool:
        """False when something still waits after ``within_s``."""
        give_up_at = asyncio.get_running_loop().time() + within_s
        while self._waiting:
            if asyncio.get_running_loop().time() > give_up_at:
                return False
            await asyncio.sleep(0.1)
        return True
