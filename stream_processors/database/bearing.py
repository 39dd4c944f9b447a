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
from stream_processors.database.rows import (
    crossing_from,
    decision_from,
    pass_from,
    ref_from,
    result_from,
)
from stream_processors.judging.between_posts import gl12
from stream_processors.judging.context import (
    PASS_NUMBER,
    PASS_TOKEN,
    TRIP,
    Companion,
    Context,
    CrossingRef,
    KnownCrossing,
    KnownDeadline,
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
    never_judged: Collection[UUID] = (),
) -> list[tuple[KnownCrossing, Context]]:
    """Each crossing that is known and not abandoned, with its context, in id order.

    Called when the verdicts' rows are locked; each statement sees what was committed before it began. What is in
    ``fresh`` and still stands is not read back. Of what was ``never_judged`` nobody waits for a deadline yet.
    """
    known = await _known(connection, list(crossing_ids), registry, fresh, never_judged)
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
    connection: Connection, ids: list[UUID], registry: Registry, fresh: Fresh, never_judged: Collection[UUID] = ()
) -> list[tuple[KnownCrossing, Context]]:
    if not ids:
        return []
    rows = await connection.fetch(
        """
        SELECT crossing_id, revision, event_id, state, ahead_ms, doubted,
               CASE WHEN (event_id, revision) IN (SELECT * FROM unnest($2::uuid[], $3::int[])) THEN NULL
                    ELSE facts::text END AS facts
        FROM crossings WHERE crossing_id = ANY($1::uuid[]) AND NOT abandoned ORDER BY crossing_id
        """,
        ids,
        [event_id for event_id, _ in fresh],
        [revision for _, revision in fresh],
    )
    if not rows:
        return []
    shown = await _shown(connection, rows, fresh)
    crossings = [crossing_from(row, *shown[row["crossing_id"]]) for row in rows]
    decisions = await _decisions(connection, ids)
    neighbours = await read_neighbours(connection, ids, registry)
    deadlines = await _deadlines(connection, [id_ for id_ in ids if id_ not in never_judged])
    results = await _results(connection, ids, registry)
    passes = await _passes(connection, _showing(crossings, PASS_NUMBER, PASS_TOKEN))
    found = []
    for crossing in crossings:
        id_ = crossing.facts.crossing_id
        context = Context(
            registry=registry,
            decision=decisions.get(id_),
            neighbours=met(crossing, neighbours.get(id_, ())),
            deadlines=deadlines.get(id_, {}),
            results=tuple(results.get(id_, ())),
            passes=tuple(passes.get(id_, ())),
        )
        found.append((crossing, context))
    return found


def _showing(crossings: Iterable[KnownCrossing], *kinds: str) -> list[UUID]:
    """Those with a ref of one of these kinds."""
    return [one.facts.crossing_id for one in crossings if any(ref.kind in kinds for ref in one.refs)]


async def _shown(
    connection: Connection, rows: Sequence[Any], fresh: Fresh
) -> Mapping[UUID, tuple[CrossingFacts, tuple[CrossingRef, ...]]]:
    """What each crossing showed at the revision that was read."""
    stored = [row for row in rows if (row["event_id"], row["revision"]) not in fresh]
    refs = await _refs(connection, stored) if stored else {}
    return {
        row["crossing_id"]: fresh.get((row["event_id"], row["revision"]))
        or (from_kept(CrossingFacts, row["facts"]), tuple(sorted(refs.get(row["crossing_id"], ()))))
        for row in rows
    }


async def _refs(connection: Connection, crossings: Sequence[Any]) -> Mapping[UUID, list[CrossingRef]]:
    """At the revisions that were read, whatever was committed since."""
    rows = await connection.fetch(
        """
        SELECT seen.* FROM unnest($1::uuid[], $2::int[]) AS here (crossing_id, revision)
        CROSS JOIN LATERAL (
            SELECT * FROM crossing_refs AS one
            WHERE one.crossing_id = here.crossing_id AND one.revision = here.revision OFFSET 0
        ) AS seen
        """,
        [row["crossing_id"] for row in crossings],
        [row["revision"] for row in crossings],
    )
    refs: dict[UUID, list[CrossingRef]] = defaultdict(list)
    for row in rows:
        refs[row["crossing_id"]].append(ref_from(row))
    return refs


async def _decisions(connection: Connection, ids: list[UUID]) -> Mapping[UUID, Any]:
    """A station decides about its own crossings only."""
    rows = await connection.fetch(
        """
        SELECT made.* FROM decisions AS made
        CROSS JOIN LATERAL (
            SELECT FROM crossings AS one
            WHERE one.crossing_id = made.crossing_id AND one.station_id = made.station_id LIMIT 1
        ) AS theirs
        WHERE made.crossing_id = ANY($1::uuid[]) AND made.state = 'in_force'
        """,
        ids,
    )
    return {row["crossing_id"]: decision_from(row) for row in rows}


async def _deadlines(connection: Connection, ids: list[UUID]) -> Mapping[UUID, dict[str, KnownDeadline]]:
    if not ids:
        return {}
    rows = await connection.fetch(
        "SELECT crossing_id, kind, passed_at, posts FROM deadlines WHERE crossing_id = ANY($1::uuid[])", ids
    )
    found: dict[UUID, dict[str, KnownDeadline]] = defaultdict(dict)
    for row in rows:
        found[row["crossing_id"]][row["kind"]] = KnownDeadline(row["passed_at"], frozenset(row["posts"]))
    return found


async def _results(connection: Connection, ids: list[UUID], registry: Registry) -> Mapping[UUID, list[Any]]:
    rows = await connection.fetch(
        """
        WITH matched AS (
            SELECT here.crossing_id AS of_crossing, theirs.result_id
            FROM crossings AS here
            CROSS JOIN LATERAL (
                SELECT ref, kind FROM crossing_refs AS one
                WHERE one.crossing_id = here.crossing_id AND one.revision = here.revision OFFSET 0
            ) AS mine
            CROSS JOIN LATERAL (SELECT * FROM result_refs AS one WHERE one.ref = mine.ref OFFSET 0) AS theirs
            WHERE here.crossing_id = ANY($1::uuid[])
              AND (mine.kind = 'certificate'
                   OR theirs.sampled_at BETWEEN here.occurred_at - $2::interval
                                            AND here.occurred_at + $3::interval)
            UNION
            SELECT crossing_id, result_id FROM results WHERE crossing_id = ANY($1::uuid[])
        )
        SELECT matched.of_crossing, known.* FROM matched
        CROSS JOIN LATERAL (SELECT * FROM results AS one WHERE one.result_id = matched.result_id OFFSET 0) AS known
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
    if not ids:
        return {}
    rows = await connection.fetch(
        """
        SELECT DISTINCT here.crossing_id AS of_crossing, known.pass_id, known.revision,
               known.content::text AS content
        FROM crossings AS here
        CROSS JOIN LATERAL (
            SELECT ref FROM crossing_refs AS one
            WHERE one.crossing_id = here.crossing_id AND one.revision = here.revision
              AND one.kind IN ('pass_number', 'pass_token') OFFSET 0
        ) AS mine
        CROSS JOIN LATERAL (SELECT * FROM pass_refs AS one WHERE one.ref = mine.ref OFFSET 0) AS theirs
        CROSS JOIN LATERAL (
            SELECT * FROM passes AS one
            WHERE one.pass_id = theirs.pass_id AND one.revision = theirs.revision OFFSET 0
        ) AS known
        WHERE here.crossing_id = ANY($1::uuid[])
        """,
        ids,
    )
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row["of_crossing"]].append(pass_from(row))
    return found
