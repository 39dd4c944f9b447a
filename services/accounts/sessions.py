"""Sessions of people, kept in the database; the browser holds only a random token. And what failed before."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2.exceptions import VerificationError

from services.accounts.create import HASHER, hash_of_no_password, token_sha256
from services.database.connection import Connection

COOKIE = "chotxanh_session"
LASTS = timedelta(hours=12)
"""A shift. Afterwards one logs in again."""
TRIES = 5
TRIES_WITHIN = timedelta(minutes=15)

_NOBODY = hash_of_no_password()
"""Checked when there is no such user, so that the time taken does not tell."""


@dataclass(frozen=True)
class Session:
    token: str
    csrf: str


async def log_in(conn: Connection, name: str, password: str, at: datetime) -> Session | None:
    """A new session, or None when name and password do not belong together; that is counted."""
    user = await conn.fetchrow(
        "SELECT user_id, password_hash FROM users WHERE name = $1 AND disabled_at IS NULL", name
    )
    right = await asyncio.to_thread(_is_right, user["password_hash"] if user else _NOBODY, password)
    if user is None or not right:
        await conn.execute("INSERT INTO failed_logins VALUES ($1, $2)", _sha256(name), at)
        return None
    session = Session(token=secrets.token_urlsafe(32), csrf=secrets.token_urlsafe(24))
    await conn.execute("DELETE FROM sessions WHERE expires_at < $1", at)
    await conn.execute(
        "INSERT INTO sessions (token_sha256, user_id, csrf, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
        token_sha256(session.token),
        user["user_id"],
        session.csrf,
        at,
        at + LASTS,
    )
    return session


async def tried_too_often(conn: Connection, name: str, at: datetime) -> bool:
    """Whether ``name`` failed so often of late that it has to wait, right password or not."""
    await conn.execute("DELETE FROM failed_logins WHERE failed_at < $1", at - TRIES_WITHIN)
    failed: int = await conn.fetchval(
        "SELECT count(*) FROM failed_logins WHERE name_sha256 = $1 AND failed_at >= $2",
        _sha256(name),
        at - TRIES_WITHIN,
    )
    return failed >= TRIES


async def log_out(conn: Connection, token: str) -> None:
    await conn.execute("DELETE FROM sessions WHERE token_sha256 = $1", token_sha256(token))


def _is_right(password_hash: str, password: str) -> bool:
    try:
        return HASHER.verify(password_hash, password)
    except VerificationError:
        return False


def _sha256(name: str) -> bytes:
    return hashlib.sha256(name.strip().lower().encode()).digest()
