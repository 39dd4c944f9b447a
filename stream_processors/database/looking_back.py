"""SQL of the look-back from a positive result: who was exposed with whom, and where else they passed.

Marks are committed before neighbours are looked for, as facts are: of a positive crossing and another one of its
vehicle, driver or carrier that meet on two workers, at least one sees the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from schemas.events.crossing import HeadCount
from stream_processors.database.pool import Connection
from stream_processors.judging.context import (
    IDENTIFYING_PERSON,
    PASS_KINDS,
    VEHICLE,
    LookedBack,
    PassedToo,
    Registry,
)
from stream_processors.judging.look_back import Period

FOLLOWED = sorted({VEHICLE, *IDENTIFYING_PERSON})
PASSES = sorted(PASS_KINDS)
PASSED_MOST = 500
"""Of one vehicle or person; beyond, it is no vehicle but a code that was copied."""
CARRIER_MOST = 2000
_CARRIER = "sha256(convert_to('carrier:' || {0}, 'UTF8'))"
"""A carrier as it stands among refs; no secret, and no person."""


async def mark_exposed(connection: Connection, crossing_ids: Sequence[UUID]) -> None:
    """Those of ``crossing_ids`` aboard of which somebody, of any revision, is or was perhaps positive."""
    if not crossing_ids:
        return
    await connection.execute(
        f"""
        WITH hubs AS (
            -- A union: of EXISTS … OR EXISTS the planner makes a look at all results.
            SELECT ref.crossing_id FROM crossing_refs AS ref
            JOIN result_refs AS known ON known.ref = ref.ref
            JOIN results ON results.result_id = known.result_id
            WHERE ref.crossing_id = ANY($1::uuid[]) AND results.content->>'outcome' = 'positive'
            UNION
            SELECT crossing_id FROM results
            WHERE crossing_id = ANY($1::uuid[]) AND content->>'outcome' = 'positive'
        )
        INSERT INTO exposed (ref, occurred_at, crossing_id)
        SELECT shown.ref, shown.occurred_at, shown.crossing_id
        FROM hubs JOIN crossing_refs AS shown USING (crossing_id) WHERE shown.kind = ANY($2::text[])
        UNION
        SELECT {_CARRIER.format("(passes.content->>'carrier_id')")}, shown.occurred_at, shown.crossing_id
        FROM hubs JOIN crossing_refs AS shown USING (crossing_id)
        JOIN pass_refs AS theirs ON theirs.ref = shown.ref
        JOIN passes ON passes.pass_id = theirs.pass_id
        WHERE shown.kind = ANY($3::text[]) AND passes.content->>'carrier_id' IS NOT NULL
        ORDER BY 1, 3, 2
        ON CONFLICT DO NOTHING
        """,
        list(crossing_ids),
        FOLLOWED,
        PASSES,
    )


async def exposed_with(
    connection: Connection, crossing_ids: Sequence[UUID], passes: Sequence[UUID], registry: Registry
) -> set[UUID]:
    """Crossings with somebody positive that looked, or should look, back at these: of the same vehicle, person or
    carrier. A pass may have changed its carrier: those of every revision count."""
    if not crossing_ids and not passes:
        return set()
    rows = await connection.fetch(
        f"""
        SELECT hub.crossing_id
        FROM crossing_refs AS mine JOIN exposed AS hub ON hub.ref = mine.ref
        WHERE mine.crossing_id = ANY($1::uuid[]) AND mine.kind = ANY($3::text[])
          AND hub.occurred_at BETWEEN mine.occurred_at - $5::interval AND mine.occurred_at + $5::interval
        UNION
        SELECT hub.crossing_id
        FROM crossing_refs AS mine
        JOIN pass_refs AS theirs ON theirs.ref = mine.ref
        JOIN passes ON passes.pass_id = theirs.pass_id
        JOIN exposed AS hub ON hub.ref = {_CARRIER.format("(passes.content->>'carrier_id')")}
        WHERE mine.crossing_id = ANY($1::uuid[]) AND mine.kind = ANY($4::text[])
          AND hub.occurred_at BETWEEN mine.occurred_at - $5::interval AND mine.occurred_at + $5::interval
        UNION
        SELECT hub.crossing_id
        FROM superseded_facts AS former
        JOIN exposed AS hub ON hub.ref = {_CARRIER.format("(former.content->'content'->>'carrier_id')")}
        WHERE former.source = 'passes' AND former.id = ANY($2::text[])
        """,
        list(crossing_ids),
        [str(one) for one in passes],
        FOLLOWED,
        PASSES,
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
        JOIN crossings AS here ON here.crossing_id = asked.crossing_id
        JOIN crossing_refs AS mine ON mine.crossing_id = here.crossing_id AND mine.revision = here.revision
        CROSS JOIN LATERAL (
            SELECT seen.crossing_id, seen.revision FROM crossing_refs AS seen
            WHERE seen.ref = mine.ref AND seen.kind = mine.kind AND seen.crossing_id <> here.crossing_id
              AND seen.occurred_at BETWEEN asked.begins_at AND asked.ends_at
            ORDER BY seen.occurred_at DESC, seen.crossing_id DESC LIMIT $5
        ) AS theirs
        JOIN crossings AS other ON other.crossing_id = theirs.crossing_id AND other.revision = theirs.revision
        WHERE mine.kind = ANY($4::text[])
          AND other.state = 'in_force' AND NOT other.practice AND NOT other.abandoned
        GROUP BY here.crossing_id, other.crossing_id
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
    carriers = await _of_carriers(connection, ids, begins, ends)
    return {id_: LookedBack(tuple(found.get(id_, ())), *carriers.get(id_, (0, 0))) for id_ in ids}


async def _of_carriers(
    connection: Connection, ids: Sequence[UUID], begins: Sequence[object], ends: Sequence[object]
) -> dict[UUID, tuple[int, int]]:
    """Vehicles of the same carrier that passed any post in the period with a pass of its own, its own left out."""
    rows = await connection.fetch(
        """
        SELECT here.crossing_id, count(DISTINCT plate.ref) AS vehicles, count(DISTINCT other.crossing_id) AS times
        FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) AS asked (crossing_id, begins_at, ends_at)
        JOIN crossings AS here ON here.crossing_id = asked.crossing_id
        CROSS JOIN LATERAL (
            SELECT DISTINCT owned.content->>'carrier_id' AS carrier_id
            FROM crossing_refs AS mine
            JOIN pass_refs ON pass_refs.ref = mine.ref
            JOIN passes AS owned ON owned.pass_id = pass_refs.pass_id AND owned.revision = pass_refs.revision
            WHERE mine.crossing_id = here.crossing_id AND mine.revision = here.revision
              AND mine.kind = ANY($4::text[]) AND owned.content->>'carrier_id' IS NOT NULL
        ) AS own
        JOIN passes AS theirs ON theirs.content->>'carrier_id' = own.carrier_id
                             AND theirs.content->>'carrier_id' IS NOT NULL
        JOIN pass_refs AS shown ON shown.pass_id = theirs.pass_id AND shown.revision = theirs.revision
        CROSS JOIN LATERAL (
            SELECT seen.crossing_id, seen.revision FROM crossing_refs AS seen
            WHERE seen.ref = shown.ref AND seen.kind = ANY($4::text[]) AND seen.crossing_id <> here.crossing_id
              AND seen.occurred_at BETWEEN asked.begins_at AND asked.ends_at
            ORDER BY seen.occurred_at DESC, seen.crossing_id DESC LIMIT $5
        ) AS seen
        JOIN crossings AS other ON other.crossing_id = seen.crossing_id AND other.revision = seen.revision
        JOIN crossing_refs AS plate ON plate.crossing_id = other.crossing_id AND plate.revision = other.revision
                                   AND plate.kind = 'vehicle'
        WHERE other.state = 'in_force' AND NOT other.practice AND NOT other.abandoned
          AND NOT EXISTS (SELECT FROM crossing_refs AS mine
                          WHERE mine.crossing_id = here.crossing_id AND mine.revision = here.revision
                            AND mine.kind = 'vehicle' AND mine.ref = plate.ref)
        GROUP BY here.crossing_id
        """,
        ids,
        begins,
        ends,
        PASSES,
        CARRIER_MOST,
    )
    return {row["crossing_id"]: (row["vehicles"], row["times"]) for row in rows}
