"""SQL of what happened beside a crossing: who came the same way in those hours, and who rode on the same trip."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from stream_processors.database.pool import Connection
from stream_processors.judging.context import Registry

WAITS_MEASURED = timedelta(hours=2)
"""The wait of those who came to the post this long before."""
ARRIVALS_MOST = 50
"""The last ones of these hours measure the wait."""
TRIP_LASTS = timedelta(hours=12)
"""A boat's trip of the same name a day later is another trip."""
TRIP_MOST = 500

PERHAPS_POSITIVE = """(
    EXISTS (SELECT FROM (SELECT one.ref FROM crossing_refs AS one
                         WHERE one.crossing_id = {0}.crossing_id OFFSET 0) AS ref
            CROSS JOIN LATERAL (SELECT FROM result_refs AS one WHERE one.ref = ref.ref LIMIT 1) AS known
            OFFSET 0)
    OR EXISTS (SELECT FROM result_refs AS known WHERE known.crossing_id = {0}.crossing_id OFFSET 0)
    OR {0}.facts @? '$.occupants[*].tests[*] ? (@.outcome == "positive")'
)"""
"""Somebody aboard may be positive: a result was ever known of them, or they showed one."""

ON_A_TRIP = """
    SELECT DISTINCT mine.crossing_id AS of_crossing, seen.crossing_id
    FROM crossing_refs AS mine
    CROSS JOIN LATERAL (
        SELECT one.crossing_id, one.revision
        -- The ends of a day. A series counts as a thousand rows, for which the planner reads all results.
        FROM (SELECT week_of(mine.occurred_at - {lasts})
              UNION SELECT week_of(mine.occurred_at + {lasts})) AS of (week)
        CROSS JOIN LATERAL (
            SELECT crossing_id, revision, occurred_at FROM crossing_refs AS here
            WHERE here.week = of.week AND here.ref = mine.ref
              AND here.kind = 'trip' AND here.crossing_id <> mine.crossing_id
              AND here.occurred_at BETWEEN mine.occurred_at - {lasts} AND mine.occurred_at + {lasts}
            OFFSET 0
        ) AS one
        ORDER BY one.occurred_at, one.crossing_id LIMIT {most}
    ) AS seen
    CROSS JOIN LATERAL (
        SELECT * FROM crossings AS one WHERE one.crossing_id = seen.crossing_id OFFSET 0
    ) AS other
    WHERE mine.crossing_id = ANY({asked}) AND mine.kind = 'trip' AND {where}
    ORDER BY 1, 2
"""
"""Others on a trip of those that are asked about."""

_POSITIVE_ON_TRIPS = ON_A_TRIP.format(
    asked="$1::uuid[]",
    lasts="$2::interval",
    most="$3",
    where=f"""
        {PERHAPS_POSITIVE.format("other")}
        AND mine.revision = (SELECT revision FROM crossings WHERE crossing_id = mine.crossing_id)
        AND other.revision = seen.revision
    """,
)


async def travelled(
    connection: Connection, crossing_ids: Sequence[UUID], registry: Registry
) -> Mapping[UUID, tuple[tuple[str, timedelta], ...]]:
    """Of others that came to the same post the same way before each crossing: from where, and how long it took."""
    if not crossing_ids:
        return {}
    rows = await connection.fetch(
        """
        SELECT here.crossing_id, before.post_id, other.occurred_at - before.occurred_at AS took
        FROM crossings AS here
        CROSS JOIN LATERAL (
            SELECT one.crossing_id, one.revision, one.occurred_at FROM crossings AS one
            WHERE one.post_id = here.post_id AND one.occurred_at <= here.occurred_at
              AND one.occurred_at > here.occurred_at - $2::interval AND one.crossing_id <> here.crossing_id
              AND one.state = 'in_force' AND NOT one.practice AND NOT one.abandoned
              AND one.facts->>'direction' = here.facts->>'direction'
            ORDER BY one.occurred_at DESC, one.crossing_id DESC LIMIT $4
        ) AS other
        CROSS JOIN LATERAL (
            SELECT ref, week FROM crossing_refs AS one
            WHERE one.crossing_id = other.crossing_id AND one.revision = other.revision
              AND one.kind = 'vehicle' OFFSET 0
        ) AS plate
        CROSS JOIN LATERAL (
            SELECT earlier.post_id, earlier.occurred_at
            FROM generate_series(week_of(other.occurred_at - $3::interval), plate.week) AS of (week)
            CROSS JOIN LATERAL (
                SELECT crossing_id, revision FROM crossing_refs AS one
                WHERE one.week = of.week AND one.ref = plate.ref
                  AND one.kind = 'vehicle' AND one.crossing_id <> other.crossing_id
                  AND one.occurred_at < other.occurred_at
                  AND one.occurred_at >= other.occurred_at - $3::interval
                OFFSET 0
            ) AS seen
            CROSS JOIN LATERAL (
                SELECT * FROM crossings AS one
                WHERE one.crossing_id = seen.crossing_id AND one.revision = seen.revision OFFSET 0
            ) AS earlier
            WHERE earlier.state = 'in_force' AND NOT earlier.practice AND NOT earlier.abandoned
            ORDER BY earlier.occurred_at DESC, earlier.crossing_id DESC LIMIT 1
        ) AS before
        WHERE here.crossing_id = ANY($1::uuid[]) AND before.post_id <> here.post_id
          AND NOT EXISTS (SELECT FROM crossing_refs AS own WHERE own.crossing_id = here.crossing_id
                          AND own.revision = here.revision AND own.kind = 'vehicle' AND own.ref = plate.ref)
        ORDER BY here.crossing_id, before.post_id, took
        """,
        list(crossing_ids),
        WAITS_MEASURED,
        registry.slow_within,
        ARRIVALS_MOST,
    )
    found: dict[UUID, list[tuple[str, timedelta]]] = defaultdict(list)
    for row in rows:
        found[row["crossing_id"]].append((row["post_id"], row["took"]))
    return {id_: tuple(one) for id_, one in found.items()}


async def positive_on_trips(connection: Connection, crossing_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """For each crossing those of its trip aboard of which somebody may be positive."""
    if not crossing_ids:
        return {}
    rows = await connection.fetch(_POSITIVE_ON_TRIPS, list(crossing_ids), TRIP_LASTS, TRIP_MOST)
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for row in rows:
        found[row["of_crossing"]].append(row["crossing_id"])
    return found
