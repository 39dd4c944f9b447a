"""SQL that all readers of refs share. Refs lie in partitions by month: who names the time looks into one of them.

A crossing's refs at a revision are of that revision's own time, which a correction may have moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stream_processors.database.pool import Connection

_OF_ANY_REVISION = """({refs}.crossing_id = {here}.crossing_id
    AND {refs}.occurred_at >= coalesce({here}.refs_from, {here}.occurred_at)
    AND {refs}.occurred_at <= coalesce({here}.refs_until, {here}.occurred_at))"""


def of_any_revision(refs: str, here: str) -> str:
    """That the one row is a ref of the other, which is a crossing's, at whatever revision."""
    return _OF_ANY_REVISION.format(refs=refs, here=here)


async def refs_at(connection: Connection, crossings: Sequence[Any]) -> list[Any]:
    """Refs of each of these crossings' rows, at the revision and the time of the row."""
    rows: list[Any] = await connection.fetch(
        """
        SELECT seen.* FROM unnest($1::uuid[], $2::int[], $3::timestamptz[])
            AS here (crossing_id, revision, occurred_at)
        JOIN crossing_refs AS seen USING (crossing_id, revision, occurred_at)
        """,
        [row["crossing_id"] for row in crossings],
        [row["revision"] for row in crossings],
        [row["occurred_at"] for row in crossings],
    )
    return rows
