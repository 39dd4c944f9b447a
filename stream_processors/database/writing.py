"""Several writes in one round trip: at a light load a batch is a few crossings, and waits mostly for answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from stream_processors.database.pool import Connection

_PLACE = re.compile(r"\$(\d+)")


@dataclass(frozen=True)
class Write:
    """A statement that inserts, updates or deletes, and nothing of which is read."""

    sql: str
    given: tuple[Any, ...]
    """For its ``$1``, ``$2``, … in their order."""


async def write(connection: Connection, writes: Iterable[Write]) -> None:
    """All of them as one statement, in their order; none sees what another writes, and no two touch one row."""
    ordered = list(writes)
    if ordered:
        sql = together(tuple(one.sql for one in ordered))
        await connection.execute(sql, *(value for one in ordered for value in one.given))


@lru_cache(maxsize=200)
def together(statements: tuple[str, ...]) -> str:
    """Each as a part of one, with its places counted on from those of the parts before."""
    if len(statements) == 1:
        return statements[0]
    parts, taken = [], 0
    for number, sql in enumerate(statements, 1):
        parts.append(f"write_{number} AS ({_PLACE.sub(_moved_by(taken), sql)})")
        taken += max((int(place) for place in _PLACE.findall(sql)), default=0)
    return f"WITH {', '.join(parts)} SELECT"


def _moved_by(taken: int) -> Callable[[re.Match[str]], str]:
    return lambda place: f"${int(place[1]) + taken}"
