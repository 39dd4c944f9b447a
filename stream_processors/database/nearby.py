"""SQL of who was near what came and may be changed by it, and of who was exposed. One statement, since each is a
round trip of each batch.

It begins after the facts were committed and sees what was committed by then: of two facts that meet on two workers
the one that was committed last sees the other.
"""

from __future__ import annotations

from collections.abc import Set
from uuid import UUID

from stream_processors.database.beside import ON_A_TRIP, PERHAPS_POSITIVE, TRIP_LASTS, TRIP_MOST, WAITS_MEASURED
from stream_processors.database.looking_back import FOLLOWED
from stream_processors.database.pool import Connection
from stream_processors.judging.context import CERTIFICATE, FOLLOWED_AHEAD, FOLLOWED_KINDS, Registry

NEIGHBOURS_MOST = 200
"""Crossings of one ref and week that a late fact wakes; far above what travel windows hold."""

# What the statement is given, by its place among the arguments (``_nearby``).
CROSSINGS, BACK, KINDS_BACK, AT_MOST = "$1::uuid[]", "$2::interval", "$3::text[]", "$4"
AHEAD, KINDS_BEFORE = "$5::interval", "$6::text[]"
CAME, WAITS, SLOW = "$7::uuid[]", "$8::interval", "$9::interval"
ABOARD, TRIP_HOURS, TRIP_AT_MOST = "$10::uuid[]", "$11::interval", "$12"
HUBS, KINDS_EXPOSED, EXPOSED_FOR = "$13::uuid[]", "$14::text[]", "$15::interval"

_LATER = f"""
    SELECT DISTINCT mine.crossing_id, later.crossing_id AS later_id
    FROM crossing_refs AS mine
    CROSS JOIN LATERAL (
        SELECT other.crossing_id
        FROM generate_series(mine.week, week_of(mine.occurred_at + {BACK})) AS of (week)
        CROSS JOIN LATERAL (
            SELECT crossing_id FROM crossing_refs AS one
            WHERE one.week = of.week AND one.ref = mine.ref AND one.kind = mine.kind
              AND one.occurred_at BETWEEN mine.occurred_at AND mine.occurred_at + {BACK}
              AND one.crossing_id <> mine.crossing_id
            ORDER BY one.occurred_at LIMIT {AT_MOST}
        ) AS other
    ) AS later
    WHERE mine.crossing_id = ANY({CROSSINGS}) AND mine.kind = ANY({KINDS_BACK}) AND {BACK} > '0'
"""
"""Who met them later. Refs of every revision count: whoever met a wrongly typed plate must be judged again too."""

_EARLIER = f"""
    SELECT before.crossing_id
    FROM crossing_refs AS mine
    CROSS JOIN LATERAL (
        SELECT other.crossing_id
        FROM (SELECT mine.occurred_at - CASE mine.kind WHEN 'certificate' THEN {BACK}
                                                       ELSE {AHEAD} END) AS since (at)
        CROSS JOIN generate_series(week_of(since.at), mine.week) AS of (week)
        CROSS JOIN LATERAL (
            SELECT crossing_id FROM crossing_refs AS one
            WHERE one.week = of.week AND one.ref = mine.ref AND one.kind = mine.kind
              AND one.occurred_at BETWEEN since.at AND mine.occurred_at
              AND one.crossing_id <> mine.crossing_id
            ORDER BY one.occurred_at DESC LIMIT {AT_MOST}
        ) AS other
    ) AS earlier
    CROSS JOIN LATERAL (
        SELECT crossing_id, facts->>'purpose' AS purpose FROM crossings AS one
        WHERE one.crossing_id = earlier.crossing_id OFFSET 0
    ) AS before
    WHERE mine.crossing_id = ANY({CROSSINGS}) AND mine.kind = ANY({KINDS_BEFORE})
      AND (mine.kind = 'certificate' OR before.purpose = 'transit')
      AND ({BACK} > '0' OR {AHEAD} > '0')
"""
"""Entries in transit of the same vehicle or pass: this may be how it came out. And whoever showed the same
certificate before: this may be the true one."""

_BEARING = f"""
    SELECT unnest({CAME}) AS crossing_id
    UNION SELECT later_id FROM later WHERE crossing_id = ANY({CAME})
"""
"""What came bears on how long others waited. A vehicle that passed is a vehicle that came from there, and counts
behind that post as well."""

_LATE = f"""
    SELECT post_id, unnest(range_agg(tstzrange(occurred_at, occurred_at + {WAITS}))) AS stretch
    FROM bearing
    CROSS JOIN LATERAL (
        SELECT post_id, occurred_at FROM crossings AS one WHERE one.crossing_id = bearing.crossing_id OFFSET 0
    ) AS came
    WHERE {SLOW} > '0'
    GROUP BY post_id
"""
"""One stretch of time where those of several overlap, so that nobody in it is looked at twice."""

_ARRIVED = f"""
    SELECT behind.crossing_id
    FROM late
    CROSS JOIN LATERAL (
        SELECT one.crossing_id, one.occurred_at FROM crossings AS one
        -- As rows, so that no other index than that by post and time will do.
        WHERE (one.post_id, one.occurred_at) >= (late.post_id, lower(late.stretch))
          AND (one.post_id, one.occurred_at) < (late.post_id, upper(late.stretch))
          AND one.crossing_id NOT IN (SELECT crossing_id FROM bearing)
        OFFSET 0
    ) AS behind
    CROSS JOIN LATERAL (
        SELECT ref, week FROM crossing_refs AS one
        WHERE one.crossing_id = behind.crossing_id AND one.kind = 'vehicle' OFFSET 0
    ) AS plate
    WHERE EXISTS (
        SELECT FROM generate_series(week_of(behind.occurred_at - {SLOW}), plate.week) AS of (week)
        CROSS JOIN LATERAL (
            SELECT FROM crossing_refs AS seen
            WHERE seen.week = of.week AND seen.ref = plate.ref
              AND seen.kind = 'vehicle' AND seen.crossing_id <> behind.crossing_id
              AND seen.occurred_at < behind.occurred_at
              AND seen.occurred_at >= behind.occurred_at - {SLOW}
            LIMIT 1
        ) AS before)
"""
"""Of others those who came to the same post after these, and were seen before: their wait is measured anew.

For what arrives in its time nobody came after it yet, and the look at the index finds nothing.
"""

_ON_TRIPS = ON_A_TRIP.format(
    asked=ABOARD,
    lasts=TRIP_HOURS,
    most=TRIP_AT_MOST,
    where=f"""
        EXISTS (SELECT FROM crossings AS here WHERE here.crossing_id = mine.crossing_id
                AND (here.revision > 1 OR {PERHAPS_POSITIVE.format("here")}) OFFSET 0)
    """,
)
"""Everyone on any trip, of any revision, of those aboard of which somebody is or was perhaps positive."""

_EXPOSED_WITH = f"""
    SELECT hub.crossing_id
    FROM crossing_refs AS mine
    CROSS JOIN LATERAL (
        SELECT crossing_id FROM exposed AS one
        WHERE one.ref = mine.ref
          AND one.occurred_at BETWEEN mine.occurred_at - {EXPOSED_FOR} AND mine.occurred_at + {EXPOSED_FOR}
        OFFSET 0
    ) AS hub
    WHERE mine.crossing_id = ANY({CAME}) AND mine.kind = ANY({KINDS_EXPOSED})
"""
"""Crossings with somebody positive that look, or should, back at these: of the same vehicle or person."""

_MARKED = f"""
    INSERT INTO exposed (ref, occurred_at, crossing_id)
    SELECT shown.ref, shown.occurred_at, shown.crossing_id
    FROM (
        -- A union: of EXISTS … OR EXISTS the planner makes a look at all results.
        SELECT ref.crossing_id FROM crossing_refs AS ref
        CROSS JOIN LATERAL (SELECT result_id FROM result_refs AS one WHERE one.ref = ref.ref OFFSET 0) AS known
        CROSS JOIN LATERAL (
            SELECT FROM results AS one
            WHERE one.result_id = known.result_id AND one.content->>'outcome' = 'positive' LIMIT 1
        ) AS positive
        WHERE ref.crossing_id = ANY({HUBS})
        UNION
        SELECT crossing_id FROM results
        WHERE crossing_id = ANY({HUBS}) AND content->>'outcome' = 'positive'
    ) AS hubs
    CROSS JOIN LATERAL (
        SELECT * FROM crossing_refs AS one
        WHERE one.crossing_id = hubs.crossing_id AND one.kind = ANY({KINDS_EXPOSED}) OFFSET 0
    ) AS shown
    ORDER BY 1, 3, 2
    ON CONFLICT DO NOTHING
"""
"""Of those aboard of which somebody, of any revision, is or was perhaps positive: all that is followed."""

_NEARBY = f"""
WITH later AS ({_LATER}),
     earlier AS ({_EARLIER}),
     bearing AS ({_BEARING}),
     late AS ({_LATE}),
     arrived AS ({_ARRIVED}),
     on_trips AS ({_ON_TRIPS}),
     exposed_with AS ({_EXPOSED_WITH}),
     marked AS ({_MARKED})
SELECT later_id AS crossing_id FROM later
UNION SELECT crossing_id FROM earlier
UNION SELECT crossing_id FROM arrived
UNION SELECT crossing_id FROM on_trips
UNION SELECT crossing_id FROM exposed_with
"""


async def ask_nearby(
    connection: Connection, crossings: Set[UUID], registry: Registry, *, came: Set[UUID], of_results: Set[UUID]
) -> set[UUID]:
    """Whose verdict may hang on ``crossings``, which came or about which something was decided, and on those of
    which results came. What is exposed is marked; decisions expose nobody.

    Marks are committed when this returns, before what they are of is judged. So of a crossing of somebody positive
    and another one of its vehicle or driver, on two workers, either the former's judgement, which looks back, sees
    the latter, or the latter, which asks here after its own commit, sees the mark. The statement does not see its
    own marks, and need not: all that it marks is judged anyway.
    """
    return await _nearby(
        connection, crossings, registry, came=came, aboard=crossings | of_results, hubs=came | of_results
    )


async def neighbours_of(connection: Connection, crossings: Set[UUID], registry: Registry) -> set[UUID]:
    """Whose verdict may hang on what was decided about these crossings, or on nothing being decided."""
    return await _nearby(connection, crossings, registry)


async def later_neighbours(connection: Connection, crossings: Set[UUID], registry: Registry) -> set[UUID]:
    """Who met these later, and nobody else."""
    if not crossings or not registry.neighbours_back:
        return set()
    rows = await connection.fetch(
        _LATER, sorted(crossings), registry.neighbours_back, sorted(FOLLOWED_KINDS), NEIGHBOURS_MOST
    )
    return {row["later_id"] for row in rows}


async def _nearby(
    connection: Connection,
    crossings: Set[UUID],
    registry: Registry,
    *,
    came: Set[UUID] = frozenset(),
    aboard: Set[UUID] = frozenset(),
    hubs: Set[UUID] = frozenset(),
) -> set[UUID]:
    if not (crossings or came or aboard or hubs):
        return set()
    rows = await connection.fetch(
        _NEARBY,
        *(sorted(crossings), registry.neighbours_back, sorted(FOLLOWED_KINDS), NEIGHBOURS_MOST),
        *(registry.neighbours_ahead, sorted({*FOLLOWED_AHEAD, CERTIFICATE})),
        *(sorted(came), WAITS_MEASURED, registry.slow_within),
        *(sorted(aboard), TRIP_LASTS, TRIP_MOST),
        *(sorted(hubs), FOLLOWED, registry.widest("look_back") + registry.widest("positive_counts")),
    )
    return {row["crossing_id"] for row in rows}
