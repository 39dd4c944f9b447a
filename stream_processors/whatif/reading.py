"""Stored crossings of a period with what bears on them, chunk by chunk, for both policies that are compared."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, TypeAlias

from stream_processors.database.bearing import read_bearings
from stream_processors.database.pool import Connection
from stream_processors.database.registry import RegistryInForce
from stream_processors.judging.context import Context, KnownCrossing, Registry
from stream_processors.questions import snapshot
from stream_processors.questions.snapshot import CHUNK, Period

Known: TypeAlias = tuple[KnownCrossing, Context]

COUNTED = "NOT abandoned AND NOT practice AND state = 'in_force' AND facts IS NOT NULL"
"""Traffic that really was; what was withdrawn or practised has no lane time to win or lose."""


async def registry_of(connection: Connection) -> Registry:
    in_force = RegistryInForce()
    await in_force.refresh(connection)
    return in_force.registry


def chunks(
    connection: Connection, period: Period, registry: Registry, *, size: int = CHUNK
) -> AsyncIterator[Sequence[Known]]:
    """``registry`` says how far around a crossing to look: for the widest of all policies that are compared."""

    async def load(rows: Sequence[Any]) -> Sequence[Known]:
        """A fixed number of queries, however many crossings."""
        known = await read_bearings(connection, [row["crossing_id"] for row in rows], registry)
        return sorted(known, key=lambda one: (one[0].facts.occurred_at, one[0].facts.crossing_id))

    return snapshot.chunks(connection, period, COUNTED, load, size=size)
