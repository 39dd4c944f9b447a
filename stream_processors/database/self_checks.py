"""SQL of what was said about ourselves. One worker at a time looks and writes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar
from uuid import UUID

from schemas.canonical import canonical
from schemas.events.base import RevisedEvent
from schemas.words import FactState
from stream_processors.database.pool import Connection

R = TypeVar("R", bound=RevisedEvent)
_LOCK = 5_226_080


async def turn_taken(connection: Connection) -> bool:
    """False when another worker is at it. Ours until the caller's transaction ends."""
    return bool(await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK))


async def take_turn(connection: Connection) -> None:
    """Waits for whoever is at it."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)


async def in_force(connection: Connection, model: type[R]) -> dict[UUID, R]:
    rows = await connection.fetch(
        "SELECT content FROM self_checks WHERE type_name = $1 AND in_force", model.type_name
    )
    return _by_id(model.model_validate_json(row["content"]) for row in rows)


async def said(connection: Connection, model: type[R], ids: Sequence[UUID]) -> dict[UUID, R]:
    """What was said last of these, in force or not."""
    rows = await connection.fetch("SELECT content FROM self_checks WHERE check_id = ANY($1::uuid[])", sorted(ids))
    return _by_id(model.model_validate_json(row["content"]) for row in rows)


def _by_id(events: Iterable[R]) -> dict[UUID, R]:
    return {one.event_id: one for one in events}


async def keep(connection: Connection, events: Sequence[RevisedEvent]) -> None:
    """The caller has the turn, and has given the revisions in it."""
    if events:
        await connection.execute(
            """
            INSERT INTO self_checks (check_id, type_name, in_force, content)
            SELECT * FROM unnest($1::uuid[], $2::text[], $3::bool[], $4::bytea[])
            ON CONFLICT (check_id) DO UPDATE SET in_force = excluded.in_force, content = excluded.content
            """,
            [one.event_id for one in events],
            [one.type_name for one in events],
            [one.state is FactState.IN_FORCE for one in events],
            [canonical(one) for one in events],
        )
