"""The station's page and its JSON: who asks, what they see, and nothing that leaves loopback's safety."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Form, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from starlette.middleware.base import RequestResponseEndpoint
from starlette.middleware.trustedhost import TrustedHostMiddleware

from checkpoint_agent.crossing.states import IN_HAND
from checkpoint_agent.page import catalogue, seen, sheets, view
from checkpoint_agent.page.access import (
    AtStation,
    LoggedIn,
    LoginNeeded,
    Pressing,
    Refused,
    from_our_page,
    may_look,
    session_of,
    sessions_of,
)
from checkpoint_agent.page.actions import router as actions
from checkpoint_agent.page.by_hand import router as by_hand
from checkpoint_agent.page.officers import LoginRefused
from checkpoint_agent.page.sessions import COOKIE, LASTS, Sessions
from checkpoint_agent.page.state import row_json, state_of
from checkpoint_agent.station import Station

HERE = Path(__file__).parent
STILL_HERE_S = 15.0
AT_MOST_EVERY_S = 0.1
PARTS = ("head", "banner", "outcome", "readings", "people", "paper", "keys", "last", "correct")
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    # "no-referrer" would make a browser send our own forms with the origin "null".
    "Referrer-Policy": "same-origin",
    # Pages and pictures show people: no browser keeps them on its disk.
    "Cache-Control": "no-store",
}


def templates() -> Jinja2Templates:
    made = Jinja2Templates(directory=HERE / "templates")
    made.env.globals.update(
        both=catalogue.both,
        said=catalogue.said,
        plain=catalogue.plain,
        beside=catalogue.beside,
        outcome_words=catalogue.outcome_words,
        local_time=view.local_time,
        local_date_time=view.local_date_time,
    )
    made.env.trim_blocks = made.env.lstrip_blocks = True
    return made


PAGES = templates()


def station_app(station: Station, *, hosts: tuple[str, ...] = ()) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.state.station = station
    app.state.sessions = Sessions()
    allowed = ["127.0.0.1", "localhost", "testserver", station.settings.host, *hosts]
    # A name that a stranger's server points at 127.0.0.1 is not ours.
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=allowed)
    app.middleware("http")(_with_headers)
    app.add_exception_handler(LoginNeeded, _to_login)
    app.add_exception_handler(Refused, _refused)
    app.mount("/static", StaticFiles(directory=HERE / "static"))
    app.include_router(actions)
    app.include_router(sheets.router)
    app.include_router(by_hand)
    app.include_router(seen.router)
    _add_routes(app)
    return app


async def _with_headers(request: Request, call_next: RequestResponseEndpoint) -> Response:
    response = await call_next(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


async def _to_login(request: Request, _: Exception) -> Response:
    if "text/html" in request.headers.get("accept", ""):
        return RedirectResponse("/login", 303)
    return JSONResponse({"code": "LOGIN_NEEDED"}, 401)


async def _refused(_: Request, __: Exception) -> Response:
    return JSONResponse({"code": "NOT_FROM_OUR_PAGE"}, 403)


def _add_routes(app: FastAPI) -> None:
    app.get("/tokens.css")(tokens)
    app.get("/login", response_class=HTMLResponse)(login_page)
    app.post("/login")(log_in)
    app.post("/logout")(log_out)
    app.get("/", response_class=HTMLResponse)(page)
    app.get("/parts")(parts)
    app.get("/events")(events)
    app.get("/picture.jpg")(picture)
    app.get("/api/state", dependencies=[Depends(may_look)])(api_state)
    app.get("/api/crossings", dependencies=[Depends(may_look)])(api_crossings)


async def tokens() -> Response:
    return Response(files("schemas").joinpath("look/tokens.css").read_text(), media_type="text/css")


async def login_page(request: Request, station: AtStation) -> Response:
    return await _login_page(request, station)


async def _login_page(request: Request, station: Station, refused: LoginRefused | None = None) -> Response:
    names = await asyncio.to_thread(station.officers.names)
    shown = {"names": names, "refused": refused, "station_id": station.identity.station_id}
    return PAGES.TemplateResponse(request, "login.html", shown, status_code=401 if refused else 200)


async def log_in(
    request: Request,
    station: AtStation,
    officer_id: Annotated[str, Form(max_length=100)],
    pin: Annotated[str, Form(max_length=100)],
) -> Response:
    from_our_page(request)
    now = station.machine_clock.now()
    try:
        officer = await asyncio.to_thread(station.officers.logged_in, officer_id, pin, at=now)
    except LoginRefused as refused:
        return await _login_page(request, station, refused)
    answer = RedirectResponse("/", 303)
    key = sessions_of(request).begin(officer, now)
    answer.set_cookie(COOKIE, key, httponly=True, samesite="strict", max_age=int(LASTS.total_seconds()))
    return answer


async def log_out(request: Request, _: Pressing) -> Response:
    sessions_of(request).end(request.cookies.get(COOKIE))
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(COOKIE)
    return answer


async def page(request: Request, station: AtStation, session: LoggedIn) -> Response:
    shown = await asyncio.to_thread(view.page_view, station)
    return PAGES.TemplateResponse(request, "station.html", {**shown, "session": session})


async def parts(station: AtStation, session: LoggedIn) -> dict[str, Any]:
    """Every part that changes, rendered; and the fields, which the page fills in unless somebody types there."""
    shown = await asyncio.to_thread(view.page_view, station)
    context = {**shown, "session": session}
    crossing = shown["crossing"]
    return {
        "parts": {name: PAGES.get_template(f"{name}.html").render(context) for name in PARTS},
        "crossing_id": str(crossing.crossing_id) if crossing else None,
        "in_hand": crossing is not None and crossing.state in IN_HAND,
        "outcome": shown["shown"].outcome,
        "seen": shown["shown"].seen,
        "recalled": [str(row.crossing_id) for row, recalled in shown["last"] if recalled],
        "picture": station.live.number,
        "fields": _fields(crossing),
    }


def _fields(crossing: Any) -> dict[str, Any]:
    if crossing is None:
        return {}
    count = crossing.head_count
    return {
        "plate": crossing.plate or "",
        "vehicle_class": crossing.vehicle_class,
        "cab": "" if count is None or count.cab is None else count.cab,
        "cargo": "" if count is None or count.cargo is None else count.cargo,
        "cargo_space": crossing.cargo_space,
        "seal_number": crossing.seal_number or "",
        "trip_id": crossing.trip_id or "",
        "ordered_change": crossing.ordered_change.change if crossing.ordered_change else "",
        "ordered_document": (crossing.ordered_change.document if crossing.ordered_change else None) or "",
        "direction": crossing.direction,
        "purpose": crossing.purpose,
        "telephone": crossing.telephone or "",
        "destination_commune": crossing.destination_commune or "",
        "origin_unit": crossing.origin_unit or "",
    }


async def events(request: Request, station: AtStation, _: LoggedIn) -> Response:
    """Server-sent: that something changed. What it is the page asks for; a lost event loses nothing."""
    return StreamingResponse(_changes(request, station), media_type="text/event-stream")


async def _changes(request: Request, station: Station) -> AsyncIterator[str]:
    with station.changes.listened_to() as changed:
        yield "retry: 1000\n\n"
        # A session that ended, by time or by logging out, hears no more.
        while session_of(request) is not None and not await request.is_disconnected():
            try:
                async with asyncio.timeout(STILL_HERE_S):
                    await changed.wait()
            except TimeoutError:
                yield ": still here\n\n"
                continue
            changed.clear()
            yield f"data: {json.dumps({'count': station.changes.count})}\n\n"
            await asyncio.sleep(AT_MOST_EVERY_S)


async def picture(station: AtStation, _: LoggedIn) -> Response:
    jpeg = await asyncio.to_thread(station.live.jpeg)
    if jpeg is None:
        return Response(status_code=404)
    return Response(jpeg, media_type="image/jpeg")


async def api_state(station: AtStation) -> dict[str, Any]:
    return await asyncio.to_thread(state_of, station)


async def api_crossings(
    station: AtStation, limit: Annotated[int, Query(ge=1, le=10_000)] = 200
) -> list[dict[str, Any]]:
    """The last crossings, newest first."""
    return [row_json(row) for row in await asyncio.to_thread(station.crossings.recent, limit)]
