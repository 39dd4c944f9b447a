"""SQL that reads a crossing and what bears on it, for many crossings at once: a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, TypeAlias
from uuid import UUID

from schemas.plain import from_kept
from schemas.rules.facts import CrossingFacts
from schemas.words import FactState
from stream_processors.database import beside, looking_back
from stream_processors.database.neighbours import met, read_neighbours
from stream_processors.database.pool import Connection
from stream_processors.database.registry import CHANGES
from stream_processors.database.rows import (
    crossing_from,
    deadlines_from,
    decided_from,
    pass_from,
    refs_from,
    result_from,
)
from stream_processors.judging.between_posts import gl12
from stream_processors.judging.context import (
    TRIP,
    Companion,
    Context,
    CrossingRef,
    KnownCrossing,
    KnownPass,
    KnownResult,
    Registry,
)
from stream_processors.judging.journeys import Way
from stream_processors.judging.look_back import period_of

Fresh: TypeAlias = Mapping[tuple[UUID, int], tuple[CrossingFacts, tuple[CrossingRef, ...]]]
"""Facts and refs by event id and revision, of crossings that the caller has just stored itself."""


async def read_bearings(
    connection: Connection,
    crossing_ids: Sequence[UUID],
    registry: Registry,
    *,
    fresh: Fresh = MappingProxyType({}),
    rows: Sequence[Any] | None = None,
) -> list[tuple[KnownCrossing, Context]]:
    """Each crossing that is known and not abandoned, with its context, in id order.

    Called when the verdicts' rows are locked; each statement sees what was committed before it began. What is in
    ``fresh`` and still stands is not read back. ``rows`` are what ``read_rows`` found of the same.
    """
    known = await _known(connection, list(crossing_ids), registry, fresh, rows)
    trips = await beside.positive_on_trips(connection, _showing([crossing for crossing, _ in known], TRIP))
    aboard = await _known(
        connection, sorted({one for others in trips.values() for one in others}), registry, fresh
    )
    companions = {
        crossing.facts.crossing_id: Companion(crossing, context.decision, context.results)
        for crossing, context in aboard
        if crossing.state is FactState.IN_FORCE and not crossing.facts.practice
    }
    slow = [crossing.facts.crossing_id for crossing, context in known if _seems_slow(crossing, context)]
    travelled = await beside.travelled(connection, slow, registry)
    periods = {
        crossing.facts.crossing_id: period
        for crossing, context in known
        if (period := period_of(crossing, context)) is not None
    }
    looked_back = await looking_back.looked_back(connection, periods)
    if not (trips or travelled or looked_back):
        return known
    return [
        (
            crossing,
            replace(
                context,
                travelled=travelled.get(id_, ()),
                trip=tuple(companions[one] for one in trips.get(id_, ()) if one in companions),
                looked_back=looked_back.get(id_),
            )
            if id_ in trips or id_ in travelled or id_ in looked_back
            else context,
        )
        for crossing, context in known
        for id_ in [crossing.facts.crossing_id]
    ]


def _seems_slow(crossing: KnownCrossing, context: Context) -> bool:
    """Only of these it is asked how long others needed."""
    if not context.neighbours:  # seen nowhere before
        return False
    published = context.registry.policy_for(crossing.facts)
    if published is None or published.policy.between_posts.slow_percent is None:
        return False
    return (
        gl12(Way.of(crossing, crossing.facts, context, published.policy), context, second_sign=False) is not None
    )


async def _known(
    connection: Connection, ids: list[UUID], registry: Registry, fresh: Fresh, rows: Sequence[Any] | None = None
) -> list[tuple[KnownCrossing, Context]]:
    if not ids:
        return []
    if rows is None:
        rows = await read_rows(connection, ids, fresh=fresh)
    if not rows:
        return []
    neighbours = await read_neighbours(connection, ids, registry)
    results, passes = await _results_and_passes(connection, ids, registry)
    found = []
    for row in rows:
        id_ = row["crossing_id"]
        at_hand = fresh.get((row["event_id"], row["revision"]))
        crossing = crossing_from(row, *(at_hand or (from_kept(CrossingFacts, row["facts"]), refs_from(row))))
        context = Context(
            registry=registry,
            decision=decided_from(row),
            neighbours=met(crossing, neighbours.get(id_, ())),
            deadlines=deadlines_from(row),
            results=tuple(results.get(id_, ())),
            passes=tuple(passes.get(id_, ())),
        )
        found.append((crossing, context))
    return found


def _showing(crossings: Iterable[KnownCrossing], kind: str) -> list[UUID]:
    """Those with a ref of this kind."""
    return [one.facts.crossing_id for one in crossings if any(ref.kind == kind for ref in one.refs)]


async def read_rows(
    connection: Connection,
    ids: Sequence[UUID],
    *,
    fresh: Fresh = MappingProxyType({}),
    never_judged: Collection[UUID] = (),
) -> Sequence[Any]:
    """Each crossing with all that it showed, its decision and its deadlines, and beside each how often the
    registry had changed. A station decides about its own only. Of what was ``never_judged`` nobody waits for a
    deadline yet.

    One statement sees one instant, which is after the lock: whatever is committed later wakes the crossing again.
    """
    rows: Sequence[Any] = await connection.fetch(
        f"""
        SELECT {CHANGES} AS registry_changes,
               here.crossing_id, here.revision, here.event_id, here.state, here.ahead_ms, here.doubted,
               CASE WHEN here.at_hand THEN NULL ELSE here.facts::text END AS facts,
               shown.kinds, shown.refs, shown.occupants AS ref_occupants, shown.readings,
               decided.event_id AS decision_id, decided.revision AS decision_revision,
               decided.occurred_at AS decided_at, decided.outcome, decided.occupants AS decided_occupants,
               passed.kinds AS deadline_kinds, passed.at AS passed_at, passed.posts AS posts_heard
        FROM (
            SELECT *, (event_id, revision) IN (SELECT * FROM unnest($2::uuid[], $3::int[])) AS at_hand,
                   crossing_id IN (SELECT unnest($4::uuid[])) AS never_judged
            FROM crossings WHERE crossing_id = ANY($1::uuid[]) AND NOT abandoned OFFSET 0
        ) AS here
        CROSS JOIN LATERAL (
            SELECT array_agg(kind) AS kinds, array_agg(ref) AS refs, array_agg(occupant) AS occupants,
                   array_agg(reading) AS readings
            FROM crossing_refs AS one
            WHERE NOT here.at_hand AND one.crossing_id = here.crossing_id AND one.revision = here.revision
        ) AS shown
        LEFT JOIN LATERAL (
            SELECT * FROM decisions AS one
            WHERE one.crossing_id = here.crossing_id AND one.station_id = here.station_id
              AND one.state = 'in_force' LIMIT 1
        ) AS decided ON TRUE
        CROSS JOIN LATERAL (
            SELECT array_agg(kind) AS kinds, array_agg(passed_at) AS at,
                   array_agg(array_to_string(posts, ',')) AS posts
            FROM deadlines AS one WHERE NOT here.never_judged AND one.crossing_id = here.crossing_id
        ) AS passed
        ORDER BY here.crossing_id
        """,
        list(ids),
        [event_id for event_id, _ in fresh],
        [revision for _, revision in fresh],
        list(never_judged),
    )
    return rows


async def _results_and_passes(
    connection: Connection, ids: list[UUID], registry: Registry
) -> tuple[Mapping[UUID, list[KnownResult]], Mapping[UUID, list[KnownPass]]]:
    """By the refs that each crossing showed; results of tests at the post by the crossing that they name, too."""
    rows = await connection.fetch(
        """
        WITH shown AS (
            SELECT here.crossing_id, here.occurred_at, mine.ref, mine.kind
            FROM crossings AS here
            CROSS JOIN LATERAL (
                SELECT ref, kind FROM crossing_refs AS one
                WHERE one.crossing_id = here.crossing_id AND one.revision = here.revision OFFSET 0
            ) AS mine
            WHERE here.crossing_id = ANY($1::uuid[])
        ), tested AS (
            SELECT shown.crossing_id AS of_crossing, theirs.result_id
            FROM shown
            CROSS JOIN LATERAL (SELECT * FROM result_refs AS one WHERE one.ref = shown.ref OFFSET 0) AS theirs
            WHERE shown.kind = 'certificate'
               OR theirs.sampled_at BETWEEN shown.occurred_at - $2::interval AND shown.occurred_at + $3::interval
            UNION
            SELECT crossing_id, result_id FROM results WHERE crossing_id = ANY($1::uuid[])
        ), registered AS (
            SELECT DISTINCT shown.crossing_id AS of_crossing, theirs.pass_id, theirs.revision
            FROM shown
            CROSS JOIN LATERAL (SELECT * FROM pass_refs AS one WHERE one.ref = shown.ref OFFSET 0) AS theirs
            WHERE shown.kind IN ('pass_number', 'pass_token')
        )
        SELECT tested.of_crossing, known.result_id, NULL AS pass_id, known.revision, known.event_id,
               known.occurred_at, known.sampled_at, known.crossing_id, known.content::text AS content
        FROM tested
        CROSS JOIN LATERAL (SELECT * FROM results AS one WHERE one.result_id = tested.result_id OFFSET 0) AS known
        UNION ALL
        SELECT registered.of_crossing, NULL, known.pass_id, known.revision, NULL, NULL, NULL, NULL,
               known.content::text
        FROM registered
        CROSS JOIN LATERAL (
            SELECT * FROM passes AS one
            WHERE one.pass_id = registered.pass_id AND one.revision = registered.revision OFFSET 0
        ) AS known
        """,
        ids,
        registry.widest("positive_counts"),
        registry.widest("look_back"),
    )
    results: dict[UUID, list[KnownResult]] = defaultdict(list)
    passes: dict[UUID, list[KnownPass]] = defaultdict(list)
    for row in rows:
        if row["pass_id"] is not None:
            passes[row["of_crossing"]].append(pass_from(row))
        else:
            results[row["of_crossing"]].append(result_from(row))
    return results, passes
