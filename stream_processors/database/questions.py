"""SQL of long questions: asked, tried, answered, told. Never touches what is judged."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.canonical import canonical
from schemas.events.operations import CommandGiven
from schemas.questions import ASKED, STOPS, Answer
from stream_processors.database import claims
from stream_processors.database.pool import Connection

QUESTIONS = frozenset({"what_if", "replay"})


async def take(connection: Connection, commands: Sequence[CommandGiven]) -> None:
    """Keep each question once, then mark those that a later command stops. Other commands are passed over."""
    asked = [one for one in commands if one.command in QUESTIONS]
    if asked:
        await connection.execute(
            """
            INSERT INTO questions (command_id, asked_at, asked, command)
            SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::jsonb[], $4::text[]) ON CONFLICT DO NOTHING
            """,
            [one.event_id for one in asked],
            [one.occurred_at for one in asked],
            [_asked(one) for one in asked],
            [one.command for one in asked],
        )
    stopped = [id_ for one in commands if one.command == "stop" and (id_ := _id(one.arguments.get(STOPS)))]
    if stopped:
        await connection.execute(
            "UPDATE questions SET stop_asked = true WHERE command_id = ANY($1::uuid[]) AND answer IS NULL", stopped
        )


def _asked(command: CommandGiven) -> str:
    """As JSON that the database holds. What is no such thing is an empty question, whose answer says so."""
    asked = command.model_dump(mode="json")["arguments"].get(ASKED)
    try:
        text = canonical(asked).decode() if isinstance(asked, dict) else "{}"
    except ValueError:  # a number that is none
        return "{}"
    return "{}" if "\\u0000" in text else text


def _id(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


async def waiting(connection: Connection) -> list[UUID]:
    """Without an answer, the oldest first."""
    rows = await connection.fetch(
        "SELECT command_id FROM questions WHERE answer IS NULL ORDER BY asked_at LIMIT 20"
    )
    return [row["command_id"] for row in rows]


async def claim(connection: Connection, command_id: UUID) -> bool:
    """True when this connection holds it now."""
    return await claims.claim(connection, f"processors question {command_id}")


async def begin(connection: Connection, command_id: UUID) -> int | None:
    """How often it was begun, this time included; None when it was answered meanwhile."""
    times: int | None = await connection.fetchval(
        "UPDATE questions SET attempts = attempts + 1 WHERE command_id = $1 AND answer IS NULL RETURNING attempts",
        command_id,
    )
    return times


async def forget_attempt(connection: Connection, command_id: UUID) -> None:
    """It ended because the world was away, which is nobody's fault."""
    await connection.execute("UPDATE questions SET attempts = attempts - 1 WHERE command_id = $1", command_id)


@dataclass(frozen=True)
class Progress:
    progress: int
    crossings: int


async def get_on(connection: Connection, command_id: UUID, progress: Progress) -> bool:
    """Write how far it is; True when somebody asked to stop it."""
    stop: bool | None = await connection.fetchval(
        "UPDATE questions SET progress = $2, crossings = $3 WHERE command_id = $1 RETURNING stop_asked",
        command_id,
        progress.progress,
        progress.crossings,
    )
    return bool(stop)


async def progress_of(connection: Connection, command_id: UUID) -> Progress:
    row = await connection.fetchrow("SELECT progress, crossings FROM questions WHERE command_id = $1", command_id)
    return Progress(row["progress"], row["crossings"]) if row else Progress(0, 0)


@dataclass(frozen=True)
class Asked:
    command: str
    text: str
    """The JSON that it was asked with."""


async def asked(connection: Connection, command_id: UUID) -> Asked | None:
    """None when it is not there or was answered."""
    row = await connection.fetchrow(
        "SELECT command, asked::text AS text FROM questions WHERE command_id = $1 AND answer IS NULL", command_id
    )
    return Asked(**row) if row else None


async def answer(connection: Connection, command_id: UUID, said: Answer, *, at: datetime) -> None:
    """The first answer stands: whoever runs it a second time changes nothing."""
    await connection.execute(
        "UPDATE questions SET answer = $2::jsonb, answered_at = $3 WHERE command_id = $1 AND answer IS NULL",
        command_id,
        canonical(said).decode(),
        at,
    )


@dataclass(frozen=True)
class Unsent:
    command_id: UUID
    answered_at: datetime
    answer: dict[str, Any]


async def unsent(connection: Connection) -> list[Unsent]:
    rows = await connection.fetch(
        """
        SELECT command_id, answered_at, answer::text AS answer FROM questions
        WHERE answer IS NOT NULL AND NOT sent ORDER BY asked_at LIMIT 20
        """
    )
    return [Unsent(row["command_id"], row["answered_at"], json.loads(row["answer"])) for row in rows]


async def mark_sent(connection: Connection, command_ids: Sequence[UUID]) -> None:
    await connection.execute(
        "UPDATE questions SET sent = true WHERE command_id = ANY($1::uuid[])", list(command_ids)
    )
