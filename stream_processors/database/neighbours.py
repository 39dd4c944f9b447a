"""SQL of a crossing's neighbours: others, near in time, that showed a ref which identifies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from stream_processors.database.pool import Connection
from stream_processors.database.rows import neighbour_from, refs_from
from stream_processors.judging.context import (
    CERTIFICATE,
    FOLLOWED_AHEAD,
    FOLLOWED_KINDS,
    KnownCrossing,
    Neighbour,
    Registry,
)

NEIGHBOURS_MOST = 50
"""The nearest of one ref on either side. A code that was copied a thousand times is proven by the nearest ones."""

NEIGHBOUR_COLUMNS = """
    other.crossing_id, other.revision, other.event_id, other.station_id, other.post_id, other.occurred_at,
    other.clock_error_ms, other.ahead_ms, other.facts->>'direction' AS direction,
    other.facts->>'purpose' AS purpose, other.facts->>'vehicle_class' AS vehicle_class,
    other.facts->>'head_count' AS head_count, COALESCE(other.facts->>'cargo_space', 'none') AS cargo_space,
    other.facts->>'seal_number' AS seal_number, other.facts->>'ordered_change' AS ordered_change,
    COALESCE((other.facts->>'emergency')::boolean, FALSE) AS emergency, other.facts->>'group_id' AS group_id,
    COALESCE(other.facts->'passes' @> '[{}]', FALSE) AS green_lane
"""
"""What of its own crossing a neighbour is made of, for whoever reads one, now or as it was then."""


def met(crossing: KnownCrossing, neighbours: Sequence[Neighbour]) -> tuple[Neighbour, ...]:
    """By the refs that the crossing has at the revision that is judged.

    A correction that was committed between two statements may have brought others: whoever stored it judges next.
    """
    if not neighbours:
        return ()
    own = frozenset((one.kind, one.ref) for one in crossing.refs)
    return tuple(
        one if one.shared <= own else _by_fewer_refs(one, one.shared & own)
        for one in neighbours
        if not one.shared.isdisjoint(own)
    )


def _by_fewer_refs(neighbour: Neighbour, shared: frozenset[tuple[str, str]]) -> Neighbour:
    by_certificate = any(kind == CERTIFICATE for kind, _ in shared)
    return replace(neighbour, shared=shared, occupants=neighbour.occupants if by_certificate else ())


async def read_neighbours(connection: Connection, ids: list[UUID], registry: Registry) -> Mapping[UUID, list[Any]]:
    """Other crossings, at their present revision, that share a ref which identifies."""
    shared = await _sharing(connection, ids, registry)
    if not shared:
        return defaultdict(list)
    others = await _others(connection, sorted({(id_, revision) for _, id_, revision in shared}))
    found: dict[UUID, list[Any]] = defaultdict(list)
    for (of_crossing, id_, revision), refs in shared.items():
        if (row := others.get((id_, revision))) is not None:
            by_certificate = any(kind == CERTIFICATE for kind, _ in refs)
            occupants = row["occupants_shown"] if by_certificate else None
            known = {**row, "shared": frozenset(refs), "occupants_shown": occupants}
            found[of_crossing].append(neighbour_from(known, refs_from(row)))
    return found


async def _sharing(
    connection: Connection, ids: list[UUID], registry: Registry
) -> Mapping[tuple[UUID, UUID, int], list[tuple[str, str]]]:
    """Which crossings, at which revision, showed which refs that these did: earlier ones, later ones of what is in
    transit, and later ones of a certificate. The nearest of each ref and side."""
    rows = await connection.fetch(
        """
        SELECT here.crossing_id AS of_crossing, theirs.crossing_id, theirs.revision, theirs.kind, theirs.ref
        FROM crossings AS here
        CROSS JOIN LATERAL (
            SELECT * FROM crossing_refs AS one
            WHERE one.crossing_id = here.crossing_id AND one.revision = here.revision
              AND one.kind = ANY($4::text[]) OFFSET 0
        ) AS mine
        CROSS JOIN LATERAL (
            (SELECT seen.*
             FROM generate_series(week_of(here.occurred_at - $2::interval), mine.week) AS of (week)
             CROSS JOIN LATERAL (
                 SELECT one.* FROM crossing_refs AS one
                 WHERE one.week = of.week AND one.ref = mine.ref AND one.kind = mine.kind
                   AND one.occurred_at BETWEEN here.occurred_at - $2::interval AND here.occurred_at
                   AND one.crossing_id <> mine.crossing_id
                 ORDER BY one.occurred_at DESC, one.crossing_id DESC LIMIT $5
             ) AS seen
             ORDER BY seen.occurred_at DESC, seen.crossing_id DESC LIMIT $5)
            UNION ALL
            (SELECT seen.*
             FROM (SELECT here.occurred_at + CASE mine.kind WHEN 'certificate' THEN $2::interval
                                                            ELSE $3::interval END) AS until (at)
             CROSS JOIN generate_series(mine.week, week_of(until.at)) AS of (week)
             CROSS JOIN LATERAL (
                 SELECT one.* FROM crossing_refs AS one
                 WHERE one.week = of.week AND one.ref = mine.ref AND one.kind = mine.kind
                   AND one.occurred_at > here.occurred_at AND one.occurred_at <= until.at
                   AND one.crossing_id <> mine.crossing_id
                 ORDER BY one.occurred_at, one.crossing_id LIMIT $5
             ) AS seen
             WHERE mine.kind = 'certificate'
                OR mine.kind = ANY($6::text[]) AND here.facts->>'purpose' = 'transit'
             ORDER BY seen.occurred_at, seen.crossing_id LIMIT $5)
        ) AS theirs
        WHERE here.crossing_id = ANY($1::uuid[])
        """,
        ids,
        registry.neighbours_back,
        registry.neighbours_ahead,
        sorted(FOLLOWED_KINDS),
        NEIGHBOURS_MOST,
        sorted(FOLLOWED_AHEAD),
    )
    shared: dict[tuple[UUID, UUID, int], list[tuple[str, str]]] = defaultdict(list)
    for row in rows:
        shared[row["of_crossing"], row["crossing_id"], row["revision"]].append((row["kind"], row["ref"].hex()))
    return shared


async def _others(
    connection: Connection, revised: Sequence[tuple[UUID, int]]
) -> Mapping[tuple[UUID, int], Mapping[str, Any]]:
    """Those of them that still stand, with what was decided about them and all that they showed."""
    rows = await connection.fetch(
        f"""
        SELECT {NEIGHBOUR_COLUMNS}, other.facts->>'occupants' AS occupants_shown,
               decided.event_id AS decision_id, decided.revision AS decision_revision,
               decided.occurred_at AS decided_at, decided.outcome,
               decided.occupants AS decided_occupants, undecided.passed_at AS no_decision_until,
               shown.kinds, shown.refs, shown.occupants AS ref_occupants, shown.readings
        FROM unnest($1::uuid[], $2::int[]) AS met (crossing_id, revision)
        CROSS JOIN LATERAL (
            SELECT * FROM crossings AS one WHERE one.crossing_id = met.crossing_id AND one.revision = met.revision
              AND one.state = 'in_force' AND NOT one.practice AND NOT one.abandoned
            LIMIT 1
        ) AS other
        LEFT JOIN decisions AS decided ON decided.crossing_id = other.crossing_id
             AND decided.station_id = other.station_id AND decided.state = 'in_force'
        LEFT JOIN deadlines AS undecided
             ON undecided.crossing_id = other.crossing_id AND undecided.kind = 'decision'
        CROSS JOIN LATERAL (
            SELECT array_agg(kind) AS kinds, array_agg(ref) AS refs, array_agg(occupant) AS occupants,
                   array_agg(reading) AS readings
            FROM crossing_refs AS one WHERE one.crossing_id = met.crossing_id AND one.revision = met.revision
        ) AS shown
        """,
        [id_ for id_, _ in revised],
        [revision for _, revision in revised],
    )
    return {(row["crossing_id"], row["revision"]): row for row in rows}
