"""What the tables of what-ifs and of replays share: a command begins it, a stop ends it, an answer stays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar
from uuid import UUID, uuid4

from pydantic import ValidationError

from schemas.bounded import Wire
from schemas.events.operations import CommandAnswered, CommandGiven
from schemas.questions import ASKED, STOPS, Answer, answer_in
from schemas.topics import COMMANDS, Unreadable, encode
from services.audit import chain
from services.database.connection import Connection
from services.errors import Conflict, FieldError, NotFound, NotValid
from services.outbox import store as outbox

MOST_OPEN = 10
"""Unanswered at once of a kind. They run one after the other, and nobody waits for an eleventh."""
LARGEST = COMMANDS.max_bytes - 10_000

A = TypeVar("A", bound=Answer)


@dataclass(frozen=True)
class Kind(Generic[A]):
    """One kind of question, and its table."""

    table: str
    id_column: str
    command: Literal["what_if", "replay"]
    audited_as: str
    """``whatif``: what is written into the audit trail after ``asked_`` and ``stopped_``."""
    too_many: tuple[str, str, str]
    """Code and both sentences of the refusal when too many wait."""
    answer: type[A]
    found: Callable[[A], Mapping[str, object]]
    """The columns that only this kind has, from its answer."""


async def command_for(conn: Connection, kind: Kind[Any], asked: Wire, by: str, at: datetime) -> CommandGiven:
    """A command that nobody was told of yet. Raises Conflict when too many wait, NotValid when it is too large."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", kind.table)
    waiting: int = await conn.fetchval(f"SELECT count(*) FROM {kind.table} WHERE answered_at IS NULL")
    if waiting >= MOST_OPEN:
        raise Conflict(*kind.too_many)
    command = CommandGiven(
        event_id=uuid4(),
        occurred_at=at,
        command=kind.command,
        by=by[:40],
        arguments={ASKED: asked.model_dump(mode="json")},
    )
    if len(encode(COMMANDS, command)[1]) > LARGEST:
        raise NotValid(FieldError("policy", "too_large", "quá lớn", "is too large"))
    return command


async def send(conn: Connection, kind: Kind[Any], command: CommandGiven, by: str, at: datetime) -> None:
    """When its row is written: to the outbox and the audit trail."""
    await outbox.add(conn, COMMANDS, command, at)
    await chain.record(conn, at, by, f"asked_{kind.audited_as}", command.event_id)


async def stop(conn: Connection, kind: Kind[Any], id_: UUID, by: str, at: datetime) -> None:
    """Ask that it be stopped; once, and without effect when it was answered. Raises NotFound."""
    row = await conn.fetchrow(
        f"SELECT answered_at, stop_asked_by FROM {kind.table} WHERE {kind.id_column} = $1 FOR UPDATE", id_
    )
    if row is None:
        raise NotFound
    if row["answered_at"] is not None or row["stop_asked_by"] is not None:
        return
    command = CommandGiven(
        event_id=uuid4(), occurred_at=at, command="stop", by=by[:40], arguments={STOPS: str(id_)}
    )
    await conn.execute(f"UPDATE {kind.table} SET stop_asked_by = $2 WHERE {kind.id_column} = $1", id_, by)
    await outbox.add(conn, COMMANDS, command, at)
    await chain.record(conn, at, by, f"stopped_{kind.audited_as}", id_)


async def take_answer(conn: Connection, kind: Kind[A], event: CommandAnswered) -> bool:
    """How far it is, or what came out; after the answer nothing changes it. False when it is of another kind.

    Raises Unreadable.
    """
    known = await conn.fetchval(f"SELECT true FROM {kind.table} WHERE {kind.id_column} = $1", event.command_id)
    if not known:
        return False
    try:
        said = answer_in(event.result, kind.answer)
    except ValidationError:
        raise Unreadable("RECORD_NOT_VALID", "result") from None
    await _keep(conn, kind, event, said)
    return True


async def _keep(conn: Connection, kind: Kind[A], event: CommandAnswered, said: A) -> None:
    found = kind.found(said)
    own = "".join(f", {column} = ${number}" for number, column in enumerate(found, 8))
    await conn.execute(
        f"""
        UPDATE {kind.table} SET state = $2, reason = $5, took_ms = $6, answered_at = $7,
            -- Taken over by another worker, it begins again: it is shown so.
            progress = $3, crossings = $4{own}
        WHERE {kind.id_column} = $1 AND answered_at IS NULL
        """,
        event.command_id,
        said.state,
        event.progress,
        said.crossings,
        said.reason,
        said.took_ms,
        event.occurred_at if event.done else None,
        *found.values(),
    )
