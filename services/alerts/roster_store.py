"""Rosters in the database: every version is kept, the newest is in force. The telephone stands in a box."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from schemas.events.base import SealedBox
from schemas.ids import derived_id
from schemas.trust.sealing import BoxRefused, Opener, Sealer
from services.alerts.roster import STANDARD, Roster, RosterSecrets
from services.audit import chain
from services.database.connection import Connection
from services.errors import Conflict

LOCK = 0x63785F726F737472


@dataclass(frozen=True)
class InForce:
    version: int
    """0: the standard one; nobody has entered any."""
    roster: Roster
    changed_by: str | None = None
    changed_at: datetime | None = None
    sealed: SealedBox | None = None

    def telephone(self, opener: Opener) -> str | None:
        """None where none was entered, or its box cannot be opened any more."""
        if self.sealed is None:
            return None
        try:
            return opener.open(self.sealed, _record_id(self.version), RosterSecrets).telephone
        except BoxRefused:
            return None


async def in_force(conn: Connection) -> InForce:
    row = await conn.fetchrow("SELECT * FROM duty_rosters ORDER BY version DESC LIMIT 1")
    if row is None:
        return InForce(0, STANDARD)
    return InForce(
        row["version"],
        Roster.model_validate(row["content"]),
        row["changed_by"],
        row["changed_at"],
        SealedBox.model_validate(row["sealed"]),
    )


async def change(
    conn: Connection, roster: Roster, telephone: str, seen_version: int, sealer: Sealer, by: str, at: datetime
) -> InForce:
    """The next version, in force at once. Raises Conflict when another was entered in between."""
    await conn.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
    now = await in_force(conn)
    if now.version != seen_version:
        raise Conflict(
            "ROSTER_CHANGED",
            f"{now.changed_by} vừa thay đổi danh sách trực. Xem lại rồi sửa tiếp.",
            f"{now.changed_by} has just changed the roster. Look again before you go on.",
        )
    version = now.version + 1
    record_id = _record_id(version)
    sealed = sealer.seal(RosterSecrets(record_id=record_id, telephone=telephone))
    await conn.execute(
        """
        INSERT INTO duty_rosters (version, content, sealed, sealed_id, changed_by, changed_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        version,
        roster.model_dump(mode="json"),
        sealed.model_dump(mode="json"),
        record_id,
        by,
        at,
    )
    await chain.record(conn, at, by, "duty_roster_changed", version, details={"steps": len(roster.steps)})
    return InForce(version, roster, by, at, sealed)


def _record_id(version: int) -> UUID:
    return derived_id("duty-roster", version)
