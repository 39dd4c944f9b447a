"""SQL that reads a crossing and what bears on it, for many crossings at once: a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from stream_processors.database.pool import Connection
from stream_processors.database.rows import (
    crossing_from,
    decision_from,
    neighbour_from,
    pass_from,
    ref_from,
    result_from,
)
from stream_processors.judging.context import FOLLOWED_KINDS, Context, KnownCrossing, Neighbour, Registry

NEIGHBOURS_MOST = 50
"""The nearest of one ref. A code that was copied a thousand times is proven by the nearest ones."""

NEIGHBOUR_COLUMNS = (
    "other.crossing_id, other.revision, other.event_id, other.post_id, other.occurred_at, other.clock_error_ms,"
    " other.ahead_ms"
)
"""What a neighbour is made of, for whoever reads one: beside these, the refs that are shared."""


async def read_bearings(
    connection: Connection, crossing_ids: Sequence[UUID], registry: Registry
) -> list[tuple[KnownCrossing, Context]]:
    """Each crossing that is known and not abandoned, with its context, in id order.

    Called when the verdicts' rows are locked; each statement sees what was committed before it began.
    """
    ids = list(crossing_ids)
    rows = await connection.fetch(
        "SELECT * FROM crossings WHERE crossing_id = ANY($1::uuid[]) AND NOT abandoned ORDER BY crossing_id", ids
    )
    if not rows:
        return []
    refs = await _refs(connection, rows)
    decisions = await _decisions(connection, ids)
    neighbours = await _neighbours(connection, ids, registry)
    results = await _results(connection, ids, registry)
    passes = await _passes(connection, ids)
    return [
        (
            crossing := crossing_from(row, refs[row["crossing_id"]]),
            Context(
                registry=registry,
                decision=decisions.get(row["crossing_id"]),
                neighbours=met(crossing, neighbours[row["crossing_id"]]),
                results=tuple(results[row["crossing_id"]]),
                passes=tuple(passes[row["crossing_id"]]),
            ),
        )
        for row in rows
    ]


def met(crossing: KnownCrossing, neighbours: Sequence[Neighbour]) -> tuple[Neighbour, ...]:
    """By the refs that the crossing has at the revision that is judged.

    A correction that was committed between two statements may have brought others: whoever stored it judges next.
    """
    own = frozenset((one.kind, one.ref) for one in crossing.refs)
    shared = [replace(one, shared=one.shared & own) for one in neighbours]
    return tuple(one for one in shared if one.shared)


async def _refs(connection: Connection, crossings: Sequence[Any]) -> Mapping[UUID, list[Any]]:
    """At the revisions that were read, whatever was committed since."""
    rows = await connection.fetch(
        """
        SELECT seen.* FROM unnest($1::uuid[], $2::int[]) AS here (crossing_id, revision)
        JOIN crossing_refs AS seen USING (crossing_id, revision)
        """,
        [row["crossing_id"] for row in crossings],
        [row["revision"] for row in crossings],
    )
    refs: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        refs[row["crossing_id"]].append(ref_from(row))
    return refs


async def _decisions(connection: Connection, ids: list[UUID]) -> Mapping[UUID, Any]:
    """A station decides about its own crossings only."""
    rows = await connection.fetch(
        """
        SELECT decisions.* FROM decisions
        JOIN crossings ON crossings.crossing_id = decisions.crossing_id
                      AND crossings.station_id = decisions.station_id
        WHERE decisions.crossing_id = ANY($1::uuid[]) AND decisions.state = 'in_force'
        """,
        ids,
    )
    return {row["crossing_id"]: decision_from(row) for row in rows}


async def _neighbours(connection: Connection, ids: list[UUID], registry: Registry) -> Mapping[UUID, list[Any]]:
    """Earlier crossings, at their present revision, that share a ref which identifies."""
    rows = await connection.fetch(
        f"""
        SELECT mine.crossing_id AS of_crossing, {NEIGHBOUR_COLUMNS},
               array_agg(theirs.kind) AS kinds, array_agg(theirs.ref) AS refs
        FROM crossings AS here
        JOIN crossing_refs AS mine ON mine.crossing_id = here.crossing_id AND mine.revision = here.revision
        CROSS JOIN LATERAL (
            SELECT seen.* FROM crossing_refs AS seen
            WHERE seen.ref = mine.ref AND seen.kind = mine.kind
              AND seen.occurred_at BETWEEN here.occurred_at - $2::interval AND here.occurred_at
              AND seen.crossing_id <> mine.crossing_id
            ORDER BY seen.occurred_at DESC, seen.crossing_id DESC LIMIT $4
        ) AS theirs
        JOIN crossings AS other ON other.crossing_id = theirs.crossing_id AND other.revision = theirs.revision
        WHERE here.crossing_id = ANY($1::uuid[]) AND mine.kind = ANY($3::text[])
          AND other.post_id <> here.post_id
          AND other.state = 'in_force' AND NOT other.practice AND NOT other.abandoned
        GROUP BY mine.crossing_id, {NEIGHBOUR_COLUMNS}
        """,
        ids,
        registry.widest_travel,
        sorted(FOLLOWED_KINDS),
        NEIGHBOURS_MOST,
    )
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row["of_crossing"]].append(neighbour_from(row))
    return found


async def _results(connection: Connection, ids: list[UUID], registry: Registry) -> Mapping[UUID, list[Any]]:
    rows = await connection.fetch(
        """
        WITH matched AS (
            SELECT here.crossing_id AS of_crossing, theirs.result_id
            FROM crossings AS here
            JOIN crossing_refs AS mine ON mine.crossing_id = here.crossing_id AND mine.revision = here.revision
            JOIN result_refs AS theirs ON theirs.ref = mine.ref
            WHERE here.crossing_id = ANY($1::uuid[])
              AND (mine.kind = 'certificate'
                   OR theirs.sampled_at BETWEEN here.occurred_at - $2::interval
                                            AND here.occurred_at + $3::interval)
            UNION
            SELECT crossing_id, result_id FROM results WHERE crossing_id = ANY($1::uuid[])
        )
        SELECT matched.of_crossing, results.* FROM matched JOIN results USING (result_id)
        """,
        ids,
        registry.widest("positive_counts"),
        registry.widest("look_back"),
    )
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row["of_crossing"]].append(result_from(row))
    return found


async def _passes(connection: Connection, ids: list[UUID]) -> Mapping[UUID, list[Any]]:
    rows = await connection.fetch(
        """
        SELECT DISTINCT here.crossing_id AS of_crossing, passes.pass_id, passes.revision,
               passes.content::text AS content
        FROM crossings AS here
        JOIN crossing_refs AS mine ON mine.crossing_id = here.crossing_id AND mine.revision = here.revision
        JOIN pass_refs AS theirs ON theirs.ref = mine.ref
        JOIN passes ON passes.pass_id = theirs.pass_id AND passes.revision = theirs.revision
        WHERE here.crossing_id = ANY($1::uuid[]) AND mine.kind IN ('pass_number', 'pass_token')
        """,
        ids,
    )
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row["of_crossing"]].append(pass_from(row))
    return found
