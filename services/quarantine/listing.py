"""The queue as a page reads it: filtered, groups kept together, counted. Opens no box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.database.connection import Connection
from services.quarantine.steps import State

PAGE = 50

_IN_AREA = (
    "(cardinality($1::text[]) = 0 OR post_id = ANY($1) OR destination_commune = ANY($1) OR place_id = ANY($1))"
)


@dataclass(frozen=True)
class Filters:
    """As they stand in the address; none of them names a person."""

    state: State | None = None
    post: str | None = None
    priority: int | None = None
    mine: bool = False
    page: int = 1


async def episodes(conn: Connection, filters: Filters, caller: str, areas: frozenset[str]) -> list[Any]:
    """One page: the most urgent group first, the people of a crossing side by side. Open ones unless asked."""
    rows: list[Any] = await conn.fetch(
        f"""
        SELECT episodes.*, places.name AS place_name,
               (SELECT array_agg(DISTINCT reason ORDER BY reason) FROM referrals, unnest(reasons) AS reason
                WHERE referrals.episode_id = episodes.episode_id) AS reasons,
               (SELECT count(*) FROM referrals WHERE referrals.episode_id = episodes.episode_id) AS referrals
        FROM episodes LEFT JOIN places USING (place_id)
        WHERE {_IN_AREA}
          AND {"state = $2" if filters.state else "state NOT IN ('released', 'closed') AND $2::text IS NULL"}
          AND ($3::text IS NULL OR post_id = $3) AND ($4::int IS NULL OR priority = $4)
          AND ($5::text IS NULL OR claimed_by = $5)
        ORDER BY group_priority, passed_at, group_id, occupant, episode_id
        LIMIT {PAGE} OFFSET $6
        """,
        sorted(areas),
        filters.state,
        filters.post,
        filters.priority,
        caller if filters.mine else None,
        (filters.page - 1) * PAGE,
    )
    return rows


async def episode(conn: Connection, episode_id: Any) -> Any:
    """One row as the page shows it, or None."""
    return await conn.fetchrow(
        """
        SELECT episodes.*, places.name AS place_name,
               (SELECT array_agg(DISTINCT reason ORDER BY reason) FROM referrals, unnest(reasons) AS reason
                WHERE referrals.episode_id = episodes.episode_id) AS reasons,
               (SELECT count(*) FROM referrals WHERE referrals.episode_id = episodes.episode_id) AS referrals
        FROM episodes LEFT JOIN places USING (place_id) WHERE episode_id = $1
        """,
        episode_id,
    )


async def counts(conn: Connection, areas: frozenset[str]) -> dict[str, int]:
    """How many are in each state."""
    rows = await conn.fetch(
        f"SELECT state, count(*) AS number FROM episodes WHERE {_IN_AREA} GROUP BY state", sorted(areas)
    )
    return {row["state"]: row["number"] for row in rows}
