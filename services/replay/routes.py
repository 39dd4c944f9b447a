"""The replay API: ask, follow, stop. For the command centre, for auditors, and for keys made for it."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import TypeAdapter

from schemas.bounded import instant_text
from services.accounts.caller import ReplayAsker
from services.centre import Centre
from services.database.connection import Conn
from services.registry.bodies import one_of
from services.replay import store
from services.replay.asking import ReplaySent
from services.replay.store import Replay

router = APIRouter(prefix="/v1/replay", tags=["replay"])

_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": TypeAdapter(ReplaySent).json_schema()}},
    }
}


@router.post("", status_code=202, openapi_extra=_BODY)
async def ask(
    request: Request,
    caller: ReplayAsker,
    sent: Annotated[ReplaySent, Depends(one_of(ReplaySent))],
    conn: Conn,
) -> dict[str, Any]:
    """Begin a replay; its report comes later, at its own address. Nothing changes and nothing is unsealed."""
    centre: Centre = request.app.state.centre
    return shown(await store.ask(conn, sent.asked(), caller.name, centre.clock.now()))


@router.get("")
async def list_newest(caller: ReplayAsker, conn: Conn) -> dict[str, Any]:
    """The newest fifty, without their reports."""
    return {"replays": [shown(one) | {"report": None} for one in await store.newest(conn)]}


@router.get("/{replay_id}")
async def follow(replay_id: UUID, caller: ReplayAsker, conn: Conn) -> dict[str, Any]:
    """How far it is, and what it proves."""
    return shown(await store.one(conn, replay_id))


@router.post("/{replay_id}/stop")
async def stop(request: Request, replay_id: UUID, caller: ReplayAsker, conn: Conn) -> dict[str, Any]:
    """Ask that it end without a report. It says so itself, a moment later."""
    centre: Centre = request.app.state.centre
    return shown(await store.stop(conn, replay_id, caller.name, centre.clock.now()))


def shown(one: Replay) -> dict[str, Any]:
    return {
        "replay_id": str(one.replay_id),
        "asked_by": one.asked_by,
        "asked_at": instant_text(one.asked_at),
        "begins_at": instant_text(one.begins_at),
        "ends_at": instant_text(one.ends_at),
        "revisions": one.revisions,
        "state": one.state,
        "stopping": one.is_open and one.stop_asked_by is not None,
        "progress": one.progress,
        "crossings": one.crossings,
        "reason": one.reason,
        "answered_at": instant_text(one.answered_at) if one.answered_at else None,
        "took_ms": one.took_ms,
        "conclusion": one.conclusion,
        "report": one.report,
    }
