"""SQL of the outputs' partitions: one a day (UTC, by the database's clock), made ahead and dropped whole.

Their names say when they end, so that nothing else needs to be remembered: ``outputs_20211007`` holds that day,
``outputs_until_20211008`` everything before that day.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import asyncpg

from stream_processors.database.pool import Connection

_LOCK = 5_226_022
_PATIENCE = "SET LOCAL lock_timeout = '2s'"
"""Whoever waits for the table lets nobody else at it meanwhile."""
AHEAD = 3
_NAME = re.compile(r"outputs_(until_)?(\d{8})")


async def make_ahead(connection: Connection) -> list[str]:
    """Partitions for today and the days after it; names of those that were not there. Several workers may call.

    Waits shortly for whoever reads or writes the table; what could not be made is tried again in the next round,
    and until then what is written lies in ``outputs_rest``.
    """
    try:
        async with connection.transaction():
            await connection.execute(_PATIENCE)
            return await _made_ahead(connection)
    except asyncpg.LockNotAvailableError:
        return []


async def _made_ahead(connection: Connection) -> list[str]:
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
    ends = await _ends(connection)
    today: date = await connection.fetchval("SELECT (now() AT TIME ZONE 'UTC')::date")
    made = []
    for day in (today + timedelta(days=ahead) for ahead in range(AHEAD)):
        if day + timedelta(days=1) not in ends.values() and not await _in_the_rest(connection, day):
            made.append(f"outputs_{day:%Y%m%d}")
            await connection.execute(
                f"CREATE TABLE {made[-1]} PARTITION OF outputs FOR VALUES FROM ('{day}Z') TO ('{_next(day)}Z')"
            )
    return made


async def drop_past(connection: Connection, until: datetime) -> list[str]:
    """Drop the partitions that end before ``until`` and hold nothing that still waits for its topic.

    Waits shortly for whoever reads them; what could not be dropped is tried again in the next round.
    """
    dropped = []
    for name, end in sorted((await _ends(connection)).items()):
        if end <= until.date():
            try:
                async with connection.transaction():
                    await connection.execute(_PATIENCE)
                    # The table first, then the partition, as everybody who reads or writes: never round a circle.
                    await connection.execute("LOCK TABLE ONLY outputs IN ACCESS EXCLUSIVE MODE")
                    await connection.execute(f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE")
                    if not await connection.fetchval(f"SELECT EXISTS (SELECT FROM {name} WHERE held)"):
                        await connection.execute(f"DROP TABLE {name}")
                        dropped.append(name)
            except (asyncpg.LockNotAvailableError, asyncpg.UndefinedTableError):
                continue
    await connection.execute("DELETE FROM outputs_rest WHERE written_at < $1 AND NOT held", until)
    return dropped


async def _ends(connection: Connection) -> dict[str, date]:
    """Each partition with the day before which everything in it was written."""
    rows = await connection.fetch(
        """
        SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = 'outputs'::regclass
        """
    )
    ends = {}
    for row in rows:
        named = _NAME.fullmatch(row["relname"])
        if named is not None:
            day = date.fromisoformat(named[2])
            ends[row["relname"]] = day if named[1] else _next(day)
    return ends


async def _in_the_rest(connection: Connection, day: date) -> bool:
    """Rows of that day lie there already, so it can have no partition any more."""
    there: bool = await connection.fetchval(
        """
        SELECT EXISTS (SELECT FROM outputs_rest WHERE written_at >= $1::date::timestamp AT TIME ZONE 'UTC'
                                                  AND written_at < $2::date::timestamp AT TIME ZONE 'UTC')
        """,
        day,
        _next(day),
    )
    return there


def _next(day: date) -> date:
    return day + timedelta(days=1)
