"""The alert API for the police: list, one, acknowledge, dispose, live feed, and the same feed by cursor."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from schemas.bounded import instant_text
from schemas.words import FindingClass, Severity
from services.accounts.caller import AlertActor, AlertReader, Caller, caller_of
from services.accounts.rights import Right
from services.alerts import acting, roster_store, store
from services.alerts.acting import Said
from services.alerts.dispositions import Disposition
from services.alerts.incident import AlertState
from services.alerts.store import Alert, Wanted
from services.alerts.view import telephone_of, view
from services.centre import Centre
from services.database.connection import Conn
from services.errors import NotAllowed
from services.feed import sse
from services.feed import store as feed
from services.feed.cursors import cursor_in, cursor_of
from services.feed.store import FeedEvent
from services.registry.bodies import one_of

router = APIRouter(prefix="/v1/alerts", tags=["alerts"])


@router.get("")
async def list_alerts(
    request: Request,
    caller: AlertReader,
    conn: Conn,
    state: AlertState | None = None,
    alert_class: Annotated[FindingClass | None, Query(alias="class")] = None,
    severity: Severity | None = None,
    post: Annotated[str | None, Query(max_length=60)] = None,
    before: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Newest first. ``next`` continues the list; following the feed from ``feed_position`` misses nothing."""
    centre: Centre = request.app.state.centre
    wanted = Wanted(state, alert_class, severity, post, before=cursor_in(before) if before else None)
    position = await feed.head(conn)
    found = await store.newest(conn, wanted, caller.areas, limit)
    names = await centre.names.all(conn)
    return {
        "alerts": [view(alert, centre.keys.opener, names) for alert in found],
        "next": cursor_of(found[-1].opened_at, found[-1].alert_id) if len(found) == limit else None,
        "feed_position": position,
    }


@router.get("/events")
async def list_events(
    request: Request,
    caller: AlertReader,
    conn: Conn,
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """The live feed, pulled: what happened after a position, oldest first."""
    centre: Centre = request.app.state.centre
    names = await centre.names.all(conn)
    events = await feed.after(conn, after, limit, stream=feed.ALERTS)
    return {
        "events": [
            {"position": event.position, "kind": event.kind, "at": instant_text(event.written_at)}
            | {"alert": _alert_then(centre, event, names)}
            for event in events
            if caller.sees(event.content["post_id"])
        ],
        "next": events[-1].position if events else after,
    }


@router.get("/feed")
async def follow(request: Request, caller: AlertReader, conn: Conn) -> StreamingResponse:
    """Server-sent events; resumes after ``Last-Event-ID``.

    Kinds: ``new``, ``update``, ``end``, ``acknowledged``, ``disposed``, ``escalated``.
    """
    centre: Centre = request.app.state.centre
    position = sse.resume_from(request, otherwise=await feed.head(conn))
    return sse.stream(_messages(request, centre, caller, position))


async def _messages(request: Request, centre: Centre, caller: Caller, position: int) -> AsyncIterator[bytes]:
    yield sse.BEAT
    async for event in centre.live.follow(feed.ALERTS, position):
        if event is None:
            if not await still_may(request, centre, Right.ALERTS_READ):
                return
            yield sse.BEAT
        elif caller.sees(event.content["post_id"]):
            alert = _alert_then(centre, event, await centre.names.all())
            yield sse.message(event.position, event.kind, alert)


async def still_may(request: Request, centre: Centre, right: Right) -> bool:
    """Whether the session or key still stands: a feed may be open for longer than either."""
    async with centre.pool.acquire() as conn:
        caller = await caller_of(conn, request, centre.clock.now())
    return caller is not None and caller.may(right)


def _alert_then(centre: Centre, event: FeedEvent, names: dict[str, str]) -> dict[str, Any]:
    return view(store.alert_of(event.content), centre.keys.opener, names)


@router.get("/{alert_id}")
async def one_alert(request: Request, alert_id: UUID, caller: AlertReader, conn: Conn) -> dict[str, Any]:
    """The alert as it is now, ``still_active`` included, and what happened to it."""
    centre: Centre = request.app.state.centre
    alert = await _seen(conn, alert_id, caller)
    lines = await store.history(conn, alert_id)
    roster = await roster_store.in_force(conn)
    return view(alert, centre.keys.opener, await centre.names.all(conn)) | {
        "telephone": telephone_of(alert, roster, centre.keys.opener),
        "history": [dict(line) | {"at": instant_text(line["at"])} for line in lines],
    }


@router.post("/{alert_id}/acknowledge")
async def acknowledge(request: Request, alert_id: UUID, caller: AlertActor, conn: Conn) -> dict[str, Any]:
    """Take note; doing so again changes nothing."""
    centre: Centre = request.app.state.centre
    await _seen(conn, alert_id, caller)
    alert = await acting.acknowledge(conn, alert_id, caller.name, centre.clock.now())
    return view(alert, centre.keys.opener, await centre.names.all(conn))


class DispositionSent(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)
    disposition: Disposition
    note: Annotated[str, Field(max_length=300)] = ""
    record_number: Annotated[str, Field(max_length=100)] = ""
    """Of the record (biên bản); needed by ``CONFIRMED``."""
    passed_to: Annotated[str, Field(max_length=100)] = ""
    """Needed by ``NOT_OURS``."""
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    """Of the alert as it was seen; somebody else's disposition since then is a conflict."""


@router.post("/{alert_id}/disposition")
async def dispose(
    request: Request,
    alert_id: UUID,
    caller: AlertActor,
    sent: Annotated[DispositionSent, Depends(one_of(DispositionSent))],
    conn: Conn,
) -> dict[str, Any]:
    """Say what came of it. Some end the alert, some leave it open; the newest counts."""
    centre: Centre = request.app.state.centre
    await _seen(conn, alert_id, caller)
    alert = await acting.dispose(
        conn,
        alert_id,
        sent.disposition,
        Said(sent.note, sent.record_number, sent.passed_to),
        seen_version=sent.version,
        sealer=centre.keys.sealer,
        by=caller.name,
        at=centre.clock.now(),
    )
    return view(alert, centre.keys.opener, await centre.names.all(conn))


class NoteOpening(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)
    purpose: Annotated[str, Field(max_length=60)]


@router.post("/{alert_id}/note")
async def open_note(
    request: Request,
    alert_id: UUID,
    caller: AlertActor,
    sent: Annotated[NoteOpening, Depends(one_of(NoteOpening))],
    conn: Conn,
) -> dict[str, Any]:
    """What was written beside the newest disposition. Who looked, and why, is recorded."""
    centre: Centre = request.app.state.centre
    await _seen(conn, alert_id, caller)
    at = centre.clock.now()
    note = await acting.open_note(conn, alert_id, sent.purpose, centre.keys.opener, caller.name, at)
    return {"note": note.note, "record_number": note.record_number, "passed_to": note.passed_to}


async def _seen(conn: Conn, alert_id: UUID, caller: Caller) -> Alert:
    alert = await store.one(conn, alert_id)
    if not caller.sees(alert.post_id):
        raise NotAllowed
    return alert
