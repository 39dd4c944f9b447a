"""Looks at the worker every few seconds, and ends it when it does not get on although it could.

The supervisor starts it again, and Kafka gives its partitions to whoever gets on. Deliberately not a restart of
the part that hangs: what hangs is not known.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import asyncpg

from stream_processors.seen import metrics
from stream_processors.seen.backlog import Backlog, BacklogReader, BrokerAway
from stream_processors.seen.health import BROKER, DATABASE, Health
from stream_processors.seen.watch import Looked, Place, Watch
from stream_processors.stopping import ends_if_told_to_stop
from stream_processors.world import database_is_away

log = logging.getLogger(__name__)

EVERY_S = 5.0
STUCK_AFTER_S = 120.0


@dataclass
class Watching:
    database_url: str
    reader: BacklogReader
    health: Health
    held: Callable[[], Iterable[Place]]
    """The partitions that the worker holds now."""
    turns: Callable[[], int]
    stuck_after_s: float = STUCK_AFTER_S
    every_s: float = EVERY_S
    _watch: Watch = field(default_factory=Watch)

    async def run(self) -> None:
        """For ever; or ends the process."""
        while True:
            await self.look()
            if self.health.stuck_for_s >= self.stuck_after_s:
                self._end()
            ends_if_told_to_stop()  # what was ended in the middle of a question looks like a world that is away
            await asyncio.sleep(self.every_s)

    async def look(self) -> None:
        held = sorted(self.held())
        backlog = await self._backlog(held)
        database = await self._database_answers()
        self.health.found(BROKER, away=backlog is None)
        self.health.found(DATABASE, away=not database)
        known = backlog or Backlog({}, {}, None)
        looked = Looked(
            at_s=time.monotonic(),
            lag=known.lag,
            acknowledged=known.acknowledged,
            turns=self.turns(),
            world_is_there=backlog is not None and database,
        )
        self.health.stuck_for_s = self._watch.stuck_for_s(looked)
        self.health.live = self.health.stuck_for_s < self.stuck_after_s
        if backlog is not None:
            self.health.backlog = sum(backlog.lag.values())
            _tell(held, backlog)

    async def _backlog(self, held: Iterable[Place]) -> Backlog | None:
        try:
            return await self.reader.read(held)
        except BrokerAway:
            return None

    async def _database_answers(self) -> bool:
        """On a connection of its own: those of the pool may be what hangs."""
        try:
            connection = await asyncpg.connect(self.database_url, timeout=5)
            try:
                await connection.fetchval("SELECT 1", timeout=5)
            finally:
                connection.terminate()
        except Exception as exc:
            if not database_is_away(exc):
                raise
            return False
        return True

    def _end(self) -> None:
        log.critical(
            "no progress while there is a backlog: stopping",
            extra={"stuck_for_s": round(self.health.stuck_for_s), "backlog": self.health.backlog},
        )
        logging.shutdown()
        os._exit(os.EX_SOFTWARE)


def _tell(held: list[Place], backlog: Backlog) -> None:
    metrics.PARTITIONS.set(len(held))
    by_topic: dict[str, int] = {}
    for (topic, _), lag in backlog.lag.items():
        by_topic[topic] = by_topic.get(topic, 0) + lag
    for topic, lag in by_topic.items():
        metrics.BACKLOG.labels(topic).set(lag)
    oldest = backlog.oldest_crossing_at_ms
    metrics.OLDEST_UNJUDGED.set(0.0 if oldest is None else max(0.0, time.time() - oldest / 1000))
