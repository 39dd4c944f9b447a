"""Stored crossings of a period, chunk by chunk, in the order of their time.

One read-only snapshot for the whole run: nothing can be changed through it, and no fact that arrives meanwhile
makes one chunk know more than another. The next chunk is asked for while the caller judges the one before.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import asyncpg

from stream_processors.database.migrate import SCHEMA
from stream_processors.database.pool import Connection

CHUNK = 1000
FIRST_ID = UUID(int=0)
_NAME = re.compile(r"[0-9A-F-]{1,60}")
T = TypeVar("T")


@dataclass(frozen=True)
class Period:
    begins_at: datetime
    ends_at: datetime


@asynccontextmanager
async def snapshot(url: str, *, exported: str | None = None) -> AsyncIterator[Connection]:
    """A connection that can only read, and sees one instant: that of another snapshot, where its name is given."""
    connection = await asyncpg.connect(
        url,
        timeout=10,
        command_timeout=120,
        server_settings={
            "search_path": SCHEMA,
            "application_name": "chotxanh-snapshot",
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
            if exported is not None:
                if not _NAME.fullmatch(exported):
                    raise ValueError("no name of a snapshot")
                # Takes no parameters (PostgreSQL, SET TRANSACTION).
                await connection.execute(f"SET TRANSACTION SNAPSHOT '{exported}'")
            yield connection
    finally:
        connection.terminate()


async def exported(connection: Connection) -> str:
    """The name by which another connection sees what this snapshot sees, while this one lasts."""
    name: str = await connection.fetchval("SELECT pg_export_snapshot()")
    return name


async def count(connection: Connection, period: Period, counted: str) -> int:
    """``counted`` is the SQL that says which crossings are meant."""
    found: int = await connection.fetchval(
        f"SELECT count(*) FROM crossings WHERE occurred_at >= $1 AND occurred_at < $2 AND {counted}",
        period.begins_at,
        period.ends_at,
    )
    return found


async def chunks(
    connection: Connection,
    period: Period,
    counted: str,
    load: Callable[[Sequence[Any]], Awaitable[T]],
    *,
    size: int = CHUNK,
) -> AsyncIterator[T]:
    """What ``load`` makes of each chunk's rows: id, post and instant of the crossings."""

    async def chunk(place: tuple[datetime, UUID]) -> tuple[T, tuple[datetime, UUID]] | None:
        rows = await _page(connection, place, period, counted, size)
        return (await load(rows), (rows[-1]["occurred_at"], rows[-1]["crossing_id"])) if rows else None

    ahead = asyncio.create_task(chunk((period.begins_at, FIRST_ID)))
    try:
        while (found := await ahead) is not None:
            loaded, next_place = found
            ahead = asyncio.create_task(chunk(next_place))
            yield loaded
    finally:
        ahead.cancel()


async def _page(
    connection: Connection, place: tuple[datetime, UUID], period: Period, counted: str, size: int
) -> list[Any]:
    rows: list[Any] = await connection.fetch(
        f"""
        SELECT crossing_id, post_id, occurred_at FROM crossings
        WHERE occurred_at >= $1 AND (occurred_at, crossing_id) > ($1, $2) AND occurred_at < $3 AND {counted}
        ORDER BY occurred_at, crossing_id LIMIT $4
        """,
        *place,
        period.ends_at,
        size,
    )
    return rows
