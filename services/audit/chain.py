"""The audit trail: one row a write or a look, each bound to the one before. Nothing here names a person
who is not an account of ours.

The lock on the chain is held until the caller's transaction ends: record last, after all other locks.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from schemas.bounded import instant_text
from schemas.canonical import canonical
from schemas.events.base import FIRST_PREVIOUS
from services.database.connection import Connection

LOCK = 0x63785F6175646974


async def record(
    conn: Connection,
    at: datetime,
    by: str,
    action: str,
    thing: object,
    *,
    purpose: str | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Append one row, inside the caller's transaction; ``thing`` is an id, ``details`` are codes and counts."""
    await conn.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
    last = await conn.fetchrow("SELECT number, sha256 FROM audit ORDER BY number DESC LIMIT 1")
    number, previous = (last["number"] + 1, last["sha256"]) if last else (1, FIRST_PREVIOUS)
    row = {
        "number": number,
        "at": instant_text(at),
        "by": by,
        "action": action,
        "thing": str(thing),
        "purpose": purpose,
        "details": details or {},
        "previous": previous,
    }
    await conn.execute(
        """
        INSERT INTO audit (number, at, by, action, thing, purpose, details, previous, sha256)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        number,
        at,
        by,
        action,
        str(thing),
        purpose,
        details or {},
        previous,
        link(row),
    )


def link(row: dict[str, Any]) -> str:
    """The hash of one row with everything in it, the hash of the row before included."""
    return hashlib.sha256(canonical(row)).hexdigest()


async def first_broken(conn: Connection) -> int | None:
    """The number of the first row that is changed, missing or out of its place; None when all is whole."""
    previous, expected = FIRST_PREVIOUS, 1
    async for found in conn.cursor("SELECT * FROM audit ORDER BY number"):
        row = dict(found) | {"at": instant_text(found["at"])}
        sha256 = row.pop("sha256")
        if row["number"] != expected or row["previous"] != previous or link(row) != sha256:
            return expected
        previous, expected = sha256, expected + 1
    return None
