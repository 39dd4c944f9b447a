"""Applies the numbered SQL files of ``migrations``, each once, under a lock that two workers cannot both hold."""

from __future__ import annotations

import logging
from importlib.resources import files

import asyncpg

log = logging.getLogger(__name__)
SCHEMA = "processors"
_LOCK = 5_226_021


class NotMigrated(Exception):
    """The tables are older than this program: ``python -m stream_processors migrate`` comes first."""


def migrations() -> list[tuple[str, str]]:
    """Name and SQL, in order."""
    found = [one for one in files(__package__).joinpath("migrations").iterdir() if one.name.endswith(".sql")]
    return [(one.name, one.read_text(encoding="utf-8")) for one in sorted(found, key=lambda one: one.name)]


async def migrate(connection: asyncpg.Connection) -> list[str]:
    """Bring the schema up to date; names of what was applied now. Safe to run by several at once."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        await connection.execute(f"SET LOCAL search_path TO {SCHEMA}")
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, applied_at timestamptz DEFAULT now())"
        )
        there = {row["name"] for row in await connection.fetch("SELECT name FROM migrations")}
        missing = [(name, sql) for name, sql in migrations() if name not in there]
        for name, sql in missing:
            await connection.execute(sql)
            await connection.execute("INSERT INTO migrations (name) VALUES ($1)", name)
    return [name for name, _ in missing]


async def require_migrated(connection: asyncpg.Connection) -> None:
    """Raises NotMigrated when a migration of ours is not there."""
    exists = await connection.fetchval("SELECT to_regclass($1)", f"{SCHEMA}.migrations")
    rows = await connection.fetch(f"SELECT name FROM {SCHEMA}.migrations") if exists else []
    if {name for name, _ in migrations()} - {row["name"] for row in rows}:
        raise NotMigrated("run 'python -m stream_processors migrate' first")
