"""Replay for people: choose a period, watch it, stop it, read what it proves."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from services.accounts.caller import Caller, ReplayAsker
from services.centre import Centre
from services.database.connection import Conn
from services.errors import FieldError, NotValid
from services.pages.render import is_part
from services.questions.periods import yesterday
from services.replay import store
from services.replay.asking import asked_by_form
from services.replay.store import Replay

router = APIRouter(prefix="/replay", include_in_schema=False)


@router.get("")
async def replay_page(request: Request, caller: ReplayAsker, conn: Conn) -> Response:
    centre: Centre = request.app.state.centre
    begins_at, ends_at = yesterday(centre.clock.now())
    return await _form(request, caller, conn, begins_at=begins_at, ends_at=ends_at, revisions="in_force")


@router.post("")
async def ask(
    request: Request,
    caller: ReplayAsker,
    conn: Conn,
    begins_at: Annotated[str, Form(max_length=40)] = "",
    ends_at: Annotated[str, Form(max_length=40)] = "",
    revisions: Annotated[str, Form(max_length=40)] = "in_force",
) -> Response:
    """A wrong period is shown again, with what is wrong with it."""
    centre: Centre = request.app.state.centre
    try:
        asked = asked_by_form(begins_at, ends_at, revisions)
        begun = await store.ask(conn, asked, caller.name, centre.clock.now())
    except NotValid as exc:
        return await _form(
            request,
            caller,
            conn,
            begins_at=begins_at,
            ends_at=ends_at,
            revisions=revisions,
            wrong=exc.fields,
        )
    return RedirectResponse(f"/replay/{begun.replay_id}", status_code=303)


@router.get("/{replay_id}")
async def one_page(request: Request, replay_id: UUID, caller: ReplayAsker, conn: Conn) -> Response:
    return await _shown(request, caller, conn, await store.one(conn, replay_id))


@router.post("/{replay_id}/stop")
async def stop(request: Request, replay_id: UUID, caller: ReplayAsker, conn: Conn) -> Response:
    centre: Centre = request.app.state.centre
    stopped = await store.stop(conn, replay_id, caller.name, centre.clock.now())
    if is_part(request):
        return await _shown(request, caller, conn, stopped)
    return RedirectResponse(f"/replay/{replay_id}", status_code=303)


async def _form(
    request: Request,
    caller: Caller,
    conn: Any,
    *,
    begins_at: str,
    ends_at: str,
    revisions: str,
    wrong: tuple[FieldError, ...] = (),
) -> Response:
    centre: Centre = request.app.state.centre
    return centre.pages.page(
        request,
        "replay.html",
        caller,
        status=422 if wrong else 200,
        begins_at=begins_at,
        ends_at=ends_at,
        revisions=revisions,
        wrong=wrong,
        newest=await store.newest(conn, most=20),
    )


async def _shown(request: Request, caller: Caller, conn: Any, one: Replay) -> Response:
    """The whole page, or what changes of it while it runs."""
    centre: Centre = request.app.state.centre
    template = "parts/replay_state.html" if is_part(request) else "replay_one.html"
    return centre.pages.page(request, template, caller, replay=one, names=await centre.names.all(conn))
