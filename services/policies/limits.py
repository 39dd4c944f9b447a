"""The limits from above as they are kept here: every version, the highest counts; and who breaks them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.canonical import canonical
from schemas.policy.limits import Limits
from schemas.policy.policy import Policy
from schemas.rules.limits import Broken, check_limits
from services.audit import chain
from services.database.connection import Connection
from services.errors import Conflict
from services.policies.standing import breaking, standing


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


async def broken(conn: Connection, policy: Policy) -> tuple[Broken, ...]:
    """Every limit of today that ``policy`` breaks. Hundreds of trials: beside the event loop, not on it."""
    return await asyncio.to_thread(check_limits, policy, await newest(conn))


def as_said(one: Broken) -> dict[str, str]:
    """To be kept and shown."""
    sentence = one.limit.sentence
    return {
        "field": one.field,
        "code": one.limit.code,
        "document": one.document,
        "vi": sentence.vi,
        "en": sentence.en,
    }


@dataclass(frozen=True)
class Break:
    """A bundle that is in force or to come, and breaks a limit that came after it."""

    policy: Policy
    limits_id: str
    broken: list[dict[str, str]]
    noticed_at: datetime


async def note_breaks(
    conn: Connection, sent: Limits, published: list[Policy], at: datetime
) -> list[dict[str, Any]]:
    """Write down which of ``published`` break ``sent``: a warning for as long as they stand."""
    found = await asyncio.to_thread(breaking, published, sent, at)
    said = [
        {
            "policy_id": policy.policy_id,
            "version": policy.version,
            "effective_at": policy.effective_at,
            "broken": [as_said(one) for one in wrong],
        }
        for policy, wrong in found
    ]
    await conn.executemany(
        """
        INSERT INTO policy_limit_breaks
            (limits_id, limits_version, policy_id, policy_version, broken, noticed_at)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
        """,
        [(sent.limits_id, sent.version, one["policy_id"], one["version"], one["broken"], at) for one in said],
    )
    return said


async def breaks(conn: Connection, published: list[Policy], at: datetime) -> list[Break]:
    """Of the newest limits, by bundles that still stand; the one in force first."""
    rows = await conn.fetch(
        """
        SELECT known.* FROM policy_limit_breaks AS known
        WHERE known.limits_version = (SELECT max(version) FROM policy_limits WHERE limits_id = known.limits_id)
        """
    )
    by_policy = {(one.policy.policy_id, one.policy.version): one.policy for one in standing(published, at)}
    found = [
        Break(policy, row["limits_id"], row["broken"], row["noticed_at"])
        for row in rows
        if (policy := by_policy.get((row["policy_id"], row["policy_version"]))) is not None
    ]
    return sorted(found, key=lambda one: (one.policy.effective_at, one.policy.policy_id, one.limits_id))
