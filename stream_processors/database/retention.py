"""SQL that lets go what is older than the retention: crossings with all that hangs on them, facts, results.

Rows whose ids must stay unique over all time are not in partitions by time, and go in small steps instead
(README.md). What replays may still ask for is said by ``kept_since``.
"""

from __future__ import annotations

from datetime import datetime

from stream_processors.database.kept import dropped_before
from stream_processors.database.pool import Connection
from stream_processors.intake import opening

MOST_AT_ONCE = 2000
_LOCK = 5_226_023
PASSING = (opening.CROSSING, opening.DECISION, opening.RESULT, opening.COMMAND)
"""Kinds of facts that have their time. The registry's stay: its topics are read whole at each start."""

_OF_CROSSINGS = (
    "crossing_refs",
    "decisions",
    "deadlines",
    "timers",
    "exposed",
    "draws",
    "verdicts",
    "statements",
    "superseded_judgements",
    "superseded_statements",
)


async def drop_some(connection: Connection, until: datetime) -> bool:
    """Let go a part of what happened before ``until``; False when nothing of it is left. One worker at a time."""
    async with connection.transaction():
        if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK):
            return False
        await dropped_before(connection, until)
        gone = await _crossings(connection, until) + await _decisions(connection, until)
        gone += await _facts(connection, until) + await _results(connection, until)
    return gone > 0


async def _crossings(connection: Connection, until: datetime) -> int:
    rows = await connection.fetch(
        "SELECT crossing_id FROM crossings WHERE occurred_at < $1 ORDER BY occurred_at LIMIT $2",
        until,
        MOST_AT_ONCE,
    )
    if not rows:
        return 0
    ids = sorted(row["crossing_id"] for row in rows)
    # As the judge does: the verdicts' rows first and in order, then everything about them.
    await connection.execute(
        "SELECT FROM verdicts WHERE crossing_id = ANY($1::uuid[]) ORDER BY crossing_id FOR UPDATE", ids
    )
    for table in _OF_CROSSINGS:
        await connection.execute(f"DELETE FROM {table} WHERE crossing_id = ANY($1::uuid[])", ids)
    await connection.execute(
        "DELETE FROM superseded_facts WHERE source IN ('crossings', 'decisions') AND id = ANY($1::text[])",
        [str(id_) for id_ in ids],
    )
    return _count(await connection.execute("DELETE FROM crossings WHERE crossing_id = ANY($1::uuid[])", ids))


async def _decisions(connection: Connection, until: datetime) -> int:
    """Those whose crossing never came."""
    return _count(
        await connection.execute(
            """
            DELETE FROM decisions WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM decisions AS one WHERE one.occurred_at < $1
                  AND NOT EXISTS (SELECT FROM crossings WHERE crossings.crossing_id = one.crossing_id)
                LIMIT $2))
            """,
            until,
            MOST_AT_ONCE,
        )
    )


async def _facts(connection: Connection, until: datetime) -> int:
    """By both times: what could still come again and be taken must be known again."""
    return _count(
        await connection.execute(
            """
            DELETE FROM facts WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM facts WHERE recorded_at < $1 AND occurred_at < $1 AND kind = ANY($2::text[])
                LIMIT $3))
            """,
            until,
            list(PASSING),
            3 * MOST_AT_ONCE,
        )
    )


async def _results(connection: Connection, until: datetime) -> int:
    rows = await connection.fetch(
        "SELECT result_id FROM results WHERE sampled_at < $1 AND occurred_at < $1 LIMIT $2", until, MOST_AT_ONCE
    )
    if not rows:
        return 0
    ids = [row["result_id"] for row in rows]
    await connection.execute("DELETE FROM result_refs WHERE result_id = ANY($1::uuid[])", ids)
    await connection.execute(
        "DELETE FROM superseded_facts WHERE source = 'results' AND id = ANY($1::text[])", [str(id_) for id_ in ids]
    )
    return _count(await connection.execute("DELETE FROM results WHERE result_id = ANY($1::uuid[])", ids))


def _count(status: str) -> int:
    """Of ``DELETE 17``."""
    return int(status.rsplit(" ", 1)[1])
