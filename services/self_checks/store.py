"""SQL of what was found out about ourselves: kept as it was last said, with what people did about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Any, TypeAlias
from uuid import UUID

from schemas.canonical import canonical
from schemas.events.self_checks import ChainHeadWrong, DrawsRepeated, TimerPutAside
from schemas.words import FactState
from services.audit import chain
from services.database.connection import Connection
from services.errors import Conflict, NotFound
from services.pages.words import LOCAL

Check: TypeAlias = DrawsRepeated | ChainHeadWrong | TimerPutAside

MOST_OPEN = 500
MOST_HANDLED = 30
DAYS_SHOWN = 14


class Kind(StrEnum):
    DRAWS = "draws"
    HEAD = "head"
    TIMER = "timer"


MODELS: dict[Kind, type[Check]] = {
    Kind.DRAWS: DrawsRepeated,
    Kind.HEAD: ChainHeadWrong,
    Kind.TIMER: TimerPutAside,
}


@dataclass(frozen=True)
class Standing:
    """As it was last said, and what people did since."""

    check_id: UUID
    kind: Kind
    revision: int
    open: bool
    said: Check
    handled_at: datetime | None
    handled_by: str | None
    tried_revision: int | None
    tried_at: datetime | None
    tried_by: str | None

    @property
    def waits(self) -> bool:
        """For a person."""
        return self.open and self.handled_at is None

    @property
    def is_tried(self) -> bool:
        """Somebody asked for it, as it stands."""
        return self.tried_revision == self.revision


async def take(conn: Connection, said: Check) -> None:
    """The highest revision stays. What is said anew waits for a person again; the same said again does not."""
    row = await conn.fetchrow(
        "SELECT kind, revision, said FROM self_checks WHERE check_id = $1 FOR UPDATE", said.event_id
    )
    if row is not None and row["revision"] >= said.revision:
        return
    is_news = row is None or _told(_said(Kind(row["kind"]), row["said"])) != _told(said)
    await conn.execute(
        """
        INSERT INTO self_checks (check_id, kind, revision, open, since, said) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (check_id) DO UPDATE SET revision = excluded.revision, open = excluded.open,
            since = excluded.since, said = excluded.said,
            handled_at = CASE WHEN $7 THEN NULL ELSE self_checks.handled_at END,
            handled_by = CASE WHEN $7 THEN NULL ELSE self_checks.handled_by END
        """,
        said.event_id,
        _kind_of(said),
        said.revision,
        _is_open(said),
        _since(said),
        said.model_dump(mode="json"),
        is_news,
    )


def _kind_of(said: Check) -> Kind:
    return next(kind for kind, model in MODELS.items() if isinstance(said, model))


def _is_open(said: Check) -> bool:
    if isinstance(said, DrawsRepeated):
        return not said.in_order
    return said.state is FactState.IN_FORCE


def _since(said: Check) -> datetime:
    match said:
        case DrawsRepeated():
            return datetime.combine(said.day, time(), LOCAL)
        case ChainHeadWrong():
            return said.since
        case TimerPutAside():
            return said.put_aside_at


def _told(said: Check) -> tuple[Any, ...]:
    """What a person must look at again when it is otherwise."""
    match said:
        case DrawsRepeated():
            return (said.told, said.untold, said.failed)
        case ChainHeadWrong():
            return (said.state, said.number, said.last_hour)
        case TimerPutAside():
            return (said.state, said.put_aside_at)


def _said(kind: Kind, stored: dict[str, Any]) -> Check:
    return MODELS[kind].model_validate_json(canonical(stored))


async def open_ones(conn: Connection) -> list[Standing]:
    """What waits for a person, the oldest first."""
    rows = await conn.fetch(
        "SELECT * FROM self_checks WHERE open AND handled_at IS NULL ORDER BY kind, since, check_id LIMIT $1",
        MOST_OPEN,
    )
    return [_standing(row) for row in rows]


async def handled(conn: Connection) -> list[Standing]:
    """What somebody dealt with and is still so, the newest first."""
    rows = await conn.fetch(
        """
        SELECT * FROM self_checks WHERE open AND handled_at IS NOT NULL
        ORDER BY handled_at DESC, check_id LIMIT $1
        """,
        MOST_HANDLED,
    )
    return [_standing(row) for row in rows]


async def newest_days(conn: Connection) -> list[Standing]:
    """In order or not, the newest first."""
    rows = await conn.fetch(
        "SELECT * FROM self_checks WHERE kind = $1 ORDER BY since DESC LIMIT $2", Kind.DRAWS, DAYS_SHOWN
    )
    return [_standing(row) for row in rows]


async def one(conn: Connection, check_id: UUID) -> Standing:
    """Locked until the caller's transaction ends. Raises NotFound."""
    row = await conn.fetchrow("SELECT * FROM self_checks WHERE check_id = $1 FOR UPDATE", check_id)
    if row is None:
        raise NotFound
    return _standing(row)


async def handle(conn: Connection, check: Standing, revision: int, by: str, at: datetime) -> None:
    """A person has dealt with it. Raises Conflict when something else is said of it since it was seen."""
    if check.revision != revision or not check.open or check.kind is Kind.TIMER:
        raise Conflict(
            "CHECK_CHANGED",
            "Điều này vừa thay đổi, chưa ghi gì. Tải lại trang rồi xem lại.",
            "This has changed meanwhile and nothing was recorded. Load the page again and look.",
        )
    if check.handled_at is not None:
        return
    await conn.execute(
        "UPDATE self_checks SET handled_at = $2, handled_by = $3 WHERE check_id = $1", check.check_id, at, by
    )
    await chain.record(conn, at, by, "handled_self_check", check.check_id)


def _standing(row: Any) -> Standing:
    kind = Kind(row["kind"])
    return Standing(
        check_id=row["check_id"],
        kind=kind,
        revision=row["revision"],
        open=row["open"],
        said=_said(kind, row["said"]),
        handled_at=row["handled_at"],
        handled_by=row["handled_by"],
        tried_revision=row["tried_revision"],
        tried_at=row["tried_at"],
        tried_by=row["tried_by"],
    )
