"""SQL of the look-back from a positive result: where else a vehicle and its people passed (who was exposed with
whom: ``nearby``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from uuid import UUID

from schemas.events.crossing import HeadCount
from stream_processors.database.pool import Connection
from stream_processors.judging.context import (
    IDENTIFYING_PERSON,
    VEHICLE,
    LookedBack,
    PassedToo,
)
from stream_processors.judging.look_back import Period

FOLLOWED = sorted({VEHICLE, *IDENTIFYING_PERSON})
PASSED_MOST = 500
"""Of one vehicle or person; beyond, it is no vehicle but a code that was copied."""


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
