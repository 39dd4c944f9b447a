"""Work that one process at a time does, for minutes: claimed on a connection of its own, let go when that ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from stream_processors.database.migrate import SCHEMA
from stream_processors.database.pool import Connection


@asynccontextmanager
async def own_connection(url: str, name: str) -> AsyncIterator[Connection]:
    """``name`` is how the database calls it."""
    connection = await asyncpg.connect(
        url,
        timeout=10,
        server_settings={
            "search_path": SCHEMA,
            "application_name": name,
            # A machine that vanished says no goodbye: its claim must not outlive it by hours.
            "tcp_keepalives_idle": "10",
            "tcp_keepalives_interval": "5",
            "tcp_keepalives_count": "3",
        },
    )
    try:
        yield connection
    finally:
        connection.terminate()


async def claim(connection: Connection, what: str) -> bool:
    """True when this connection holds it now; it is let go when the connection ends, however it ends."""
    held: bool = await connection.fetchval("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", what)
    return held
