"""Records that the desk sent again from the dead letters: it is told of those that came through."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from schemas.bounded import EARLIEST, LATEST
from schemas.events.operations import DeadLetterTaken
from schemas.ids import derived_id
from schemas.topics import DEAD_LETTERS
from schemas.trust.again import again_of
from stream_processors.database import statements
from stream_processors.database.pool import Connection
from stream_processors.intake.records import Taken
from stream_processors.outputs.making import output


async def report_taken(connection: Connection, taken: Iterable[Taken], *, at: datetime) -> list[UUID]:
    """Inside the caller's transaction; the causes of what is to be sent. The same record again says the same."""
    told = [again for one in taken if (again := again_of(one.believed.record.headers)) is not None]
    events = [
        DeadLetterTaken(
            event_id=derived_id("dead-letter-taken", "processors", again.case_id, again.attempt),
            occurred_at=min(max(at, EARLIEST), LATEST),
            case_id=again.case_id,
            attempt=again.attempt,
            by="processors",
        )
        for again in told
    ]
    if events:
        outputs = [output(DEAD_LETTERS, one, cause=one.event_id, id_=one.event_id) for one in events]
        await statements.store_outputs(connection, outputs)
    return [one.event_id for one in events]
