"""Each event once per id and revision. The same with other content is a conflict: kept and shown."""

from __future__ import annotations

import hashlib
from datetime import datetime

from schemas.events.base import Event
from services.database.connection import Connection
from services.intake.records import Record


async def is_new(conn: Connection, record: Record, event: Event, at: datetime) -> bool:
    """Remember the event; False when it was applied before, or when it contradicts what was."""
    revision = revision_of(event)
    content = hashlib.sha256(record.value or b"").digest()
    status = await conn.execute(
        """
        INSERT INTO facts (type_name, event_id, revision, content_sha256, applied_at)
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
        """,
        event.type_name,
        event.event_id,
        revision,
        content,
        at,
    )
    if status.endswith(" 1"):
        return True
    known = await conn.fetchval(
        "SELECT content_sha256 FROM facts WHERE type_name = $1 AND event_id = $2 AND revision = $3",
        event.type_name,
        event.event_id,
        revision,
    )
    if known != content:
        await _keep_conflict(conn, record, event, content, at)
    return False


def revision_of(event: Event) -> int:
    """1 where a fact cannot change."""
    revision: int = getattr(event, "revision", 1)
    return revision


async def _keep_conflict(
    conn: Connection, record: Record, event: Event, content_sha256: bytes, at: datetime
) -> None:
    await conn.execute(
        """
        INSERT INTO conflicts (type_name, event_id, revision, content_sha256, topic, "partition", "offset", value,
            station_id, found_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING
        """,
        event.type_name,
        event.event_id,
        revision_of(event),
        content_sha256,
        record.topic,
        record.partition,
        record.offset,
        record.value or b"",
        getattr(event, "station_id", None),
        at,
    )
