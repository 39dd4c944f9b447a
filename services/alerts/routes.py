"""The alert API for the police: list, one, acknowledge, live feed, and the same feed by cursor."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from schemas.bounded import instant_text
from schemas.words import FindingClass, Severity
from services.accounts.caller import AlertActor, AlertReader, Caller, caller_of
from services.accounts.rights import Right
from services.alerts import store
from services.alerts.incident import AlertState
from services.alerts.store import Alert, Wanted
from services.alerts.view import view
from services.centre import Centre
from services.database.connection import Conn
from services.errors import NotAllowed
from services.feed import sse
from services.feed import store as feed
from services.feed.cursors import cursor_in, cursor_of
from services.feed.store import FeedEvent

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
    """Server-sent events ``new``, ``update``, ``end``, ``acknowledged``; resumes after ``Last-Event-ID``."""
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
    return view(alert, centre.keys.opener, await centre.names.all(conn)) | {
        "history": [dict(line) | {"at": instant_text(line["at"])} for line in lines]
    }


@router.post("/{alert_id}/acknowledge")
async def acknowledge(request: Request, alert_id: UUID, caller: AlertActor, conn: Conn) -> dict[str, Any]:
    """Take note; doing so again changes nothing."""
    centre: Centre = request.app.state.centre
    await _seen(conn, alert_id, caller)
    alert = await store.acknowledge(conn, alert_id, caller.name, centre.clock.now())
    return view(alert, centre.keys.opener, await centre.names.all(conn))


async def _seen(conn: Conn, alert_id: UUID, caller: Caller) -> Alert:
    alert = await store.one(conn, alert_id)
    if not caller.sees(alert.post_id):
        raise NotAllowed
    return alert
