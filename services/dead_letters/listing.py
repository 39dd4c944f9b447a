"""Lists and counts of cases. Reads only; the filters are those of the page's address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.database.connection import Connection
from services.dead_letters.cases import Case, case_of
from services.dead_letters.states import WAITING, State


@dataclass(frozen=True)
class Wanted:
    """None: whatever it is. ``waiting_only``: those that wait for a person."""

    state: State | None = None
    reason: str | None = None
    topic: str | None = None
    post_id: str | None = None
    station_id: str | None = None
    waiting_only: bool = False
    before: tuple[datetime, UUID] | None = None


_WHERE = """
    ($1::text[] IS NULL OR state = ANY($1)) AND ($2::text IS NULL OR reason = $2)
    AND ($3::text IS NULL OR topic = $3) AND ($4::text IS NULL OR post_id = $4)
    AND ($5::text IS NULL OR station_id = $5) AND (cardinality($6::text[]) = 0 OR post_id = ANY($6))
"""


def _values(wanted: Wanted, areas: frozenset[str]) -> list[Any]:
    states = [wanted.state] if wanted.state else list(WAITING) if wanted.waiting_only else None
    return [states, wanted.reason, wanted.topic, wanted.post_id, wanted.station_id, sorted(areas)]


async def newest(conn: Connection, wanted: Wanted, areas: frozenset[str], limit: int) -> list[Case]:
    before_at, before_id = wanted.before or (None, None)
    rows = await conn.fetch(
        f"""
        SELECT * FROM dead_letter_cases
        WHERE {_WHERE} AND ($7::timestamptz IS NULL OR (buried_at, case_id) < ($7, $8::uuid))
        ORDER BY buried_at DESC, case_id DESC LIMIT $9
        """,
        *_values(wanted, areas),
        before_at,
        before_id,
        limit,
    )
    return [case_of(row) for row in rows]


async def counts(conn: Connection, areas: frozenset[str]) -> dict[str, int]:
    rows = await conn.fetch(
        """
        SELECT state, count(*) AS number FROM dead_letter_cases
        WHERE cardinality($1::text[]) = 0 OR post_id = ANY($1) GROUP BY state
        """,
        sorted(areas),
    )
    return {row["state"]: row["number"] for row in rows}


async def known_values(conn: Connection) -> dict[str, list[str]]:
    """What there is to filter by."""
    row = await conn.fetchrow(
        """
        SELECT coalesce(array_agg(DISTINCT reason), '{}') AS reasons,
               coalesce(array_agg(DISTINCT topic), '{}') AS topics,
               coalesce(array_agg(DISTINCT station_id) FILTER (WHERE station_id IS NOT NULL), '{}') AS stations,
               coalesce(array_agg(DISTINCT post_id) FILTER (WHERE post_id IS NOT NULL), '{}') AS posts
        FROM dead_letter_cases
        """
    )
    return {name: sorted(row[name]) for name in ("reasons", "topics", "stations", "posts")}
