"""The what-if API: ask, follow, stop. For the command centre's own people and for keys made for it."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import TypeAdapter

from schemas.bounded import instant_text
from services.accounts.caller import WhatIfAsker
from services.centre import Centre
from services.database.connection import Conn
from services.registry.bodies import one_of
from services.whatif import store
from services.whatif.asking import WhatIfSent
from services.whatif.store import WhatIf

router = APIRouter(prefix="/v1/whatif", tags=["whatif"])

_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": TypeAdapter(WhatIfSent).json_schema()}},
    }
}


@router.post("", status_code=202, openapi_extra=_BODY)
async def ask(
    request: Request,
    caller: WhatIfAsker,
    sent: Annotated[WhatIfSent, Depends(one_of(WhatIfSent))],
    conn: Conn,
) -> dict[str, Any]:
    """Begin a what-if; its answer comes later, at its own address. Nothing in force changes."""
    centre: Centre = request.app.state.centre
    return shown(await store.ask(conn, sent.asked(), caller.name, centre.clock.now()))


@router.get("")
async def list_newest(caller: WhatIfAsker, conn: Conn) -> dict[str, Any]:
    """The newest fifty, without their comparisons."""
    return {"whatifs": [shown(one) | {"comparison": None} for one in await store.newest(conn)]}


@router.get("/{whatif_id}")
async def follow(whatif_id: UUID, caller: WhatIfAsker, conn: Conn) -> dict[str, Any]:
    """How far it is, and what came out."""
    return shown(await store.one(conn, whatif_id))


@router.post("/{whatif_id}/stop")
async def stop(request: Request, whatif_id: UUID, caller: WhatIfAsker, conn: Conn) -> dict[str, Any]:
    """Ask that it end without an answer. It says so itself, a moment later."""
    centre: Centre = request.app.state.centre
    return shown(await store.stop(conn, whatif_id, caller.name, centre.clock.now()))


def shown(one: WhatIf) -> dict[str, Any]:
    return {
        "whatif_id": str(one.whatif_id),
        "asked_by": one.asked_by,
        "asked_at": instant_text(one.asked_at),
        "begins_at": instant_text(one.begins_at),
        "ends_at": instant_text(one.ends_at),
        "policy_id": one.policy_id,
        "policy_version": one.policy_version,
        "state": one.state,
        "stopping": one.is_open and one.stop_asked_by is not None,
        "progress": one.progress,
        "crossings": one.crossings,
        "reason": one.reason,
        "answered_at": instant_text(one.answered_at) if one.answered_at else None,
        "took_ms": one.took_ms,
        "comparison": one.comparison,
        "limits_broken": one.limits_broken,
    }
