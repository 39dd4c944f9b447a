"""What was found out about the system itself: a page for duty officer and command, and the same as JSON."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from schemas.bounded import instant_text
from schemas.events.self_checks import DrawsRepeated
from services.accounts.caller import Caller, DeadLetterActor, DeskReader
from services.accounts.rights import Right
from services.centre import Centre
from services.database.connection import Conn, Connection
from services.errors import NotAllowed, NotFound
from services.pages.render import is_part
from services.registry.bodies import one_of
from services.self_checks import store, trying
from services.self_checks.store import Kind, Standing
from services.self_checks.view import is_seen, posts_of, view

router = APIRouter()

LONGEST_UNSEEN = timedelta(days=2)
"""A day's draws are repeated each day. Without a look for so long the look itself is what is wrong."""
LINES_SHOWN = 20
_Revision = Annotated[int, Field(ge=1, le=2**31 - 1)]


class Seen(BaseModel):
    """``revision``: as whoever acts saw it."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)
    revision: _Revision


async def _everything(request: Request, caller: Caller, conn: Connection) -> dict[str, Any]:
    centre: Centre = request.app.state.centre
    names = await centre.names.all(conn)
    waiting = [one for one in await store.open_ones(conn) if is_seen(one, caller.sees)]
    days = await store.newest_days(conn)
    looked_at = max((one.said.looked_at for one in days if isinstance(one.said, DrawsRepeated)), default=None)
    return {
        "counts": {kind.value: sum(one.kind is kind for one in waiting) for kind in Kind},
        **{kind.value: [view(one, names, caller.sees) for one in waiting if one.kind is kind] for kind in Kind},
        "days": [view(one, names, caller.sees) for one in days],
        "handled": [
            view(one, names, caller.sees) for one in await store.handled(conn) if is_seen(one, caller.sees)
        ],
        "looked_at": instant_text(looked_at) if looked_at else None,
        "unseen": looked_at is not None and centre.clock.now() - looked_at > LONGEST_UNSEEN,
    }


@router.get("/v1/self-checks", tags=["desk"])
async def self_checks(request: Request, caller: DeskReader, conn: Conn) -> dict[str, Any]:
    """Draws that differ, stations whose chain does not agree, timers put aside: what waits for a person."""
    return await _everything(request, caller, conn)


@router.post("/v1/self-checks/timers/try-again", status_code=202, tags=["desk"])
async def ask_to_try(request: Request, caller: DeadLetterActor, conn: Conn) -> dict[str, int]:
    """Have the timers that are put aside judged again; one that was asked for is not asked for twice."""
    return {"asked": await _try_again(request, caller, conn)}


@router.post("/v1/self-checks/{check_id}/handled", tags=["desk"])
async def handled(
    request: Request,
    check_id: UUID,
    caller: DeadLetterActor,
    sent: Annotated[Seen, Depends(one_of(Seen))],
    conn: Conn,
) -> dict[str, Any]:
    """It was dealt with. When something else is said of it, it waits for a person again."""
    centre: Centre = request.app.state.centre
    await _handle(request, caller, conn, check_id, sent.revision)
    return view(await store.one(conn, check_id), await centre.names.all(conn), caller.sees)


@router.get("/self-checks", include_in_schema=False)
async def page(request: Request, caller: DeskReader, conn: Conn) -> Response:
    """Asks for its middle part anew every few seconds, so that another's change appears without a reload."""
    centre: Centre = request.app.state.centre
    found = await _everything(request, caller, conn)
    return centre.pages.page(
        request,
        "parts/self_checks.html" if is_part(request) else "self_checks.html",
        caller,
        shown=found,
        untried=sum(one["tried_at"] is None for one in found["timer"]),
        most_lines=LINES_SHOWN,
        may_act=caller.may(Right.DEAD_LETTERS),
    )


@router.post("/self-checks/timers/try-again", include_in_schema=False)
async def try_again(request: Request, caller: DeadLetterActor, conn: Conn) -> Response:
    await _try_again(request, caller, conn)
    return RedirectResponse("/self-checks#timers", status_code=303)


@router.post("/self-checks/{check_id}/handled", include_in_schema=False)
async def handle(
    request: Request, check_id: UUID, caller: DeadLetterActor, conn: Conn, revision: Annotated[int, Form(ge=1)]
) -> Response:
    await _handle(request, caller, conn, check_id, revision)
    return RedirectResponse("/self-checks", status_code=303)


async def _try_again(request: Request, caller: Caller, conn: Connection) -> int:
    centre: Centre = request.app.state.centre
    return await trying.try_again(conn, caller.sees, caller.name, centre.clock.now())


async def _handle(request: Request, caller: Caller, conn: Connection, check_id: UUID, revision: int) -> None:
    """Raises NotFound for what is none of theirs, NotAllowed where a part of it is another's, Conflict."""
    centre: Centre = request.app.state.centre
    check: Standing = await store.one(conn, check_id)
    if not is_seen(check, caller.sees):
        raise NotFound
    if not all(map(caller.sees, posts_of(check))):
        raise NotAllowed
    await store.handle(conn, check, revision, caller.name, centre.clock.now())
