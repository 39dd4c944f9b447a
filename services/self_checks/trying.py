"""Timers that were put aside are tried again: asked of the processors, once for each time that one was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

from schemas.events.operations import CommandGiven
from schemas.events.self_checks import TimerPutAside
from schemas.timers_to_try import MOST_TIMERS, TRY_AGAIN, AsideTimer, TimersToTry
from schemas.topics import COMMANDS
from services.audit import chain
from services.database.connection import Connection
from services.outbox import store as outbox
from services.self_checks.store import Kind, one

Sees = Callable[[str | None], bool]


async def try_again(conn: Connection, sees: Sees, by: str, at: datetime) -> int:
    """How many were asked for now: those at posts that the caller ``sees`` and nobody asked for since they were
    put aside. Which those are is settled by their locks, so two who ask at once ask once."""
    rows = await conn.fetch(
        """
        SELECT check_id FROM self_checks WHERE kind = $1 AND open AND tried_revision IS DISTINCT FROM revision
        ORDER BY check_id LIMIT $2 FOR UPDATE
        """,
        Kind.TIMER,
        MOST_TIMERS,
    )
    found = [await one(conn, row["check_id"]) for row in rows]
    timers = {
        check.check_id: check.said
        for check in found
        if isinstance(check.said, TimerPutAside) and sees(check.said.post_id)
    }
    if not timers:
        return 0
    asked = TimersToTry(
        timers=tuple(
            AsideTimer(crossing_id=said.crossing_id, kind=said.kind, put_aside_at=said.put_aside_at)
            for said in timers.values()
        )
    )
    command = CommandGiven(
        event_id=uuid4(), occurred_at=at, command=TRY_AGAIN, by=by[:40], arguments=asked.arguments()
    )
    await conn.execute(
        """
        UPDATE self_checks SET tried_revision = revision, tried_at = $2, tried_by = $3
        WHERE check_id = ANY($1::uuid[])
        """,
        list(timers),
        at,
        by,
    )
    await outbox.add(conn, COMMANDS, command, at)
    await chain.record(conn, at, by, "tried_timers_again", command.event_id, details={"timers": len(timers)})
    return len(timers)
