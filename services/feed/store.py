"""Rows of the feed. They are written without a position, and read by position only.

Why: ids are taken before a transaction commits. Of two transactions the later one may commit first; a
reader that saw 2 and asks for "after 2" would then never get 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.database.connection import Connection
from services.database.listening import FEED_PLACED, FEED_WRITTEN, ring

ALERTS = "alerts"
QUEUE = "queue"

LOCK = 0x63785F6665656400


@dataclass(frozen=True)
class FeedEvent:
    position: int
    stream: str
    kind: str
    thing_id: UUID
    content: dict[str, Any]
    """The thing as it was then: codes, places and times, and its sealed box; no plate and no name."""
    written_at: datetime


async def add(
    conn: Connection, stream: str, kind: str, thing_id: UUID, content: dict[str, Any], at: datetime
) -> None:
    """Inside the caller's transaction."""
    await conn.execute(
        "INSERT INTO feed (stream, kind, thing_id, content, written_at) VALUES ($1, $2, $3, $4, $5)",
        stream,
        kind,
        thing_id,
        content,
        at,
    )
    await ring(conn, FEED_WRITTEN)


async def place(conn: Connection, limit: int = 1000) -> int:
    """Give positions to committed rows, in a short transaction of its own; how many.

    The lock is held until the commit, so the next one sees these positions; each statement sees all that
    was committed before it began.
    """
    async with conn.transaction():
        await conn.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
        placed = await conn.fetch(
            """
            WITH head AS (SELECT position FROM feed_head),
                 committed AS (SELECT row_id, row_number() OVER (ORDER BY row_id) AS nth
                               FROM (SELECT row_id FROM feed WHERE position IS NULL
                                     ORDER BY row_id LIMIT $1) AS oldest)
            UPDATE feed SET position = head.position + committed.nth
            FROM committed, head WHERE feed.row_id = committed.row_id
            RETURNING feed.position
            """,
            limit,
        )
        if placed:
            await conn.execute("UPDATE feed_head SET position = $1", max(row["position"] for row in placed))
            await ring(conn, FEED_PLACED)
    return len(placed)


async def after(
    conn: Connection, position: int, limit: int = 500, *, stream: str | None = None
) -> list[FeedEvent]:
    """What came after ``position``, oldest first; of one stream, or of all."""
    rows = await conn.fetch(
        """
        SELECT position, stream, kind, thing_id, content, written_at FROM feed
        WHERE position > $1 AND ($2::text IS NULL OR stream = $2) ORDER BY position LIMIT $3
        """,
        position,
        stream,
        limit,
    )
    return [FeedEvent(**dict(row)) for row in rows]


async def head(conn: Connection) -> int:
    """The newest position; read it before a list, and following from it misses nothing."""
    position: int = await conn.fetchval("SELECT position FROM feed_head")
    return position
