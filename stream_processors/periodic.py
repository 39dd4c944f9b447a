"""What is done every few seconds: ask for missing numbers, send what was held, say that we are alive."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, field
from pathlib import Path

from schemas.events.operations import SendAgain
from schemas.ids import derived_id
from schemas.topics import STATION_REQUESTS
from stream_processors.clock import Clock
from stream_processors.database import chain, statements
from stream_processors.database.pool import Pool
from stream_processors.database.statements import Output
from stream_processors.outputs.making import output
from stream_processors.outputs.sending import Sender
from stream_processors.seen import metrics
from stream_processors.world import in_place

log = logging.getLogger(__name__)

EVERY_S = 3.0
PATIENCE_S = 20
"""A gap this young is most often a record of another topic that is still on its way."""
MOST_TIMES = 5
"""Asked at 20 s, then after twice as long each time; then it is only shown."""
STUCK_AFTER_S = 120.0


@dataclass
class Progress:
    """Whether work gets on: what a supervisor reads from the age of the ready file."""

    busy_since: float | None = None

    def begin(self) -> None:
        self.busy_since = time.monotonic()

    def end(self, records: int = 0) -> None:
        """``records`` are acknowledged."""
        if self.busy_since is not None:
            metrics.BATCH_SECONDS.observe(time.monotonic() - self.busy_since)
        metrics.RECORDS.inc(records)
        self.busy_since = None

    @property
    def stuck(self) -> bool:
        return self.busy_since is not None and time.monotonic() - self.busy_since > STUCK_AFTER_S


@dataclass
class Rounds:
    pool: Pool
    sender: Sender
    clock: Clock
    ready_file: Path | None
    progress: tuple[Progress, ...] = field(default=())

    async def run(self) -> None:
        while True:
            self.say_alive()
            await self.ask_for_missing()
            await self.send_held()
            await asyncio.sleep(EVERY_S)

    def say_alive(self) -> None:
        if self.ready_file is None:
            return
        if any(one.stuck for one in self.progress):
            log.error("a batch does not get on")
            return
        self.ready_file.touch()

    async def ask_for_missing(self) -> None:
        """Each gap a few times, then never again. Several workers: whoever marks it asks."""
        due = await in_place("missing numbers", self._due)
        if due:
            log.warning("numbers of stations are missing and asked for", extra={"gaps": len(due)})
            await self.sender.send([_request(one, self.clock) for one in due])

    async def _due(self) -> list[chain.Missing]:
        async with self.pool.acquire() as connection:
            return await chain.to_ask_for(
                connection, at=self.clock.now(), patience_s=PATIENCE_S, most_times=MOST_TIMES
            )

    async def send_held(self) -> None:
        """What waited for its topic, oldest first."""
        waiting = await in_place("held outputs", self._held)
        if not waiting:
            return
        unsent = {one.output_id for one in (await self.sender.send(waiting)).no_topic}
        gone = [one for one in waiting if one.output_id not in unsent]
        if gone:
            await in_place("held outputs", lambda: self._release(gone))

    async def _held(self) -> list[Output]:
        async with self.pool.acquire() as connection:
            return await statements.held(connection)

    async def _release(self, outputs: list[Output]) -> None:
        async with self.pool.acquire() as connection:
            await statements.release(connection, outputs)


def _request(gap: chain.Missing, clock: Clock) -> Output:
    id_ = derived_id("send-again", gap.station_id, gap.enrolment, gap.first, gap.last, gap.times_asked)
    event = SendAgain(
        event_id=id_,
        occurred_at=clock.now(),
        station_id=gap.station_id,
        enrolment=gap.enrolment,
        numbers=((gap.first, gap.last),),
    )
    made = output(STATION_REQUESTS, event, cause=id_, id_=id_)
    return Output(**{**vars(made), "topic": STATION_REQUESTS.name_for(gap.post_id)})
