"""Names of posts for people, from the registry. Remembered for a short while, since every alert needs them."""

from __future__ import annotations

import time

from schemas.events.registry import PostRegistered
from services.database.connection import Connection, Pool

FRESH_S = 15.0


class PostNames:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._names: dict[str, str] = {}
        self._read_s = float("-inf")

    async def all(self, conn: Connection | None = None) -> dict[str, str]:
        """Post id to name. A request hands in the connection it has: waiting for a second one can deadlock."""
        if time.monotonic() - self._read_s <= FRESH_S:
            return self._names
        if conn is not None:
            return await self._read(conn)
        async with self._pool.acquire() as own:
            return await self._read(own)

    async def _read(self, conn: Connection) -> dict[str, str]:
        rows = await conn.fetch(
            """
            SELECT DISTINCT ON (thing_id) value FROM registry WHERE kind = 'posts'
            ORDER BY thing_id, revision DESC
            """
        )
        posts = [PostRegistered.model_validate_json(row["value"]) for row in rows]
        self._names = {post.post_id: post.name for post in posts}
        self._read_s = time.monotonic()
        return self._names
