"""Refs as they lie in a database that has been at work for long: a partition for each of its months."""

from __future__ import annotations

from datetime import date, datetime

import asyncpg

from stream_processors.database.partitions import REFS, next_month

_BEFORE = "crossing_refs_until_%"


async def refs_by_month(connection: asyncpg.Connection, since: datetime) -> list[str]:
    """What lies in the one partition of before goes into months from ``since`` on; their names."""
    async with connection.transaction():
        before = await connection.fetchval("SELECT relname FROM pg_class WHERE relname LIKE $1", _BEFORE)
        end = date.fromisoformat(before[-8:])
        await connection.execute(f"ALTER TABLE crossing_refs DETACH PARTITION {before}")
        begins, made = REFS.begins(since.date()), []
        while begins < end:
            made.append(REFS.named(begins))
            await connection.execute(
                f"CREATE TABLE {made[-1]} PARTITION OF crossing_refs "
                f"FOR VALUES FROM ('{begins}Z') TO ('{next_month(begins)}Z')"
            )
            begins = next_month(begins)
        await connection.execute(f"INSERT INTO crossing_refs SELECT * FROM {before}")
        await connection.execute(f"DROP TABLE {before}")
    return made
