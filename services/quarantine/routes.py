"""The quarantine queue's page: the list, one episode, its steps, looking with a purpose, recalls, live."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse

from services.accounts.caller import Caller, QueueActor, QueueOpener, QueueReader
from services.accounts.rights import Right
from services.alerts.routes import still_may
from services.centre import Centre
from services.database.connection import Conn
from services.errors import NotAllowed, NotFound
from services.feed import sse
from services.feed import store as feed
from services.pages.render import is_part
from services.quarantine import episodes, listing, opening, places, recalls
from services.quarantine.episodes import Asked
from services.quarantine.listing import PAGE, Filters
from services.quarantine.opening import PURPOSES
from services.quarantine.recalls import CALLS
from services.quarantine.steps import REASONS, State, Step, steps_from

router = APIRouter(prefix="/queue", include_in_schema=False)

STATES = frozenset(State)
Chosen = Annotated[str, Query(max_length=60)]


@router.get("")
async def queue_page(
    request: Request,
    caller: QueueReader,
    conn: Conn,
    state: Chosen = "",
    post: Chosen = "",
    priority: Chosen = "",
    mine: Chosen = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """The list; its filters live in the address, and none of them names a person."""
    centre: Centre = request.app.state.centre
    position = await feed.head(conn)
    filters = Filters(
        state=State(state) if state in STATES else None,
        post=post or None,
        priority=int(priority) if priority in {"1", "2", "3", "4"} else None,
        mine=bool(mine),
        page=page,
    )
    rows = await listing.episodes(conn, filters, caller.name, caller.areas)
    return centre.pages.page(
        request,
        "queue.html",
        caller,
        rows=rows,
        recalls=await recalls.newest(conn, caller.areas),
        counts=await listing.counts(conn, caller.areas),
        filters=filters,
        more=len(rows) == PAGE,
        query=_query(request, page),
        names=await centre.names.all(conn),
        units=await centre.units.tree(conn),
        states=list(State),
        position=position,
        **_choices(caller),
    )


def _query(request: Request, page: int) -> dict[str, str]:
    """Addresses of the pages before and after, with the same filters."""
    return {
        "before": str(request.url.include_query_params(page=page - 1).query),
        "after": str(request.url.include_query_params(page=page + 1).query),
    }


def _choices(caller: Caller) -> dict[str, Any]:
    return {
        "may_act": caller.may(Right.QUEUE_ACT),
        "may_open": caller.may(Right.QUEUE_OPEN),
        "purposes": PURPOSES,
        "calls": CALLS,
    }


@router.get("/counts")
async def counts(request: Request, caller: QueueReader, conn: Conn) -> Response:
    centre: Centre = request.app.state.centre
    found = await listing.counts(conn, caller.areas)
    return centre.pages.page(request, "parts/counts.html", caller, counts=found, states=list(State))


@router.get("/live")
async def live(request: Request, caller: QueueReader, conn: Conn) -> StreamingResponse:
    """Which episode or recall changed, by whom; the page fetches the row itself."""
    centre: Centre = request.app.state.centre
    position = sse.resume_from(request, otherwise=await feed.head(conn))
    return sse.stream(_messages(request, centre, caller, position))


async def _messages(request: Request, centre: Centre, caller: Caller, position: int) -> AsyncIterator[bytes]:
    yield sse.BEAT
    async for event in centre.live.follow(feed.QUEUE, position):
        if event is None:
            if not await still_may(request, centre, Right.QUEUE_READ):
                return
            yield sse.BEAT
            continue
        content = event.content
        if caller.sees(content["post_id"], content["commune"], content["place_id"]):
            said = {"id": str(event.thing_id), "by": content["by"], "revision": content["revision"]}
            yield sse.message(event.position, event.kind, said)


@router.get("/recalls/{recall_id}")
async def recall_row(request: Request, recall_id: UUID, caller: QueueReader, conn: Conn) -> Response:
    recall = await recalls.one(conn, recall_id)
    caller.check(Right.QUEUE_READ, *recall.places)
    return await _recall(request, conn, caller, recall)


@router.post("/recalls/{recall_id}/call")
async def note_call(
    request: Request,
    recall_id: UUID,
    caller: QueueActor,
    conn: Conn,
    call: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    centre: Centre = request.app.state.centre
    caller.check(Right.QUEUE_ACT, *(await recalls.one(conn, recall_id)).places)
    recall = await recalls.note_call(conn, recall_id, call, caller.name, centre.clock.now())
    if not is_part(request):
        return RedirectResponse("/queue#recalls", status_code=303)
    return await _recall(request, conn, caller, recall)


@router.post("/recalls/{recall_id}/open")
async def open_recall(
    request: Request,
    recall_id: UUID,
    caller: QueueOpener,
    conn: Conn,
    purpose: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Whom to call; the look is recorded."""
    centre: Centre = request.app.state.centre
    recall = await recalls.one(conn, recall_id)
    caller.check(Right.QUEUE_OPEN, *recall.places)
    secrets = await opening.open_recall(
        conn, centre.keys.opener, recall_id, purpose, caller.name, centre.clock.now()
    )
    template = "parts/recall_opened.html" if is_part(request) else "recall_opened.html"
    return centre.pages.page(request, template, caller, secrets=secrets, recall=recall)


async def _recall(request: Request, conn: Any, caller: Caller, recall: recalls.RecallRow) -> Response:
    centre: Centre = request.app.state.centre
    return centre.pages.page(
        request,
        "parts/recall.html",
        caller,
        recall=recall,
        names=await centre.names.all(conn),
        units=await centre.units.tree(conn),
        **_choices(caller),
    )


@router.get("/rows/{episode_id}")
async def row(request: Request, episode_id: UUID, caller: QueueReader, conn: Conn) -> Response:
    """One line of the list, as it is now."""
    centre: Centre = request.app.state.centre
    found = await _row(conn, episode_id, caller)
    return centre.pages.page(
        request,
        "parts/row.html",
        caller,
        row=found,
        names=await centre.names.all(conn),
        units=await centre.units.tree(conn),
        **_choices(caller),
    )


@router.get("/{episode_id}")
async def episode(request: Request, episode_id: UUID, caller: QueueReader, conn: Conn) -> Response:
    """One episode: what can be done, and who did what when. A part of the list, or a page of its own."""
    return await _details(request, conn, caller, episode_id)


@router.post("/{episode_id}/open")
async def open_person(
    request: Request,
    episode_id: UUID,
    caller: QueueOpener,
    conn: Conn,
    purpose: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Who it is; the look is recorded."""
    centre: Centre = request.app.state.centre
    caller.check(Right.QUEUE_OPEN, *(await episodes.one(conn, episode_id)).places)
    secrets = await opening.open_person(
        conn, centre.keys.opener, episode_id, purpose, caller.name, centre.clock.now()
    )
    if is_part(request):
        return centre.pages.page(request, "parts/person.html", caller, secrets=secrets)
    return await _details(request, conn, caller, episode_id, secrets=secrets)


@router.post("/{episode_id}/{step}")
async def take_step(
    request: Request,
    episode_id: UUID,
    step: Step,
    caller: QueueActor,
    conn: Conn,
    reason: Annotated[str, Form(max_length=60)] = "",
    place_id: Annotated[str, Form(max_length=60)] = "",
) -> Response:
    """Move the episode on; every step is a line of its history."""
    centre: Centre = request.app.state.centre
    caller.check(Right.QUEUE_ACT, *(await episodes.one(conn, episode_id)).places)
    asked = Asked(step, caller.name, reason or None, place_id or None)
    await episodes.take_step(conn, episode_id, asked, centre.clock.now())
    if not is_part(request):
        return RedirectResponse(f"/queue/{episode_id}", status_code=303)
    return await _details(request, conn, caller, episode_id)


async def _details(
    request: Request, conn: Any, caller: Caller, episode_id: UUID, *, secrets: Any = None
) -> Response:
    centre: Centre = request.app.state.centre
    found = await _row(conn, episode_id, caller)
    return centre.pages.page(
        request,
        "parts/details.html" if is_part(request) else "episode.html",
        caller,
        row=found,
        secrets=secrets,
        names=await centre.names.all(conn),
        units=await centre.units.tree(conn),
        history=(await episodes.history(conn, [episode_id])).get(episode_id, []),
        places=await places.all_places(conn),
        steps=steps_from(State(found["state"]), withdrawn=found["difference"] is not None),
        step_reasons=REASONS,
        **_choices(caller),
    )


async def _row(conn: Any, episode_id: UUID, caller: Caller) -> Any:
    found = await listing.episode(conn, episode_id)
    if found is None:
        raise NotFound
    if not caller.sees(found["post_id"], found["destination_commune"], found["place_id"]):
        raise NotAllowed
    return found
