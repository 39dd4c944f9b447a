"""A batch of records in one transaction. What is at fault is buried, what is away is raised, a bug is counted.

A record whose handling ended the process twice is buried as our fault: no single record stops the province.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from schemas.events.base import StationEvent
from schemas.events.operations import StationHealth
from schemas.topics import Unreadable
from schemas.trust.again import again_of
from services.audit import chain
from services.database.connection import Connection, Pool, is_worth_again
from services.dead_letters.cases import take_through
from services.dead_letters.reading import claimed
from services.intake.apply import apply
from services.intake.dead_letters import bury
from services.intake.limits import Beginning, EverythingIsRefused
from services.intake.records import Enrolments, Record, event_of
from services.keys import CentreKeys
from services.registry.store import enrolments
from services.seen import metrics

log = logging.getLogger(__name__)

TRIES = 2


class Batches:
    def __init__(self, pool: Pool, keys: CentreKeys) -> None:
        self._pool = pool
        self._keys = keys
        self._beginning = Beginning()

    async def take(self, records: Sequence[Record], at: datetime) -> None:
        """Apply all of them and commit. Raises what the world or a bug raises, and then nothing was applied."""
        record = records[0]
        try:
            async with self._pool.acquire() as conn, conn.transaction():
                known = await enrolments(conn)
                worn_out = await self._tried_too_often(conn)
                applied = 0
                for record in records:
                    applied += await self._take_one(conn, record, known, worn_out, at)
                if applied:
                    await chain.record(
                        conn, at, "services", "batch_taken", record.topic, details={"applied": applied}
                    )
        except Exception as exc:
            if not is_worth_again(exc) and not isinstance(exc, EverythingIsRefused):
                await self._count_attempt(record)
            raise

    async def _take_one(
        self,
        conn: Connection,
        record: Record,
        known: Enrolments,
        worn_out: frozenset[tuple[str, int, int]],
        at: datetime,
    ) -> bool:
        try:
            if record.place in worn_out:
                raise Unreadable("OUR_FAULT")
            async with conn.transaction():  # a savepoint: what is buried leaves nothing else behind
                event = event_of(record, self._keys, known, at)
                applied = await apply(conn, record, event, self._keys.opener, at)
                if (again := again_of(record.headers)) is not None:
                    await take_through(conn, again, "services", at)
                if isinstance(event, StationEvent | StationHealth):
                    self._beginning.believed()
                return applied
        except Unreadable as why:
            self._beginning.refuse(claimed(record.key, record.value, record.headers).station_id, why.reason)
            await bury(conn, record, why, self._keys.sealer, at)
            metrics.DEAD_LETTERS.labels(why.reason, record.topic).inc()
            log.warning("a record is buried", extra={"reason": why.reason, "topic": record.topic})
            return False

    async def _tried_too_often(self, conn: Connection) -> frozenset[tuple[str, int, int]]:
        rows = await conn.fetch(
            'SELECT topic, "partition", "offset" FROM intake_attempts WHERE attempts >= $1', TRIES
        )
        return frozenset((row["topic"], row["partition"], row["offset"]) for row in rows)

    async def _count_attempt(self, record: Record) -> None:
        async with self._pool.acquire() as conn:
            await conn.execute(
                """
                INSERT INTO intake_attempts AS known VALUES ($1, $2, $3, 1)
                ON CONFLICT (topic, "partition", "offset") DO UPDATE SET attempts = known.attempts + 1
                """,
                *record.place,
            )
