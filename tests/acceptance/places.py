"""Every place where something could have been written down, as bytes with a name: files, rows, records.

Rows and records are read beside the files that hold them, since databases and topics may compress.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path

import asyncpg
from aiokafka import ConsumerRecord

AT_ONCE = 32 * 2**20
Place = tuple[str, bytes]


def files_under(root: Path, *, but: Iterable[Path] = (), overlap: int = 4096) -> Iterator[Place]:
    """What files hold, holes aside, in pieces that overlap. Follows no link."""
    left_out = {path.resolve() for path in but}
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if (Path(folder) / name).resolve() not in left_out]
        for name in names:
            path = Path(folder) / name
            if path.is_file() and not path.is_symlink():
                yield from _pieces(path, overlap)


def _pieces(path: Path, overlap: int) -> Iterator[Place]:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return  # ended between listing and reading, as segments and temporary files do
    try:
        for start, end in _written(descriptor):
            for at in range(start, end, AT_ONCE):
                yield str(path), os.pread(descriptor, min(AT_ONCE + overlap, end - at), at)
    finally:
        os.close(descriptor)


def _written(descriptor: int) -> Iterator[tuple[int, int]]:
    """The parts of a file that are no hole: Kafka lays out its indexes with ten megabytes of nothing each."""
    at, size = 0, os.fstat(descriptor).st_size
    while at < size:
        try:
            start = os.lseek(descriptor, at, os.SEEK_DATA)
        except OSError:
            return
        at = os.lseek(descriptor, start, os.SEEK_HOLE)
        yield start, at


async def rows_of_postgresql(url: str) -> list[Place]:
    """Every row of every table that is not PostgreSQL's own; everything is written to the files beforehand."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("CHECKPOINT")
        tables = await connection.fetch(
            "SELECT schemaname, tablename FROM pg_tables "
            "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        return [await _rows(connection, *table) for table in tables]
    finally:
        await connection.close()


async def _rows(connection: asyncpg.Connection, schema: str, table: str) -> Place:
    written = BytesIO()

    async def keep(part: bytes) -> None:
        await asyncio.sleep(0)
        written.write(part)

    # A table in partitions cannot be copied by its name.
    await connection.copy_from_query(f'SELECT * FROM "{schema}"."{table}"', output=keep)
    return f"table {schema}.{table}", written.getvalue()


def rows_of_sqlite(path: Path) -> Iterator[Place]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            values = (value for row in database.execute(f'SELECT * FROM "{name}"') for value in row)
            content = b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in values)
            yield f"table {name} of {path}", content


def records_of(records: Iterable[ConsumerRecord]) -> Iterator[Place]:
    """Keys, values and headers, decompressed, a topic at a time."""
    by_topic: dict[str, list[bytes]] = {}
    for record in records:
        headers = [part for name, value in record.headers for part in (name.encode(), value or b"")]
        by_topic.setdefault(record.topic, []).extend((record.key or b"", record.value or b"", *headers))
    for topic, contents in by_topic.items():
        yield f"topic {topic}", b"\n".join(contents)
