"""Who is asking: a person with a session or a machine with a key; and whether they may.

A form or script of a page must carry the session's CSRF token; a machine's key needs none.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request

from services.accounts.create import token_sha256
from services.accounts.rights import RIGHTS, Right, Role, covers
from services.accounts.sessions import COOKIE
from services.database.connection import Conn, Connection
from services.errors import NotAllowed, NotLoggedIn

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Caller:
    name: str
    rights: frozenset[Right]
    areas: frozenset[str]
    role: Role | None = None
    """None: a machine."""
    csrf: str = ""

    def may(self, right: Right) -> bool:
        return right in self.rights

    def sees(self, *places: str | None) -> bool:
        """Whether a thing at these posts, communes or places is theirs."""
        return covers(self.areas, *places)

    def check(self, right: Right, *places: str | None) -> None:
        """Raises NotAllowed."""
        if not self.may(right) or (places and not self.sees(*places)):
            raise NotAllowed


async def caller_of(conn: Connection, request: Request, at: datetime) -> Caller | None:
    """Who asks; None when nobody known does."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return await _machine(conn, key.strip())
    token = request.cookies.get(COOKIE)
    return await _person(conn, token, at) if token else None


async def _machine(conn: Connection, key: str) -> Caller | None:
    row = await conn.fetchrow(
        "SELECT name, scopes, areas FROM keys WHERE token_sha256 = $1 AND disabled_at IS NULL", token_sha256(key)
    )
    if row is None:
        return None
    return Caller(f"key:{row['name']}", frozenset(map(Right, row["scopes"])), frozenset(row["areas"]))


async def _person(conn: Connection, token: str, at: datetime) -> Caller | None:
    row = await conn.fetchrow(
        """
        SELECT name, role, areas, csrf FROM sessions JOIN users USING (user_id)
        WHERE token_sha256 = $1 AND expires_at > $2 AND disabled_at IS NULL
        """,
        token_sha256(token),
        at,
    )
    if row is None:
        return None
    role = Role(row["role"])
    return Caller(row["name"], RIGHTS[role], frozenset(row["areas"]), role, row["csrf"])


async def any_caller(request: Request, conn: Conn) -> Caller:
    """Whoever is known. Raises NotLoggedIn, and NotAllowed for a form without its token."""
    caller = await caller_of(conn, request, request.app.state.centre.clock.now())
    if caller is None:
        raise NotLoggedIn
    if request.method not in SAFE and caller.role is not None:
        await _check_csrf(request, caller.csrf)
    return caller


async def _check_csrf(request: Request, expected: str) -> None:
    given: Any = request.headers.get("x-csrf-token")
    if given is None and "form" in request.headers.get("content-type", ""):
        given = (await request.form()).get("csrf")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), expected.encode()):
        raise NotAllowed("CSRF_TOKEN_WRONG")


def with_right(right: Right) -> Callable[..., Awaitable[Caller]]:
    """A dependency: the caller, who has ``right``."""

    async def allowed(caller: Annotated[Caller, Depends(any_caller, scope="function")]) -> Caller:
        caller.check(right)
        return caller

    return allowed


AnyCaller = Annotated[Caller, Depends(any_caller, scope="function")]
AlertReader = Annotated[Caller, Depends(with_right(Right.ALERTS_READ), scope="function")]
AlertActor = Annotated[Caller, Depends(with_right(Right.ALERTS_ACT), scope="function")]
RosterKeeper = Annotated[Caller, Depends(with_right(Right.ROSTER), scope="function")]
ShareReader = Annotated[Caller, Depends(with_right(Right.SHARES), scope="function")]
QueueReader = Annotated[Caller, Depends(with_right(Right.QUEUE_READ), scope="function")]
QueueActor = Annotated[Caller, Depends(with_right(Right.QUEUE_ACT), scope="function")]
QueueOpener = Annotated[Caller, Depends(with_right(Right.QUEUE_OPEN), scope="function")]
DeskReader = Annotated[Caller, Depends(with_right(Right.DESK_READ), scope="function")]
DeadLetterActor = Annotated[Caller, Depends(with_right(Right.DEAD_LETTERS), scope="function")]
WhatIfAsker = Annotated[Caller, Depends(with_right(Right.WHATIF), scope="function")]
ReplayAsker = Annotated[Caller, Depends(with_right(Right.REPLAY), scope="function")]
RegistryReader = Annotated[Caller, Depends(with_right(Right.REGISTRY_READ), scope="function")]
