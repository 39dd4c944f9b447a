"""What waits in the database to be sent, as its readers will read it."""

from __future__ import annotations

from schemas.topics import SELF_CHECKS, decode
from stream_processors.database import statements


async def held(judge, model):
    """In the order in which it was written."""
    async with judge.pool.acquire() as connection:
        found = await statements.held(connection)
    events = [decode(SELF_CHECKS, one.value, one.headers) for one in found if one.topic == SELF_CHECKS.name]
    return [one for one in events if isinstance(one, model)]
