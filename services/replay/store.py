"""The table of replays: each asked for by a command on the outbox, and answered by a topic. Judges nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.replay import ReplayAnswer, ReplayAsked
from services.database.connection import Connection
from services.errors import NotFound
from services.questions import store as questions
from services.questions.store import Kind


def _found(said: ReplayAnswer) -> dict[str, object]:
    return {
        "conclusion": said.conclusion.value if said.conclusion else None,
        "report": said.report.model_dump(mode="json") if said.report else None,
    }


REPLAYS = Kind(
    table="replays",
    id_column="replay_id",
    command="replay",
    audited_as="replay",
    too_many=(
        "TOO_MANY_REPLAYS",
        "Đang có quá nhiều lần chạy lại. Chờ một lần xong, hoặc dừng bớt.",
        "Too many replays are waiting. Wait for one to end, or stop one.",
    ),
    answer=ReplayAnswer,
    found=_found,
)


@dataclass(frozen=True)
class Replay:
    replay_id: UUID
    asked_by: str
    asked_at: datetime
    begins_at: datetime
    ends_at: datetime
    revisions: str
    state: str
    progress: int
    crossings: int
    reason: str | None
    stop_asked_by: str | None
    answered_at: datetime | None
    took_ms: int | None
    conclusion: str | None
    report: dict[str, Any] | None

    @property
    def is_open(self) -> bool:
        return self.answered_at is None


_COLUMNS = ", ".join(Replay.__annotations__)


async def ask(conn: Connection, asked: ReplayAsked, by: str, at: datetime) -> Replay:
    """Write it down and to the outbox. Raises Conflict when too many wait."""
    command = await questions.command_for(conn, REPLAYS, asked, by, at)
    await conn.execute(
        """
        INSERT INTO replays (replay_id, asked_by, asked_at, begins_at, ends_at, revisions)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        command.event_id,
        by,
        at,
        asked.begins_at,
        asked.ends_at,
        asked.revisions,
    )
    await questions.send(conn, REPLAYS, command, by, at)
    return await one(conn, command.event_id)


async def stop(conn: Connection, replay_id: UUID, by: str, at: datetime) -> Replay:
    """Ask that it be stopped; once, and without effect when it was answered. Raises NotFound."""
    await questions.stop(conn, REPLAYS, replay_id, by, at)
    return await one(conn, replay_id)


async def one(conn: Connection, replay_id: UUID) -> Replay:
    """Raises NotFound."""
    row = await conn.fetchrow(f"SELECT {_COLUMNS} FROM replays WHERE replay_id = $1", replay_id)
    if row is None:
        raise NotFound
    return Replay(**row)


async def newest(conn: Connection, *, most: int = 50) -> list[Replay]:
    rows = await conn.fetch(
        f"SELECT {_COLUMNS} FROM replays ORDER BY asked_at DESC, replay_id DESC LIMIT $1", most
    )
    return [Replay(**row) for row in rows]
