"""Who may see and press what: an officer with a session, or a device with a key that only looks."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Form, Header, HTTPException, Request

from checkpoint_agent.page.sessions import COOKIE, Session, Sessions
from checkpoint_agent.station import Station


class LoginNeeded(Exception):
    """Nobody is logged in: a page goes to the login, an API answers 401."""


class Refused(Exception):
    """The form was not sent from our own page."""


def station_of(request: Request) -> Station:
    station: Station = request.app.state.station
    return station


def sessions_of(request: Request) -> Sessions:
    sessions: Sessions = request.app.state.sessions
    return sessions


def session_of(request: Request) -> Session | None:
    station = station_of(request)
    return sessions_of(request).of(request.cookies.get(COOKIE), station.machine_clock.now())


def logged_in(request: Request) -> Session:
    session = session_of(request)
    if session is None:
        raise LoginNeeded
    return session


def from_our_page(request: Request) -> None:
    """A browser says where a form comes from; only our own address will do."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise Refused


def may_press(
    request: Request,
    session: Annotated[Session, Depends(logged_in)],
    csrf: Annotated[str | None, Form()] = None,
    x_csrf_token: Annotated[str | None, Header()] = None,
) -> Session:
    from_our_page(request)
    if not session.allows(x_csrf_token or csrf):
        raise Refused
    return session


def may_look(request: Request, authorization: Annotated[str | None, Header()] = None) -> None:
    """For the JSON: an officer's session, or a device's key."""
    if session_of(request) is not None:
        return
    scheme, _, key = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not station_of(request).officers.is_device(key):
        raise HTTPException(401, "LOGIN_OR_KEY_NEEDED", headers={"WWW-Authenticate": "Bearer"})


AtStation = Annotated[Station, Depends(station_of)]
LoggedIn = Annotated[Session, Depends(logged_in)]
Pressing = Annotated[Session, Depends(may_press)]
