"""Bring the schema ``services`` up to date, under a lock. Applies numbered files in order, each once.

Never edits what was applied: a change to the tables is a new file.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

from services.database.connection import Connection

LOCK = 0x63785F6D69677265
"""Any number that nothing else locks."""


async def migrate(connection: Connection) -> list[str]:
    """Apply what is missing, in one transaction; the names of the files that were applied."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
        await connection.execute("CREATE SCHEMA IF NOT EXISTS services")
        await connection.execute("SET LOCAL search_path TO services")
        await connection.execute("CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY)")
        known = {row["name"] for row in await connection.fetch("SELECT name FROM migrations")}
        missing = [(name, sql) for name, sql in migrations() if name not in known]
        for name, sql in missing:
            await connection.execute(sql)
            await connection.execute("INSERT INTO migrations (name) VALUES ($1)", name)
    return [name for name, _ in missing]


def migrations() -> Iterator[tuple[str, str]]:
    """Name and SQL of each file, in order."""
    folder = files("services.database") / "migrations"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".sql"):
            yield file.name, file.read_text(encoding="utf-8")
