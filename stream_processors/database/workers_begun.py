"""SQL of how far each worker has come with what waits, by the time at which the broker took it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from stream_processors.database.pool import Connection


async def begin(connection: Connection, life: UUID, arrived: datetime) -> None:
    """``life`` begins what arrived until then. Whoever began nothing for a minute is forgotten."""
    await connection.execute(
        """
        WITH ended AS (
            DELETE FROM workers_begun
            WHERE life IN (
                SELECT life FROM workers_begun WHERE at < now() - interval '1 minute' AND life <> $1
                FOR UPDATE SKIP LOCKED
            )
        )
        INSERT INTO workers_begun (life, arrived, at) VALUES ($1, $2, now())
        ON CONFLICT (life) DO UPDATE SET arrived = excluded.arrived, at = excluded.at
        """,
        life,
        arrived,
    )


async def slowest_but(connection: Connection, life: UUID, within: timedelta) -> datetime | None:
    """Up to where the slowest other than ``life`` has begun, of those that began anything ``within`` that time.

    None when there is none.
    """
    slowest: datetime | None = await connection.fetchval(
        "SELECT min(arrived) FROM workers_begun WHERE life <> $1 AND at > now() - $2::interval", life, within
    )
    return slowest
