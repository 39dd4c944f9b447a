"""Log in, log out, the first page, and the files that pages are made with."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from services.accounts import sessions
from services.accounts.caller import AnyCaller, caller_of
from services.accounts.sessions import COOKIE, LASTS
from services.audit import chain
from services.centre import Centre
from services.database.connection import Conn
from services.errors import NotAllowed, NotFound, TooManyTries
from services.pages.render import TYPES

router = APIRouter(include_in_schema=False)


@router.get("/")
async def home(request: Request, conn: Conn) -> Response:
    """Where each may go; whoever is not logged in is asked to."""
    centre: Centre = request.app.state.centre
    caller = await caller_of(conn, request, centre.clock.now())
    if caller is None:
        return RedirectResponse("/login", status_code=303)
    return centre.pages.page(request, "home.html", caller)


@router.get("/login")
async def login_page(request: Request) -> Response:
    centre: Centre = request.app.state.centre
    return centre.pages.page(request, "login.html", None, wrong=False)


@router.post("/login")
async def log_in(
    request: Request,
    conn: Conn,
    name: Annotated[str, Form(max_length=100)] = "",
    password: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Answers rather than raises when it is wrong, so that the failure is counted."""
    centre: Centre = request.app.state.centre
    check_same_origin(request)
    at = centre.clock.now()
    if await sessions.tried_too_often(conn, name, at):
        raise TooManyTries
    session = await sessions.log_in(conn, name, password, at)
    if session is None:
        return centre.pages.page(request, "login.html", None, wrong=True, status=403)
    await chain.record(conn, at, name, "logged_in", name)
    answer = RedirectResponse("/", status_code=303)
    answer.set_cookie(
        COOKIE,
        session.token,
        max_age=int(LASTS.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return answer


@router.post("/logout")
async def log_out(request: Request, caller: AnyCaller, conn: Conn) -> Response:
    await sessions.log_out(conn, request.cookies.get(COOKIE, ""))
    answer = RedirectResponse("/login", status_code=303)
    answer.delete_cookie(COOKIE)
    return answer


def check_same_origin(request: Request) -> None:
    """A form of another site must not log anybody in; there is no session yet to carry a token."""
    origin = request.headers.get("origin")
    if origin and urlsplit(origin).netloc != request.headers.get("host"):
        raise NotAllowed("OTHER_ORIGIN")


@router.get("/static/{name}")
async def static_file(request: Request, name: str) -> Response:
    centre: Centre = request.app.state.centre
    content = centre.pages.files.get(name)
    if content is None:
        raise NotFound
    kind = TYPES[name.rsplit(".", 1)[1]]
    return Response(content, media_type=kind, headers={"Cache-Control": "public, max-age=300"})
