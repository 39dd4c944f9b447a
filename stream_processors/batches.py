"""One batch, from records to sent outputs: count, open, store, judge, send. Then the caller acknowledges."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from stream_processors.database import attempts, statements
from stream_processors.database.pool import Pool
from stream_processors.database.statements import Output
from stream_processors.intake.reasons import Reason
from stream_processors.intake.records import RawRecord
from stream_processors.intake.shell import Intake, Opened, TakenIn
from stream_processors.judging_shell import Judging
from stream_processors.outputs.sending import Sender
from stream_processors.turns import Turns
from stream_processors.world import in_place

log = logging.getLogger(__name__)

MOST_TIMES_ALONE = 2
"""A record that ended the process this often by itself is buried. Once could be a power cut."""


@dataclass(frozen=True)
class OpenedBatch:
    """A batch that was counted and opened; ``opened`` is None where it ended the process before and is to be taken
    record by record."""

    records: Sequence[RawRecord]
    life: int
    opened: Opened | None


@dataclass(frozen=True)
class StoredBatch:
    records: Sequence[RawRecord]
    taken_in: TakenIn | None


@dataclass
class Batches:
    pool: Pool
    intake: Intake
    judging: Judging
    sender: Sender
    turns: Turns = field(default_factory=Turns)
    """Shared by all that works in this process."""

    async def handle(self, records: Sequence[RawRecord]) -> None:
        """Returns when database and broker have everything that follows from ``records``."""
        if records:
            await self.finish(await self.store(await self.open(records)))

    async def open(self, records: Sequence[RawRecord]) -> OpenedBatch:
        """Counted first: opening them may be what ends the process."""
        async with self.turns.together():
            counted = await in_place("attempts", lambda: self._count(records))
            alone = counted.life >= attempts.ONE_BY_ONE
            opened = None if alone else await self.intake.open(records, counted.registry_changes)
            return OpenedBatch(records, counted.life, opened)

    def may_be_overtaken(self, batch: OpenedBatch) -> bool:
        """Not where a process ended: what was at work then is at work by itself now."""
        return batch.life < attempts.CAREFULLY

    async def store(self, batch: OpenedBatch) -> StoredBatch:
        """Another batch may be judged meanwhile, as on another worker: of facts that meet, one judge sees both."""
        if batch.opened is None:
            return StoredBatch(batch.records, None)
        async with self.turns.together():
            return StoredBatch(batch.records, await self.intake.store(batch.opened))

    async def finish(self, batch: StoredBatch) -> None:
        """Returns when database and broker have everything that follows from it."""
        if batch.taken_in is not None:
            async with self.turns.together():
                return await self._finish(batch.taken_in)
        log.warning(
            "a batch ended the process twice: taken record by record", extra={"records": len(batch.records)}
        )
        for record in batch.records:
            async with self.turns.alone():
                await self._handle_alone(record)

    async def _count(self, records: Sequence[RawRecord]) -> attempts.Counted:
        async with self.pool.acquire() as connection:
            return await attempts.count_batch(connection, records)

    async def _handle_alone(self, record: RawRecord) -> None:
        times = await in_place("attempts", lambda: self._count_alone(record))
        if times > MOST_TIMES_ALONE:
            # The alarm: this is a bug of ours, and a record waits in the dead letters for its fix.
            log.critical(
                "OUR FAULT: a record ended the process again and again and is buried",
                extra={"topic": record.topic, "partition": record.partition, "offset": record.offset},
            )
            await self._send((), await self.intake.bury(record, Reason.OUR_FAULT))
        else:
            await self._finish(await self.intake.take_in([record]))
        await in_place("attempts", lambda: self._finished_alone(record))

    async def _count_alone(self, record: RawRecord) -> int:
        async with self.pool.acquire() as connection:
            return await attempts.count_alone(connection, record)

    async def _finished_alone(self, record: RawRecord) -> None:
        async with self.pool.acquire() as connection:
            await attempts.finished_alone(connection, record)

    async def _finish(self, taken_in: TakenIn) -> None:
        outputs = await self.judging.judge_facts(taken_in.to_judge, stored_now=taken_in.stored_now)
        await self._send(outputs, taken_in)

    async def _send(self, outputs: Sequence[Output], taken_in: TakenIn) -> None:
        again = await in_place("outputs sent again", lambda: self._again(taken_in))
        fresh = {one.output_id for one in outputs}
        sent = await self.sender.send([*(one for one in again if one.output_id not in fresh), *outputs])
        if sent.no_topic:
            await in_place("outputs held", lambda: self._hold(sent.no_topic))

    async def _again(self, taken_in: TakenIn) -> list[Output]:
        if not taken_in.resend:
            return []
        async with self.pool.acquire() as connection:
            return await statements.outputs_caused_by(connection, taken_in.resend)

    async def _hold(self, outputs: Sequence[Output]) -> None:
        async with self.pool.acquire() as connection:
            await statements.hold(connection, outputs)
