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

_POSITIVE = """(
    EXISTS (SELECT FROM (SELECT one.ref FROM crossing_refs AS one
                         WHERE one.crossing_id = {0}.crossing_id OFFSET 0) AS ref
            CROSS JOIN LATERAL (SELECT FROM result_refs AS one WHERE one.ref = ref.ref LIMIT 1) AS known
            OFFSET 0)
    OR EXISTS (SELECT FROM result_refs AS known WHERE known.crossing_id = {0}.crossing_id OFFSET 0)
    OR {0}.facts @? '$.occupants[*].tests[*] ? (@.outcome == "positive")'
)"""
"""Somebody aboard may be positive: a result was ever known of them, or they showed one."""


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


async def arrivals_behind(connection: Connection, crossing_ids: Sequence[UUID], registry: Registry) -> set[UUID]:
    """Of others those who came to the same post after these, and were seen before: their wait is measured anew.

    For what arrives in its time nobody came after it yet, and the look at the index finds nothing.
    """
    if not crossing_ids or not registry.slow_within:
        return set()
    rows = await connection.fetch(
        """
        WITH late AS (
            -- One stretch of time where those of several overlap, so that nobody in it is looked at twice.
            SELECT post_id, unnest(range_agg(tstzrange(occurred_at, occurred_at + $2::interval))) AS stretch
            FROM crossings WHERE crossing_id = ANY($1::uuid[]) GROUP BY post_id
        )
        SELECT DISTINCT behind.crossing_id
        FROM late
        CROSS JOIN LATERAL (
            SELECT one.crossing_id, one.occurred_at FROM crossings AS one
            -- As rows, so that no other index than that by post and time will do.
            WHERE (one.post_id, one.occurred_at) >= (late.post_id, lower(late.stretch))
              AND (one.post_id, one.occurred_at) < (late.post_id, upper(late.stretch))
              AND one.crossing_id NOT IN (SELECT unnest($1::uuid[]))
            OFFSET 0
        ) AS behind
        CROSS JOIN LATERAL (
            SELECT ref, week FROM crossing_refs AS one
            WHERE one.crossing_id = behind.crossing_id AND one.kind = 'vehicle' OFFSET 0
        ) AS plate
        WHERE EXISTS (
            SELECT FROM generate_series(week_of(behind.occurred_at - $3::interval), plate.week) AS of (week)
            CROSS JOIN LATERAL (
                SELECT FROM crossing_refs AS seen
                WHERE seen.week = of.week AND seen.ref = plate.ref
                  AND seen.kind = 'vehicle' AND seen.crossing_id <> behind.crossing_id
                  AND seen.occurred_at < behind.occurred_at
                  AND seen.occurred_at >= behind.occurred_at - $3::interval
                LIMIT 1
            ) AS before)
        """,
        list(crossing_ids),
        WAITS_MEASURED,
        registry.slow_within,
    )
    return {row["crossing_id"] for row in rows}


async def positive_on_trips(connection: Connection, crossing_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """For each crossing those of its trip aboard of which somebody may be positive."""
    rows = await _trips(
        connection,
        crossing_ids,
        where=f"""
            {_POSITIVE.format("other")}
            AND mine.revision = (SELECT revision FROM crossings WHERE crossing_id = mine.crossing_id)
            AND other.revision = seen.revision
        """,
    )
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for of_crossing, other in rows:
        found[of_crossing].append(other)
    return found


async def on_trips_with_a_positive(connection: Connection, crossing_ids: Sequence[UUID]) -> set[UUID]:
    """Everyone on any trip, of any revision, of those aboard of which somebody is or was perhaps positive."""
    where = f"""EXISTS (SELECT FROM crossings AS here WHERE here.crossing_id = mine.crossing_id
                        AND (here.revision > 1 OR {_POSITIVE.format("here")}) OFFSET 0)"""
    return {other for _, other in await _trips(connection, crossing_ids, where=where)}


async def _trips(connection: Connection, crossing_ids: Sequence[UUID], *, where: str) -> list[tuple[UUID, UUID]]:
    if not crossing_ids:
        return []
    rows = await connection.fetch(
        f"""
        SELECT DISTINCT mine.crossing_id AS of_crossing, seen.crossing_id
        FROM crossing_refs AS mine
        CROSS JOIN LATERAL (
            SELECT one.crossing_id, one.revision
            -- The ends of a day. A series counts as a thousand rows, for which the planner reads all results.
            FROM (SELECT week_of(mine.occurred_at - $2::interval)
                  UNION SELECT week_of(mine.occurred_at + $2::interval)) AS of (week)
            CROSS JOIN LATERAL (
                SELECT crossing_id, revision, occurred_at FROM crossing_refs AS here
                WHERE here.week = of.week AND here.ref = mine.ref
                  AND here.kind = 'trip' AND here.crossing_id <> mine.crossing_id
                  AND here.occurred_at BETWEEN mine.occurred_at - $2::interval AND mine.occurred_at + $2::interval
                OFFSET 0
            ) AS one
            ORDER BY one.occurred_at, one.crossing_id LIMIT $3
        ) AS seen
        CROSS JOIN LATERAL (
            SELECT * FROM crossings AS one WHERE one.crossing_id = seen.crossing_id OFFSET 0
        ) AS other
        WHERE mine.crossing_id = ANY($1::uuid[]) AND mine.kind = 'trip' AND {where}
        ORDER BY 1, 2
        """,
        list(crossing_ids),
        TRIP_LASTS,
        TRIP_MOST,
    )
    return [(row["of_crossing"], row["crossing_id"]) for row in rows]
