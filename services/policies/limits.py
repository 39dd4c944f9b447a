"""The limits from above as they are kept here: every version, the highest counts."""

from __future__ import annotations

from datetime import datetime

from schemas.canonical import canonical
from schemas.policy.limits import Limits
from services.audit import chain
from services.database.connection import Connection
from services.errors import Conflict


async def keep(conn: Connection, limits: Limits, by: str, at: datetime) -> bool:
    """False when the very same is there. Raises Conflict: same version with other content, or not the newest."""
    value = canonical(limits).decode()
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"limits {limits.limits_id}")
    known = await conn.fetch("SELECT version, value FROM policy_limits WHERE limits_id = $1", limits.limits_id)
    if any(row["version"] == limits.version and row["value"] == value for row in known):
        return False
    newest = max((row["version"] for row in known), default=0)
    if newest >= limits.version:
        raise Conflict(
            "REVISION_TOO_OLD",
            f"Đã có bản {newest}. Gửi bản {newest + 1}.",
            f"There is version {newest} already. Send version {newest + 1}.",
        )
    await conn.execute(
        """
        INSERT INTO policy_limits (limits_id, version, value, recorded_at, recorded_by)
        VALUES ($1, $2, $3, $4, $5)
        """,
        limits.limits_id,
        limits.version,
        value,
        at,
        by,
    )
    await chain.record(conn, at, by, "limits_entered", limits.limits_id, details={"version": limits.version})
    return True


async def newest(conn: Connection) -> tuple[Limits, ...]:
    rows = await conn.fetch(
        "SELECT DISTINCT ON (limits_id) value FROM policy_limits ORDER BY limits_id, version DESC"
    )
    return tuple(Limits.model_validate_json(row["value"]) for row in rows)
