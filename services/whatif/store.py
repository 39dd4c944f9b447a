"""The table of what-ifs: each asked for by a command on the outbox, and answered by a topic. Judges nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from pydantic import ValidationError

from schemas.canonical import canonical
from schemas.events.operations import CommandAnswered, CommandGiven
from schemas.policy.policy import Policy
from schemas.questions import ASKED, STOPS, answer_in
from schemas.topics import COMMANDS, Unreadable, encode
from schemas.whatif import WhatIfAnswer, WhatIfAsked
from services.audit import chain
from services.database.connection import Connection
from services.errors import Conflict, FieldError, NotFound, NotValid
from services.outbox import store as outbox
from services.policies import limits
from services.policies.past import content_hash

MOST_OPEN = 10
"""Unanswered at once. They run one after the other, and nobody waits for an eleventh."""
LARGEST = COMMANDS.max_bytes - 10_000


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
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('whatifs', 0))")
    if await conn.fetchval("SELECT count(*) FROM whatifs WHERE answered_at IS NULL") >= MOST_OPEN:
        raise Conflict(
            "TOO_MANY_WHATIFS",
            "Đang có quá nhiều lần chạy thử. Chờ một lần xong, hoặc dừng bớt.",
            "Too many what-ifs are waiting. Wait for one to end, or stop one.",
        )
    command = CommandGiven(
        event_id=uuid4(),
        occurred_at=at,
        command="what_if",
        by=by[:40],
        arguments={ASKED: asked.model_dump(mode="json")},
    )
    if len(encode(COMMANDS, command)[1]) > LARGEST:
        raise NotValid(FieldError("policy", "too_large", "quá lớn", "is too large"))
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
    await outbox.add(conn, COMMANDS, command, at)
    await chain.record(conn, at, by, "asked_whatif", command.event_id)
    return await one(conn, command.event_id)


async def stop(conn: Connection, whatif_id: UUID, by: str, at: datetime) -> WhatIf:
    """Ask that it be stopped; once, and without effect when it was answered. Raises NotFound."""
    known = await one(conn, whatif_id, for_update=True)
    if not known.is_open or known.stop_asked_by is not None:
        return known
    command = CommandGiven(
        event_id=uuid4(), occurred_at=at, command="stop", by=by[:40], arguments={STOPS: str(whatif_id)}
    )
    await conn.execute("UPDATE whatifs SET stop_asked_by = $2 WHERE whatif_id = $1", whatif_id, by)
    await outbox.add(conn, COMMANDS, command, at)
    await chain.record(conn, at, by, "stopped_whatif", whatif_id)
    return await one(conn, whatif_id)


async def one(conn: Connection, whatif_id: UUID, *, for_update: bool = False) -> WhatIf:
    """Raises NotFound."""
    row = await conn.fetchrow(
        f"SELECT {_COLUMNS} FROM whatifs WHERE whatif_id = $1{' FOR UPDATE' if for_update else ''}", whatif_id
    )
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


async def take_answer(conn: Connection, event: CommandAnswered) -> None:
    """How far it is, or what came out. After the answer nothing changes it. Raises Unreadable."""
    if not await conn.fetchval("SELECT true FROM whatifs WHERE whatif_id = $1", event.command_id):
        return  # another kind of command, or asked for before this database was lost
    try:
        said = answer_in(event.result, WhatIfAnswer)
    except ValidationError:
        raise Unreadable("RECORD_NOT_VALID", "result") from None
    await _keep(conn, event, said)


async def _keep(conn: Connection, event: CommandAnswered, said: WhatIfAnswer) -> None:
    await conn.execute(
        """
        UPDATE whatifs SET state = $2, reason = $5, took_ms = $6, comparison = $7, answered_at = $8,
            -- Taken over by another worker, it begins again: it is shown so.
            progress = $3, crossings = $4
        WHERE whatif_id = $1 AND answered_at IS NULL
        """,
        event.command_id,
        said.state,
        event.progress,
        said.crossings,
        said.reason,
        said.took_ms,
        said.comparison.model_dump(mode="json") if said.comparison else None,
        event.occurred_at if event.done else None,
    )
