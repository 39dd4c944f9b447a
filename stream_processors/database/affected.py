"""SQL that says which crossings a new fact may change: never too few, bounded by index and window."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from schemas.bounded import EARLIEST, LATEST
from schemas.events.registry import NoticePublished, PolicyPublished, UnitsPublished, ZonesAssigned
from schemas.rules.closed_roads import ROAD_CLOSED
from schemas.zones import Zones
from stream_processors.database.nearby import ask_nearby, later_neighbours
from stream_processors.database.pool import Connection
from stream_processors.intake import opening
from stream_processors.intake.records import Taken
from stream_processors.judging.context import Registry

WEEKS_THERE = """(
    WITH RECURSIVE there AS (
        (SELECT week FROM crossing_refs ORDER BY week LIMIT 1)
        UNION ALL
        SELECT (SELECT week FROM crossing_refs AS one WHERE one.week > there.week ORDER BY week LIMIT 1)
        FROM there WHERE there.week IS NOT NULL
    )
    SELECT week FROM there WHERE week IS NOT NULL
) AS there"""
"""Each week that has refs, found by as many looks at the index."""


async def affected_by(connection: Connection, facts: Sequence[Taken], registry: Registry) -> list[UUID]:
    """Ids in order. Runs after the facts were committed, so that of two facts that meet one sees the other."""
    subjects: dict[str, list[UUID]] = {}
    for one in facts:
        if one.kind in (opening.CROSSING, opening.DECISION, opening.RESULT, opening.PASS):
            subjects.setdefault(one.kind, []).append(UUID(one.subject))
    came = set(subjects.get(opening.CROSSING, []))
    crossings = came | set(subjects.get(opening.DECISION, []))
    of_results = await _of_results(connection, subjects.get(opening.RESULT, []), registry)
    found = crossings | of_results
    found |= await ask_nearby(connection, crossings, registry, came=came, of_results=of_results)
    found |= await _of_passes(connection, subjects.get(opening.PASS, []))
    for one in facts:
        if one.kind not in opening.REGISTRY_KINDS:
            continue
        if isinstance(one.event, NoticePublished):
            found |= await _of_notice(connection, one.event, one.derived.notice_pass_ref, registry)
        elif isinstance(one.event, PolicyPublished):
            found |= await _of_policy(connection, one.event, registry)
        elif isinstance(one.event, ZonesAssigned):
            found |= await _of_levels(connection, one.event, registry)
        elif isinstance(one.event, UnitsPublished):
            codes = [unit.code for unit in one.event.units]
            found |= await _in_units(connection, codes, registry, EARLIEST)
    return sorted(found)


async def _ids(connection: Connection, sql: str, *arguments: object) -> set[UUID]:
    return {row["crossing_id"] for row in await connection.fetch(sql, *arguments)}


async def _of_results(connection: Connection, results: list[UUID], registry: Registry) -> set[UUID]:
    """A certificate is asked for at any time: whoever wrote its sampling wrong showed it before that, too."""
    if not results:
        return set()
    return await _ids(
        connection,
        """
        SELECT seen.crossing_id
        FROM result_refs AS mine
        CROSS JOIN generate_series(week_of(mine.sampled_at - $2::interval),
                                   week_of(mine.sampled_at + $3::interval)) AS of (week)
        CROSS JOIN LATERAL (
            SELECT crossing_id, occurred_at FROM crossing_refs AS one
            WHERE one.week = of.week AND one.ref = mine.ref OFFSET 0
        ) AS seen
        WHERE mine.result_id = ANY($1::uuid[])
          AND seen.occurred_at BETWEEN mine.sampled_at - $2::interval AND mine.sampled_at + $3::interval
        UNION
        SELECT seen.crossing_id
        FROM result_refs AS mine
        CROSS JOIN LATERAL (
            SELECT crossing_id FROM crossing_refs AS one
            WHERE one.ref = mine.ref AND one.kind = 'certificate' OFFSET 0
        ) AS seen
        WHERE mine.result_id = ANY($1::uuid[])
        UNION
        SELECT crossing_id FROM (
            SELECT crossing_id FROM result_refs WHERE result_id = ANY($1::uuid[]) OFFSET 0
        ) AS tested
        WHERE crossing_id IS NOT NULL
        """,
        results,
        registry.widest("look_back"),
        registry.widest("positive_counts"),
    )


async def _of_passes(connection: Connection, passes: list[UUID]) -> set[UUID]:
    if not passes:
        return set()
    return await _ids(
        connection,
        """
        SELECT DISTINCT seen.crossing_id
        FROM pass_refs AS mine
        CROSS JOIN LATERAL (
            SELECT crossing_id FROM crossing_refs AS one
            WHERE one.ref = mine.ref AND one.kind IN ('pass_number', 'pass_token') OFFSET 0
        ) AS seen
        WHERE mine.pass_id = ANY($1::uuid[])
        """,
        passes,
    )


async def _of_notice(
    connection: Connection, notice: NoticePublished, pass_ref: str | None, registry: Registry
) -> set[UUID]:
    """An extension changes what is past its printed end; a revocation what showed that pass."""
    # A revision may have moved beginning and end: what the former one covered is judged again as well.
    first = notice.revision == 1
    begins_at = notice.effective_at if first else EARLIEST
    ends_at = (notice.ends_at if first else None) or LATEST
    if notice.notice == "extends":
        return await _ids(
            connection,
            """
            SELECT crossing_id FROM crossings
            WHERE printed_until <= occurred_at AND occurred_at >= $1 AND occurred_at < $2
            """,
            begins_at,
            ends_at,
        )
    if notice.notice == ROAD_CLOSED:
        return await _by_a_road(connection, begins_at, ends_at, registry)
    if notice.post_id is not None:
        return await _at_post(connection, notice.post_id, begins_at, ends_at, registry)
    if pass_ref is None:
        return set()
    return await _ids(
        connection,
        f"""
        SELECT DISTINCT seen.crossing_id
        FROM {WEEKS_THERE}
        CROSS JOIN LATERAL (
            SELECT crossing_id, occurred_at FROM crossing_refs AS one
            WHERE one.week = there.week AND one.ref = $1 OFFSET 0
        ) AS seen
        WHERE there.week BETWEEN week_of($2) AND week_of($3)
          AND seen.occurred_at >= $2 AND seen.occurred_at < $3
        """,
        bytes.fromhex(pass_ref),
        begins_at,
        ends_at,
    )


async def _at_post(
    connection: Connection, post_id: str, begins_at: datetime, ends_at: datetime, registry: Registry
) -> set[UUID]:
    """What passed there, what met it at another post, what was in transit and might have come out there, and the
    green-lane vehicles at any post whose route may have led by it."""
    there = await _ids(
        connection,
        "SELECT crossing_id FROM crossings WHERE post_id = $1 AND occurred_at >= $2 AND occurred_at < $3",
        post_id,
        begins_at,
        ends_at,
    )
    inside = await _ids(
        connection,
        """
        SELECT crossing_id FROM crossings
        WHERE occurred_at >= $1::timestamptz - $3::interval AND occurred_at < $2
          AND facts->>'purpose' = 'transit'
        """,
        begins_at,
        ends_at,
        registry.neighbours_ahead,
    )
    round_it = await _ids(
        connection,
        """
        SELECT crossing_id FROM crossings
        WHERE occurred_at >= $1 AND occurred_at < $2::timestamptz + $3::interval AND facts->'passes' @> '[{}]'
        """,
        begins_at,
        min(ends_at, LATEST - registry.widest("diversion_lasts")),
        registry.widest("diversion_lasts"),
    )
    met = await later_neighbours(connection, there, registry)
    return {*there, *inside, *round_it, *met}


async def _by_a_road(
    connection: Connection, begins_at: datetime, ends_at: datetime, registry: Registry
) -> set[UUID]:
    """Whoever passed while it was closed, whoever may have come round or late by it since, and what was in transit
    then. Which ends a former revision named is not asked, and a route may name them at any post."""
    since = max(registry.widest("diversion_lasts"), registry.neighbours_back)
    return await _ids(
        connection,
        """
        SELECT crossing_id FROM crossings
        WHERE NOT abandoned
          AND (occurred_at >= $1 AND occurred_at < $2::timestamptz + $3::interval
               OR occurred_at >= $1::timestamptz - $4::interval AND occurred_at < $2
                  AND facts->>'purpose' = 'transit')
        """,
        begins_at,
        min(ends_at, LATEST - since),
        since,
        registry.neighbours_ahead,
    )


async def _of_levels(connection: Connection, assigned: ZonesAssigned, registry: Registry) -> set[UUID]:
    """Journeys from, to or by what it names. A revision may have dropped units and moved its instant."""
    if assigned.revision > 1:
        return await _ids(connection, "SELECT crossing_id FROM crossings WHERE NOT abandoned")
    areas = registry.areas
    codes = areas.units.within(assigned.levels) if isinstance(areas, Zones) else frozenset(assigned.levels)
    found = await _in_units(connection, sorted(codes), registry, assigned.effective_at)
    # What is announced for later ends a card then, and shows in what was said of it before.
    by_distancing = [one.policy.effective_at for one in registry.policies if one.policy.distancing]
    if by_distancing and min(by_distancing) < assigned.effective_at:
        found |= await _in_units(connection, sorted(codes), registry, min(by_distancing), only_green_lane=True)
    return found


async def _in_units(
    connection: Connection,
    codes: Sequence[str],
    registry: Registry,
    since: datetime,
    *,
    only_green_lane: bool = False,
) -> set[UUID]:
    """From, to or by these units: the post's own, or that of a post on the pass's route."""
    posts = [place.post_id for place in registry.places.values() if place.unit in set(codes)]
    return await _ids(
        connection,
        """
        SELECT crossing_id FROM crossings
        WHERE occurred_at >= $1 AND NOT abandoned
          AND (post_id = ANY($3::text[]) OR facts->>'destination_commune' = ANY($2::text[])
               OR facts->>'origin_unit' = ANY($2::text[])
               OR EXISTS (SELECT FROM jsonb_path_query(facts, '$.passes[*].route[*]') AS stop
                          WHERE stop #>> '{}' = ANY($3::text[])))
          AND (NOT $4 OR facts->'passes' <> '[]')
        """,
        since,
        list(codes),
        posts,
        only_green_lane,
    )


async def _of_policy(connection: Connection, published: PolicyPublished, registry: Registry) -> set[UUID]:
    """What happened while it is the one in force: until the next takes effect. Its decision time bears on what
    is said of later crossings too."""
    return await _ids(
        connection,
        """
        SELECT crossing_id FROM crossings
        WHERE occurred_at >= $1 AND occurred_at < $2::timestamptz + $3::interval AND NOT abandoned
        """,
        published.policy.effective_at,
        min(_next_policy_at(published, registry), LATEST - registry.neighbours_back),
        registry.neighbours_back,
    )


def _next_policy_at(published: PolicyPublished, registry: Registry) -> datetime:
    """A pilot ends neither the bundle for everywhere nor by it."""
    if published.policy.areas:
        return published.policy.ends_at or LATEST
    later = [
        one.policy.effective_at
        for one in registry.policies
        if one.policy.effective_at > published.policy.effective_at and not one.policy.areas
    ]
    return min(later, default=LATEST)
