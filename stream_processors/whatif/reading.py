"""Stored crossings of a period with what bears on them, chunk by chunk, in the order of their time.

One read-only snapshot for the whole run: nothing can be changed through it, and no fact that arrives meanwhile
makes one chunk know more than another. The next chunk is asked for while the caller judges the one before.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import asyncpg

from stream_processors.database.bearing import read_bearings
from stream_processors.database.migrate import SCHEMA
from stream_processors.database.pool import Connection
from stream_processors.database.registry import RegistryInForce
from stream_processors.judging.context import Context, KnownCrossing, Registry

CHUNK = 1000
FIRST_ID = UUID(int=0)

Known: TypeAlias = tuple[KnownCrossing, Context]

_COUNTED = "NOT abandoned AND NOT practice AND state = 'in_force' AND facts IS NOT NULL"
"""Traffic that really was; what was withdrawn or practised has no lane time to win or lose."""


@dataclass(frozen=True)
class Period:
    begins_at: datetime
    ends_at: datetime


@asynccontextmanager
async def snapshot(url: str) -> AsyncIterator[Connection]:
    """A connection that can only read, and sees one instant."""
    connection = await asyncpg.connect(
        url,
        timeout=10,
        command_timeout=120,
        server_settings={
            "search_path": SCHEMA,
            "application_name": "chotxanh-whatif",
            "default_transaction_read_only": "on",
            "jit": "off",
            # A chunk is looked up by index. The planner takes its thousand ids for much, and would read whole
            # tables for each chunk: the cost of a run would grow with all that is stored.
            **dict.fromkeys(("enable_seqscan", "enable_hashjoin", "enable_mergejoin"), "off"),
            "plan_cache_mode": "force_custom_plan",
        },
    )
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            yield connection
    finally:
        connection.terminate()


async def registry_of(connection: Connection) -> Registry:
    in_force = RegistryInForce()
    await in_force.refresh(connection)
    return in_force.registry


async def count(connection: Connection, period: Period) -> int:
    found: int = await connection.fetchval(
        f"SELECT count(*) FROM crossings WHERE occurred_at >= $1 AND occurred_at < $2 AND {_COUNTED}",
        period.begins_at,
        period.ends_at,
    )
    return found


async def chunks(
    connection: Connection, period: Period, registry: Registry, *, size: int = CHUNK
) -> AsyncIterator[Sequence[Known]]:
    """``registry`` says how far around a crossing to look: for the widest of all policies that are compared."""
    place = (period.begins_at, FIRST_ID)
    ahead = asyncio.create_task(_chunk(connection, place, period, registry, size))
    try:
        while True:
            known, next_place = await ahead
            if next_place is None:
                return
            ahead = asyncio.create_task(_chunk(connection, next_place, period, registry, size))
            yield known
    finally:
        ahead.cancel()


async def _chunk(
    connection: Connection, place: tuple[datetime, UUID], period: Period, registry: Registry, size: int
) -> tuple[list[Known], tuple[datetime, UUID] | None]:
    """A fixed number of queries, however many crossings. The second is None after the last chunk."""
    rows = await connection.fetch(
        f"""
        SELECT crossing_id, occurred_at FROM crossings
        WHERE occurred_at >= $1 AND (occurred_at, crossing_id) > ($1, $2) AND occurred_at < $3 AND {_COUNTED}
        ORDER BY occurred_at, crossing_id LIMIT $4
        """,
        *place,
        period.ends_at,
        size,
    )
    if not rows:
        return [], None
    known = await read_bearings(connection, [row["crossing_id"] for row in rows], registry)
    known.sort(key=lambda one: (one[0].facts.occurred_at, one[0].facts.crossing_id))
    return known, (rows[-1]["occurred_at"], rows[-1]["crossing_id"])
