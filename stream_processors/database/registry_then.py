"""SQL of the registry as it was at any of its changes: read whole once, put together for each when asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from schemas.replay import FactNamed
from stream_processors.database.digests import digest_of
from stream_processors.database.pool import Connection
from stream_processors.database.registry import JUDGED_BY, registry_from
from stream_processors.database.rows import named
from stream_processors.judging.context import Registry

STATES_AT_HAND = 64


class RegistryThen:
    """Every revision of every row that a judge is given, with the change from which it was in force."""

    def __init__(self, rows: Iterable[Any]) -> None:
        by_subject: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for row in rows:
            by_subject[row["kind"], row["subject"]].append(row)
        self._subjects = [sorted(by_subject[key], key=lambda row: row["since"]) for key in sorted(by_subject)]
        self._altered = {
            (row["kind"], row["subject"], row["revision"])
            for revisions in self._subjects
            for row in revisions
            if row["as_stored"] is False
        }
        self.at = lru_cache(maxsize=STATES_AT_HAND)(self._at)

    @classmethod
    async def read(cls, connection: Connection) -> RegistryThen:
        rows = await connection.fetch(
            f"""
            SELECT *, digest = {digest_of("registry", "one")} AS as_stored FROM (
                SELECT * FROM registry
                UNION ALL
                SELECT former.* FROM superseded_facts AS kept
                CROSS JOIN LATERAL jsonb_populate_record(NULL::registry, kept.content) AS former
                WHERE kept.source = 'registry'
            ) AS one WHERE kind = ANY($1::text[])
            """,
            sorted(JUDGED_BY),
        )
        return cls(rows)

    def _at(self, change: int) -> tuple[Registry, tuple[FactNamed, ...]]:
        """The registry, and what of it is not as it was stored."""
        rows = [
            max(then, key=lambda row: row["since"])
            for revisions in self._subjects
            if (then := [row for row in revisions if row["since"] <= change])
        ]
        altered = [row for row in rows if (row["kind"], row["subject"], row["revision"]) in self._altered]
        return registry_from(rows, at_change=change), tuple(named("registry", row) for row in altered)
