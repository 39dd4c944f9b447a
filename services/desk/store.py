"""What the read-only desk shows. Opens no box and changes nothing."""

from __future__ import annotations

from typing import Any

from services.database.connection import Connection

SHOWN = 100


async def dead_letters(conn: Connection) -> list[Any]:
    """Newest first; one record that both programs could not read is one line."""
    rows: list[Any] = await conn.fetch(
        """
        SELECT topic, "partition", "offset", min(reason) AS reason, min(detail) AS detail,
               min(station_id) AS station_id, max(occurred_at) AS occurred_at,
               array_agg(DISTINCT by ORDER BY by) AS by
        FROM dead_letters GROUP BY topic, "partition", "offset" ORDER BY max(occurred_at) DESC LIMIT $1
        """,
        SHOWN,
    )
    return rows


async def conflicts(conn: Connection) -> list[Any]:
    rows: list[Any] = await conn.fetch(
        """
        SELECT type_name, event_id, revision, topic, "partition", "offset", station_id, found_at FROM conflicts
        ORDER BY found_at DESC LIMIT $1
        """,
        SHOWN,
    )
    return rows


async def gaps(conn: Connection) -> list[Any]:
    """Missing numbers of each chain as ranges, and what the station says it wrote beyond what arrived."""
    rows: list[Any] = await conn.fetch(
        """
        WITH beyond AS (
            SELECT station_id, enrolment, number,
                   lead(number) OVER (PARTITION BY station_id, enrolment ORDER BY number) AS next
            FROM station_chains JOIN station_numbers USING (station_id, enrolment)
            WHERE number >= gapless_to AND highest > gapless_to),
        starts AS (
            SELECT station_id, enrolment, gapless_to + 1 AS first, min(number) - 1 AS last
            FROM station_chains JOIN station_numbers USING (station_id, enrolment)
            WHERE number > gapless_to GROUP BY station_id, enrolment, gapless_to),
        missing AS (
            SELECT station_id, enrolment, first, last FROM starts WHERE last >= first
            UNION
            SELECT station_id, enrolment, number + 1, next - 1 FROM beyond WHERE next > number + 1
            UNION
            SELECT health.station_id, health.enrolment, coalesce(highest, 0) + 1, last_number
            FROM station_health AS health LEFT JOIN station_chains USING (station_id, enrolment)
            WHERE last_number - unsent > coalesce(highest, 0))
        SELECT station_id, enrolment, first, last, last - first + 1 AS missing FROM missing
        ORDER BY station_id, enrolment, first LIMIT $1
        """,
        SHOWN,
    )
    return rows


async def refused_stations(conn: Connection) -> list[Any]:
    rows: list[Any] = await conn.fetch("SELECT * FROM refused_stations ORDER BY last_at DESC LIMIT $1", SHOWN)
    return rows


async def station_health(conn: Connection) -> list[Any]:
    """Every enrolled station that ever said something, and how long ago."""
    rows: list[Any] = await conn.fetch("SELECT * FROM station_health ORDER BY post_id, station_id")
    return rows


async def refused_events(conn: Connection) -> list[Any]:
    """What we wanted to tell others and Kafka will never take."""
    rows: list[Any] = await conn.fetch(
        "SELECT row_id, topic, type_name, refused, written_at FROM outbox WHERE refused IS NOT NULL "
        "ORDER BY row_id DESC LIMIT $1",
        SHOWN,
    )
    return rows


async def timers_set_aside(conn: Connection) -> list[Any]:
    """What fell due and could not be handled, for a reason of ours."""
    rows: list[Any] = await conn.fetch(
        "SELECT kind, subject, due_at, set_aside_at FROM timers WHERE set_aside_at IS NOT NULL "
        "ORDER BY set_aside_at DESC LIMIT $1",
        SHOWN,
    )
    return rows


async def traffic(conn: Connection) -> list[Any]:
    """Crossings of each post and what was concluded, of the last day; a post that sent nothing is missing."""
    rows: list[Any] = await conn.fetch(
        """
        SELECT post_id, count(*) AS crossings, count(verdicts.crossing_id) AS verdicts,
               count(decisions.crossing_id) AS decisions, max(crossings.occurred_at) AS last_at
        FROM crossings
        LEFT JOIN verdicts USING (crossing_id, post_id) LEFT JOIN decisions USING (crossing_id)
        WHERE crossings.occurred_at > now() - interval '1 day' AND crossings.state = 'in_force'
        GROUP BY post_id ORDER BY post_id
        """
    )
    return rows


async def waiting(conn: Connection) -> int:
    """Events in the outbox that Kafka does not have yet."""
    number: int = await conn.fetchval("SELECT count(*) FROM outbox WHERE sent_at IS NULL AND refused IS NULL")
    return number
