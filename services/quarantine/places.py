"""Places of quarantine and how many beds are left. A home has no number of beds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.database.connection import Connection
from services.errors import Conflict, FieldError, NotValid


@dataclass(frozen=True)
class Place:
    place_id: str
    name: str
    kind: str
    capacity: int | None
    taken: int
    confirmed_at: datetime
    """When somebody last said that the capacity is so."""

    @property
    def free(self) -> int | None:
        return None if self.capacity is None else max(0, self.capacity - self.taken)


async def all_places(conn: Connection) -> list[Place]:
    rows = await conn.fetch(
        """
        SELECT place_id, name, kind, capacity, confirmed_at, coalesce(taken, 0)::int AS taken
        FROM places LEFT JOIN (SELECT place_id, count(*) AS taken FROM episodes WHERE state = 'placed'
                               GROUP BY place_id) AS placed USING (place_id)
        ORDER BY kind, name
        """
    )
    return [Place(**dict(row)) for row in rows]


async def take_one(conn: Connection, place_id: str, *, unless_in: str | None = None) -> None:
    """Make sure that there is room, and keep it for the caller's transaction.

    Raises NotValid for an unknown place and Conflict for a full one.
    """
    place = await conn.fetchrow("SELECT name, capacity FROM places WHERE place_id = $1 FOR UPDATE", place_id)
    if place is None:
        raise NotValid(FieldError("place_id", "unknown", "Không có chỗ này.", "There is no such place."))
    if place["capacity"] is None or place_id == unless_in:
        return
    taken = await conn.fetchval("SELECT count(*) FROM episodes WHERE place_id = $1 AND state = 'placed'", place_id)
    if taken >= place["capacity"]:
        raise Conflict("PLACE_FULL", f"{place['name']} đã hết chỗ.", f"{place['name']} is full.")


async def put(
    conn: Connection,
    place_id: str,
    name: str,
    kind: str,
    capacity: int | None,
    *,
    commune: str | None = None,
    by: str,
    at: datetime,
) -> bool:
    """Add a place or confirm its numbers; True when it is new."""
    created: bool = await conn.fetchval(
        """
        INSERT INTO places (place_id, name, kind, capacity, commune, confirmed_at, confirmed_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (place_id) DO UPDATE SET name = excluded.name, kind = excluded.kind,
            capacity = excluded.capacity, commune = excluded.commune,
            confirmed_at = excluded.confirmed_at, confirmed_by = excluded.confirmed_by
        RETURNING xmax = 0
        """,
        place_id,
        name,
        kind,
        capacity,
        commune,
        at,
        by,
    )
    return created
