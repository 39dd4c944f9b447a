"""Timers in the database: one a kind and subject. Setting and cancelling are part of the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.database.connection import Connection
from services.database.listening import TIMERS_CHANGED, ring


@dataclass(frozen=True)
class Timer:
    kind: str
    subject: str
    due_at: datetime
    content: Mapping[str, Any]


async def put(
    conn: Connection, kind: str, subject: object, due_at: datetime, content: Mapping[str, Any] | None = None
) -> None:
    """Set the timer; one that is set already is moved."""
    await conn.execute(
        """
        INSERT INTO timers (kind, subject, due_at, content) VALUES ($1, $2, $3, $4)
        ON CONFLICT (kind, subject) DO UPDATE SET due_at = excluded.due_at, content = excluded.content,
            attempts = 0, set_aside_at = NULL
        """,
        kind,
        str(subject),
        due_at,
        dict(content or {}),
    )
    await ring(conn, TIMERS_CHANGED)


async def cancel(conn: Connection, kind: str, subject: object) -> None:
    """One that is being fired this moment is passed over: its handler waits for what the caller changes."""
    await conn.execute(
        """
        DELETE FROM timers WHERE (kind, subject) IN (
            SELECT kind, subject FROM timers WHERE kind = $1 AND subject = $2 FOR UPDATE SKIP LOCKED)
        """,
        kind,
        str(subject),
    )


async def of_kind(conn: Connection, kind: str) -> list[Timer]:
    rows = await conn.fetch("SELECT kind, subject, due_at, content FROM timers WHERE kind = $1", kind)
    return [Timer(**dict(row)) for row in rows]


async def next_due(conn: Connection) -> datetime | None:
    due: datetime | None = await conn.fetchval("SELECT min(due_at) FROM timers WHERE set_aside_at IS NULL")
    return due


async def take_due(conn: Connection, at: datetime) -> Timer | None:
    """The timer that is due the longest, gone if the caller's transaction commits. Others' are passed over."""
    row = await conn.fetchrow(
        """
        DELETE FROM timers WHERE (kind, subject) IN (
            SELECT kind, subject FROM timers WHERE due_at <= $1 AND set_aside_at IS NULL
            ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING kind, subject, due_at, content
        """,
        at,
    )
    return Timer(**dict(row)) if row else None


async def count_attempt(conn: Connection, timer: Timer, at: datetime, *, most: int) -> None:
    """Its handling failed for a reason of ours; after ``most`` it is set aside and holds nobody up."""
    await conn.execute(
        """
        UPDATE timers SET attempts = attempts + 1,
            set_aside_at = CASE WHEN attempts + 1 >= $4 THEN $3::timestamptz END
        WHERE kind = $1 AND subject = $2
        """,
        timer.kind,
        timer.subject,
        at,
        most,
    )
