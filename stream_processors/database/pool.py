"""Connections to the processors' own schema, with JSON as text on both sides."""

from __future__ import annotations

from typing import TypeAlias

import asyncpg

from stream_processors.database.migrate import SCHEMA

Connection: TypeAlias = asyncpg.Connection
Pool: TypeAlias = asyncpg.Pool


async def open_pool(url: str) -> Pool:
    """Raises what says that the database is away; the caller retries."""
    return await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=6,
        timeout=10,
        command_timeout=60,
        server_settings={"search_path": SCHEMA, "application_name": "chotxanh-processors"},
    )
