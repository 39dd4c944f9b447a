"""The table of what-ifs: each asked for by a command on the outbox, and answered by a topic. Judges nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.canonical import canonical
from schemas.policy.policy import Policy
from schemas.whatif import WhatIfAnswer, WhatIfAsked
from services.database.connection import Connection
from services.errors import NotFound
from services.policies import limits
from services.policies.past import content_hash
from services.questions import store as questions
from services.questions.store import Kind


def _found(said: WhatIfAnswer) -> dict[str, object]:
    return {"comparison": said.comparison.model_dump(mode="json") if said.comparison else None}


WHATIFS = Kind(
    table="whatifs",
    id_column="whatif_id",
    command="what_if",
    audited_as="whatif",
    too_many=(
        "TOO_MANY_WHATIFS",
        "Đang có quá nhiều lần chạy thử. Chờ một lần xong, hoặc dừng bớt.",
        "Too many what-ifs are waiting. Wait for one to end, or stop one.",
    ),
    answer=WhatIfAnswer,
    found=_found,
)


@dataclass(frozen=True)
class WhatIf:
    whatif_id: UUID
    asked_by: str
    asked_at: datetime
    begins_at: datetime
    ends_at: datetime
    policy_id: str
    policy_version: int
    state: str
    progress: int
    crossings: int
    reason: str | None
    stop_asked_by: str | None
    answered_at: datetime | None
    took_ms: int | None
    comparison: dict[str, Any] | None
    draft_sha256: str | None
    """None: asked before drafts were kept."""
    limits_broken: list[dict[str, str]]
    """By the draft, as the limits stood when it was asked: it could not be published."""

    @property
    def is_open(self) -> bool:
        return self.answered_at is None


_COLUMNS = ", ".join(WhatIf.__annotations__)


async def ask(conn: Connection, asked: WhatIfAsked, by: str, at: datetime) -> WhatIf:
    """Write it down and to the outbox. Raises Conflict when too many wait, NotValid when it is too large."""
    command = await questions.command_for(conn, WHATIFS, asked, by, at)
    await conn.execute(
        """
        INSERT INTO whatifs
            (whatif_id, asked_by, asked_at, begins_at, ends_at, policy_id, policy_version,
             draft, draft_sha256, limits_broken)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """,
        command.event_id,
        by,
        at,
        asked.begins_at,
        asked.ends_at,
        asked.policy.policy_id,
        asked.policy.version,
        canonical(asked.policy).decode(),
        content_hash(asked.policy),
        [limits.as_said(one) for one in await limits.broken(conn, asked.policy)],
    )
    await questions.send(conn, WHATIFS, command, by, at)
    return await one(conn, command.event_id)


async def stop(conn: Connection, whatif_id: UUID, by: str, at: datetime) -> WhatIf:
    """Ask that it be stopped; once, and without effect when it was answered. Raises NotFound."""
    await questions.stop(conn, WHATIFS, whatif_id, by, at)
    return await one(conn, whatif_id)


async def one(conn: Connection, whatif_id: UUID) -> WhatIf:
    """Raises NotFound."""
    row = await conn.fetchrow(f"SELECT {_COLUMNS} FROM whatifs WHERE whatif_id = $1", whatif_id)
    if row is None:
        raise NotFound
    return WhatIf(**row)


async def draft_of(conn: Connection, whatif_id: UUID) -> Policy:
    """What it was asked about. Raises NotFound, also for one from before drafts were kept."""
    draft = await conn.fetchval("SELECT draft FROM whatifs WHERE whatif_id = $1", whatif_id)
    if draft is None:
        raise NotFound
    return Policy.model_validate_json(draft)


async def newest(conn: Connection, *, most: int = 50) -> list[WhatIf]:
    rows = await conn.fetch(
        f"SELECT {_COLUMNS} FROM whatifs ORDER BY asked_at DESC, whatif_id DESC LIMIT $1", most
    )
    return [WhatIf(**row) for row in rows]
