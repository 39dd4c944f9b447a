"""A database with a history, by COPY: one judged morning taken in as it comes, then copied into the nights before.

A copy has ids of its own, which begin with its time as a station's do. Its refs come again at the same time of
four days in a row, as vehicles do, and never in what is measured afterwards. Boxes are left out (nothing old is
opened), and so are the outputs that were sent.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from deploy.benchmarks.judge.ground import Ground
from deploy.benchmarks.stored_crossings import take_in_a_morning
from stream_processors.database.migrate import SCHEMA

COPIED = (
    "crossings",
    "crossing_refs",
    "decisions",
    "results",
    "result_refs",
    "passes",
    "pass_refs",
    "facts",
    "verdicts",
    "statements",
)
EARLIER = "n * interval '30 minutes'"
"""About 24,000 crossings a day: a province's."""
COPIES_A_DAY = 48
DAYS_IN_A_ROW = 4
OF_CROSSINGS = ("crossing", "decision", "result", "pass")
WITHIN_S = 7200
CHUNKS_AHEAD = 8

ID_OF_COPY = (
    "(lpad(to_hex((('x' || left(replace({0}::text, '-', ''), 12))::bit(48)::bigint"
    " - n::bigint * 1800000) & 281474976710655), 12, '0') || substr(md5({0}::text || n::text), 13))::uuid"
)
"""As long before as ``EARLIER``, in the milliseconds that an id begins with; the rest by chance."""
BY_TYPE: Mapping[str, str] = {
    "uuid": ID_OF_COPY,
    "timestamp with time zone": "{0} - " + EARLIER,
}
_AGAIN = f"(n % {COPIES_A_DAY} + {COPIES_A_DAY} * (n / {COPIES_A_DAY * DAYS_IN_A_ROW}))"
BY_NAME: Mapping[tuple[str, str], str] = {
    ("crossing_refs", "ref"): "sha256(ref || " + _AGAIN + "::text::bytea)",
    ("result_refs", "ref"): "sha256(ref || " + _AGAIN + "::text::bytea)",
    ("pass_refs", "ref"): "sha256(ref || " + _AGAIN + "::text::bytea)",
    ("facts", "subject"): f"{ID_OF_COPY.format('subject')}::text",
    ("crossings", "sealed_key_id"): "NULL",
    ("crossings", "sealed_box"): "NULL",
    ("crossings", "facts"): (
        f"facts || jsonb_build_object('crossing_id', {ID_OF_COPY.format('crossing_id')}, 'occurred_at',"
        f" to_char((occurred_at - {EARLIER}) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'))"
    ),
}


async def make_morning(ground: Ground, database: str) -> None:
    """``database``, with one morning that was taken in and judged."""
    await ground.execute(f'CREATE DATABASE "{database}"')
    await take_in_a_morning(ground.url_of(database), ground.keys)
    connection = await _connection(ground.url_of(database))
    try:
        # The morning's places in the topics were made up: what comes from Kafka would look begun before.
        await connection.execute("DELETE FROM attempts")
    finally:
        await connection.close()


async def make_filled(ground: Ground, database: str, *, like: str, crossings: int) -> int:
    """``database``, with at least ``crossings``, of which the first are those of ``like``; how many there are."""
    await ground.execute(f'CREATE DATABASE "{database}" TEMPLATE "{like}"')
    url = ground.url_of(database)
    reader, writer = await _connection(url), await _connection(url)
    try:
        there = await writer.fetchval("SELECT count(*) FROM crossings")
        copies = max(0, -(-crossings // there) - 1)
        tables = await _tables(reader, like_of=COPIED)
        async with _quickly(writer):
            for table in tables:
                async with _without_indexes(writer, table):
                    await _copy(reader, writer, table, copies)
        await writer.execute("VACUUM (ANALYZE)", timeout=WITHIN_S)
        await _warmed(writer)
        total: int = await writer.fetchval("SELECT count(*) FROM crossings", timeout=WITHIN_S)
        return total
    finally:
        await reader.close()
        await writer.close()


_IN_USE = (
    "SELECT count(*) FROM crossing_refs WHERE week >= (SELECT max(week) - 2 FROM crossing_refs)",
    "SELECT count(ref) FROM pass_refs WHERE ref >= ''",
    "SELECT count(ref) FROM result_refs WHERE ref >= ''",
    "SELECT count(kind) FROM statements WHERE kind >= ''",
)


async def _warmed(connection: asyncpg.Connection) -> None:
    """Have in memory what a server that wrote these rows itself has there: of the indexes that are read and
    written anywhere, the last weeks and the small ones. Otherwise the first look at each page measures a disk."""
    await connection.execute("SET enable_seqscan = off")
    for query in _IN_USE:
        await connection.fetchval(query, timeout=WITHIN_S)


@asynccontextmanager
async def _without_indexes(connection: asyncpg.Connection, table: str) -> AsyncIterator[None]:
    """Built once from all rows afterwards: far quicker than row by row in random order.

    But for a hash index: it would be built for as many rows as the table has, however few are in it, and is left
    to grow with them, as in a province.
    """
    keys = await connection.fetch(
        """
        SELECT conname AS name, pg_get_constraintdef(oid) AS made FROM pg_constraint
        WHERE conrelid = $1::regclass AND contype IN ('p', 'u')
        """,
        table,
    )
    others = await connection.fetch(
        """
        SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS made
        FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid JOIN pg_am ON pg_am.oid = relam
        WHERE indrelid = $1::regclass AND indexrelid NOT IN (SELECT conindid FROM pg_constraint)
          AND amname <> 'hash'
        """,
        table,
    )
    for key in keys:
        await connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{key["name"]}"')
    for index in others:
        await connection.execute(f"DROP INDEX {index['name']}")
    yield
    await connection.execute("SET maintenance_work_mem = '512MB'")
    for key in keys:
        added = f'ALTER TABLE {table} ADD CONSTRAINT "{key["name"]}" {key["made"]}'
        await connection.execute(added, timeout=WITHIN_S)
    for index in others:
        # Of a table with partitions the definition names the table alone: here they are built as well.
        await connection.execute(index["made"].replace(" ON ONLY ", " ON ", 1), timeout=WITHIN_S)


async def _connection(url: str) -> asyncpg.Connection:
    return await asyncpg.connect(url, server_settings={"search_path": SCHEMA})


async def _tables(connection: asyncpg.Connection, *, like_of: tuple[str, ...]) -> list[str]:
    return [table for table in like_of if await connection.fetchval("SELECT to_regclass($1)", table) is not None]


async def _copy(reader: asyncpg.Connection, writer: asyncpg.Connection, table: str, copies: int) -> None:
    """The rows of before, ``copies`` times: read by COPY, written by COPY, never whole in memory."""
    if not copies:
        return
    columns = await _columns(reader, table)
    query = copies_of(table, columns, copies)
    chunks: asyncio.Queue[bytes | None] = asyncio.Queue(CHUNKS_AHEAD)

    async def read() -> None:
        # Read from what is committed, so that no copy is copied: the writer's rows are not seen until its end.
        await reader.copy_from_query(query, output=chunks.put, format="binary", timeout=WITHIN_S)
        await chunks.put(None)

    async def written() -> AsyncIterator[bytes]:
        while (chunk := await chunks.get()) is not None:
            yield chunk

    async with asyncio.TaskGroup() as together:
        together.create_task(read())
        together.create_task(
            writer.copy_to_table(table, source=written(), columns=list(columns), format="binary", timeout=WITHIN_S)
        )


async def _columns(connection: asyncpg.Connection, table: str) -> dict[str, str]:
    """Name and type of every column that is written and not made by the database itself."""
    rows: list[Any] = await connection.fetch(
        """
        SELECT column_name, data_type FROM information_schema.columns
        WHERE table_schema = $1 AND table_name = $2 AND is_identity = 'NO' AND is_generated = 'NEVER'
        ORDER BY ordinal_position
        """,
        SCHEMA,
        table,
    )
    return {row["column_name"]: row["data_type"] for row in rows}


def copies_of(table: str, columns: Mapping[str, str], copies: int) -> str:
    """A query that gives each row of ``table`` ``copies`` times, each time as another."""
    values = [
        BY_NAME.get((table, name)) or BY_TYPE.get(type_, "{0}").format(f'"{name}"')
        for name, type_ in columns.items()
    ]
    only = f" WHERE kind IN {OF_CROSSINGS}" if table == "facts" else ""
    return f"SELECT {', '.join(values)} FROM {table}, generate_series(1, {int(copies)}) AS n{only}"


@asynccontextmanager
async def _quickly(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """While inside, nothing waits for the disk; afterwards everything is on it."""
    await _set(connection, "SET fsync = off", "SET max_wal_size = '8GB'")
    try:
        yield
    finally:
        await _set(connection, "RESET fsync", "RESET max_wal_size")
        await asyncio.to_thread(os.sync)
        await connection.execute("CHECKPOINT", timeout=WITHIN_S)


async def _set(connection: asyncpg.Connection, *settings: str) -> None:
    for setting in settings:
        await connection.execute(f"ALTER SYSTEM {setting}")
    await connection.execute("SELECT pg_reload_conf()")
