"""SQL of from when on facts are kept: written by whoever drops older ones, read by whoever misses them."""

from __future__ import annotations

from datetime import datetime

from stream_processors.database.pool import Connection


async def kept_since(connection: Connection) -> datetime | None:
    """None while retention has dropped nothing."""
    at: datetime | None = await connection.fetchval("SELECT at FROM kept_since")
    return at


async def dropped_before(connection: Connection, at: datetime) -> None:
    """Call it in the transaction that drops facts of before ``at``, or nobody can tell a loss from retention."""
    await connection.execute(
        """
        INSERT INTO kept_since (at) VALUES ($1)
        ON CONFLICT (one) DO UPDATE SET at = greatest(kept_since.at, excluded.at)
        """,
        at,
    )
