"""Connections to the processors' own schema, with JSON as text on both sides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import asyncpg

from stream_processors.database.migrate import SCHEMA

Connection: TypeAlias = asyncpg.Connection
Pool: TypeAlias = asyncpg.Pool


BY_INDEX: Mapping[str, str] = {
    # A batch is small and the tables are not. A planner that was asked while they were empty, or that takes an
    # array for much, reads whole tables for each batch from then on, or holds one against each row.
    # Where a table that grows is joined, it is LATERAL with OFFSET 0, so that no other order is thought of.
    **dict.fromkeys(("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "enable_material", "jit"), "off"),
    # One plan a statement and connection: planning again cost more than running.
    "plan_cache_mode": "force_generic_plan",
}


async def open_pool(url: str) -> Pool:
    """Raises what says that the database is away; the caller retries."""
    return await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=6,
        timeout=10,
        command_timeout=60,
        reset=_reset,
        server_settings={"search_path": SCHEMA, "application_name": "chotxanh-processors", **BY_INDEX},
    )


async def _reset(connection: Connection) -> None:
    """Nothing here outlives its transaction, no lock and no setting (``claims`` has connections of its own).

    By default each return to the pool is a round trip, of which a batch had five among forty.
    """
    if connection.is_in_transaction():
        await connection.reset()
