"""SQL of which local days' draws were repeated, and which are left. One round a day, whichever worker does it."""

from __future__ import annotations

from datetime import date, datetime

from stream_processors.database.pool import Connection
from stream_processors.judging.draws_due import Looked


async def is_over(connection: Connection, today: date) -> bool:
    """Whether this day's round was gone through to its end. One look at a small table."""
    return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM draw_rounds WHERE round = $1)", today))


async def end_round(connection: Connection, today: date, *, at: datetime) -> None:
    await connection.execute("INSERT INTO draw_rounds VALUES ($1, $2) ON CONFLICT DO NOTHING", today, at)


async def kept(connection: Connection, time_zone: str, before: datetime) -> dict[date, int]:
    """How many draws of each local day are here. Reads the whole index: for once a day."""
    rows = await connection.fetch(
        """
        SELECT (opened_at AT TIME ZONE $1)::date AS day, count(*) AS draws FROM draws
        WHERE opened_at < $2 GROUP BY day
        """,
        time_zone,
        before,
    )
    return {row["day"]: row["draws"] for row in rows}


async def looked(connection: Connection) -> dict[date, Looked]:
    rows = await connection.fetch("SELECT day, round, counted FROM draw_days")
    return {row["day"]: Looked(row["round"], row["counted"]) for row in rows}


async def begin(connection: Connection, day: date) -> int:
    """How often a look at this day was begun since one came to its end, this time included."""
    times: int = await connection.fetchval(
        """
        INSERT INTO draw_days AS known (day, begun) VALUES ($1, 1)
        ON CONFLICT (day) DO UPDATE SET begun = known.begun + 1 RETURNING begun
        """,
        day,
    )
    return times


async def end(connection: Connection, day: date, *, on: date, counted: int, begun: int = 0) -> None:
    await connection.execute(
        "UPDATE draw_days SET round = $2, counted = $3, begun = $4 WHERE day = $1", day, on, counted, begun
    )


async def forget_begun(connection: Connection) -> None:
    """A look ended because the world was away, which is nobody's fault. The caller is whoever may look."""
    await connection.execute("UPDATE draw_days SET begun = begun - 1 WHERE begun > 0")
