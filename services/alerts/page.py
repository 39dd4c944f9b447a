"""The police desk: newest and worst first, acknowledged, disposed of by a key, live. The API is in ``routes``."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from services.accounts.caller import AlertActor, AlertReader, Caller
from services.accounts.rights import Right
from services.alerts import acting, roster_store, store
from services.alerts.acting import Said
from services.alerts.dispositions import EFFECTS, Disposition
from services.alerts.incident import WORST_FIRST, AlertState
from services.alerts.store import Alert, Wanted
from services.alerts.view import telephone_of, view
from services.centre import Centre
from services.database.connection import Conn
from services.feed import store as feed
from services.pages.render import is_part

router = APIRouter(prefix="/alerts", include_in_schema=False)

SHOWN = 40
STATES = frozenset(AlertState)


@router.get("")
async def alerts_page(
    request: Request,
    caller: AlertReader,
    conn: Conn,
    state: Annotated[str, Query(max_length=20)] = "",
    post: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    centre: Centre = request.app.state.centre
    position = await feed.head(conn)
    wanted = Wanted(
        state=AlertState(state) if state in STATES else None,
        post_id=post or None,
        open_only=False,
    )
    found = await store.newest(conn, wanted, caller.areas, SHOWN)
    return centre.pages.page(
        request,
        "alerts.html",
        caller,
        alerts=[await _shown(conn, centre, alert) for alert in sorted(found, key=worst_first)],
        counts=await store.counts(conn),
        states=list(AlertState),
        state=wanted.state,
        position=position,
        may_act=caller.may(Right.ALERTS_ACT),
        effects=EFFECTS,
        purposes=acting.PURPOSES,
        history=None,
    )


def worst_first(alert: Alert) -> tuple[bool, int, float]:
    """What waits for somebody stands above what does not; then the worst, then the newest."""
    return (
        alert.state is not AlertState.NEW,
        WORST_FIRST.index(alert.severity),
        -alert.opened_at.timestamp(),
    )


@router.get("/{alert_id}")
async def alert_card(request: Request, alert_id: UUID, caller: AlertReader, conn: Conn) -> Response:
    alert = await store.one(conn, alert_id)
    caller.check(Right.ALERTS_READ, alert.post_id)
    return await _card(request, conn, caller, alert)


@router.post("/{alert_id}/acknowledge")
async def acknowledge(request: Request, alert_id: UUID, caller: AlertActor, conn: Conn) -> Response:
    centre: Centre = request.app.state.centre
    caller.check(Right.ALERTS_ACT, (await store.one(conn, alert_id)).post_id)
    alert = await acting.acknowledge(conn, alert_id, caller.name, centre.clock.now())
    if not is_part(request):
        return RedirectResponse("/alerts", status_code=303)
    return await _card(request, conn, caller, alert)


@router.post("/{alert_id}/disposition")
async def dispose(
    request: Request,
    alert_id: UUID,
    caller: AlertActor,
    conn: Conn,
    disposition: Annotated[Disposition, Form()],
    note: Annotated[str, Form(max_length=300)] = "",
    record_number: Annotated[str, Form(max_length=100)] = "",
    passed_to: Annotated[str, Form(max_length=100)] = "",
    version: Annotated[int | None, Form(ge=1)] = None,
) -> Response:
    centre: Centre = request.app.state.centre
    caller.check(Right.ALERTS_ACT, (await store.one(conn, alert_id)).post_id)
    alert = await acting.dispose(
        conn,
        alert_id,
        disposition,
        Said(note, record_number, passed_to),
        seen_version=version,
        sealer=centre.keys.sealer,
        by=caller.name,
        at=centre.clock.now(),
    )
    if not is_part(request):
        return RedirectResponse("/alerts", status_code=303)
    return await _card(request, conn, caller, alert)


@router.post("/{alert_id}/note")
async def open_note(
    request: Request,
    alert_id: UUID,
    caller: AlertActor,
    conn: Conn,
    purpose: Annotated[str, Form(max_length=60)] = "",
) -> Response:
    centre: Centre = request.app.state.centre
    caller.check(Right.ALERTS_ACT, (await store.one(conn, alert_id)).post_id)
    at = centre.clock.now()
    note = await acting.open_note(conn, alert_id, purpose, centre.keys.opener, caller.name, at)
    return centre.pages.page(request, "parts/alert_note.html", caller, note=note)


async def _card(request: Request, conn: Any, caller: Caller, alert: Alert) -> Response:
    centre: Centre = request.app.state.centre
    return centre.pages.page(
        request,
        "parts/alert.html",
        caller,
        alert=await _shown(conn, centre, alert),
        may_act=caller.may(Right.ALERTS_ACT),
        effects=EFFECTS,
        purposes=acting.PURPOSES,
        history=await store.history(conn, alert.alert_id),
    )


async def _shown(conn: Any, centre: Centre, alert: Alert) -> dict[str, Any]:
    roster = await roster_store.in_force(conn)
    shown = view(alert, centre.keys.opener, await centre.names.all(conn))
    return shown | {"telephone": telephone_of(alert, roster, centre.keys.opener)}
