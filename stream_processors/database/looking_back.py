"""SQL of the look-back from a positive result: who was exposed with whom, and where else they passed.

Marks are committed before neighbours are looked for, as facts are: of a positive crossing and another one of its
vehicle or driver that meet on two workers, at least one sees the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from schemas.events.crossing import HeadCount
from stream_processors.database.pool import Connection
from stream_processors.judging.context import (
    IDENTIFYING_PERSON,
    VEHICLE,
    LookedBack,
    PassedToo,
    Registry,
)
from stream_processors.judging.look_back import Period

FOLLOWED = sorted({VEHICLE, *IDENTIFYING_PERSON})
PASSED_MOST = 500
"""Of one vehicle or person; beyond, it is no vehicle but a code that was copied."""


async def mark_exposed(connection: Connection, crossing_ids: Sequence[UUID]) -> None:
    """Those of ``crossing_ids`` aboard of which somebody, of any revision, is or was perhaps positive."""
    if not crossing_ids:
        return
    await connection.execute(
        """
        WITH hubs AS (
            -- A union: of EXISTS … OR EXISTS the planner makes a look at all results.
            SELECT ref.crossing_id FROM crossing_refs AS ref
            CROSS JOIN LATERAL (SELECT result_id FROM result_refs AS one WHERE one.ref = ref.ref OFFSET 0) AS known
            CROSS JOIN LATERAL (
                SELECT FROM results AS one
                WHERE one.result_id = known.result_id AND one.content->>'outcome' = 'positive' LIMIT 1
            ) AS positive
            WHERE ref.crossing_id = ANY($1::uuid[])
            UNION
            SELECT crossing_id FROM results
            WHERE crossing_id = ANY($1::uuid[]) AND content->>'outcome' = 'positive'
        )
        INSERT INTO exposed (ref, occurred_at, crossing_id)
        SELECT shown.ref, shown.occurred_at, shown.crossing_id
        FROM hubs
        CROSS JOIN LATERAL (
            SELECT * FROM crossing_refs AS one
            WHERE one.crossing_id = hubs.crossing_id AND one.kind = ANY($2::text[]) OFFSET 0
        ) AS shown
        ORDER BY 1, 3, 2
        ON CONFLICT DO NOTHING
        """,
        list(crossing_ids),
        FOLLOWED,
    )


async def exposed_with(connection: Connection, crossing_ids: Sequence[UUID], registry: Registry) -> set[UUID]:
    """Crossings with somebody positive that look, or should, back at these: of the same vehicle or person."""
    if not crossing_ids:
        return set()
    rows = await connection.fetch(
        """
        SELECT DISTINCT hub.crossing_id
        FROM crossing_refs AS mine
        CROSS JOIN LATERAL (
            SELECT crossing_id FROM exposed AS one
            WHERE one.ref = mine.ref
              AND one.occurred_at BETWEEN mine.occurred_at - $3::interval AND mine.occurred_at + $3::interval
            OFFSET 0
        ) AS hub
        WHERE mine.crossing_id = ANY($1::uuid[]) AND mine.kind = ANY($2::text[])
        """,
        list(crossing_ids),
        FOLLOWED,
        registry.widest("look_back") + registry.widest("positive_counts"),
    )
    return {row["crossing_id"] for row in rows}


async def looked_back(connection: Connection, periods: Mapping[UUID, Period]) -> dict[UUID, LookedBack]:
    """For each crossing with somebody positive aboard; others are not asked for, and cost nothing."""
    if not periods:
        return {}
    ids = sorted(periods)
    begins, ends = [periods[id_].begins_at for id_ in ids], [periods[id_].ends_at for id_ in ids]
    passed = await connection.fetch(
        """
        SELECT here.crossing_id AS of_crossing, other.event_id, other.occurred_at,
               other.facts->>'head_count' AS head_count,
               array_agg(DISTINCT mine.kind) AS kinds, array_agg(DISTINCT mine.occupant) AS occupants
        FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) AS asked (crossing_id, begins_at, ends_at)
        CROSS JOIN LATERAL (
            SELECT crossing_id, revision FROM crossings AS one WHERE one.crossing_id = asked.crossing_id OFFSET 0
        ) AS here
        CROSS JOIN LATERAL (
            SELECT * FROM crossing_refs AS one
            WHERE one.crossing_id = here.crossing_id AND one.revision = here.revision
              AND one.kind = ANY($4::text[]) OFFSET 0
        ) AS mine
        CROSS JOIN LATERAL (
            SELECT seen.crossing_id, seen.revision
            FROM generate_series(week_of(asked.begins_at), week_of(asked.ends_at)) AS of (week)
            CROSS JOIN LATERAL (
                SELECT crossing_id, revision, occurred_at FROM crossing_refs AS one
                WHERE one.week = of.week AND one.ref = mine.ref
                  AND one.kind = mine.kind AND one.crossing_id <> here.crossing_id
                  AND one.occurred_at BETWEEN asked.begins_at AND asked.ends_at
                OFFSET 0
            ) AS seen
            ORDER BY seen.occurred_at DESC, seen.crossing_id DESC LIMIT $5
        ) AS theirs
        CROSS JOIN LATERAL (
            SELECT * FROM crossings AS one
            WHERE one.crossing_id = theirs.crossing_id AND one.revision = theirs.revision
              AND one.state = 'in_force' AND NOT one.practice AND NOT one.abandoned OFFSET 0
        ) AS other
        GROUP BY here.crossing_id, other.crossing_id, other.event_id, other.occurred_at, other.facts
        ORDER BY 1, other.occurred_at, other.crossing_id
        """,
        ids,
        begins,
        ends,
        FOLLOWED,
        PASSED_MOST,
    )
    found: dict[UUID, list[PassedToo]] = defaultdict(list)
    for row in passed:
        found[row["of_crossing"]].append(
            PassedToo(
                event_id=row["event_id"],
                at=row["occurred_at"],
                people=HeadCount.model_validate_json(row["head_count"] or "{}").at_least,
                by_vehicle=VEHICLE in row["kinds"],
                by_occupants=tuple(sorted(one for one in row["occupants"] if one)),
            )
        )
    return {id_: LookedBack(tuple(found.get(id_, ()))) for id_ in ids}
