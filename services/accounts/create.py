"""Make users and keys. The secret is made up here, returned once, and kept only as a hash.

Nothing is built in: without these calls nobody can log in. Each is one transaction on a connection
of ``services.database.connection.connect``.
"""

from __future__ import annotations

import hashlib
import secrets
from base64 import b64encode
from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import uuid4

from argon2 import PasswordHasher
from argon2.low_level import ARGON2_VERSION

from services.accounts.rights import NEEDS_AREAS, Role, rights_of_scopes
from services.audit import chain
from services.database.connection import Connection

HASHER = PasswordHasher()

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that are mistaken for one another when read from paper."""


class NameTaken(ValueError):
    """A user or key of this name is there already."""


async def create_user(conn: Connection, name: str, role: str, areas: Iterable[str] = ()) -> str:
    """Add a person who may log in; the made-up password. No areas: the whole province.

    Raises NameTaken, and ValueError for an unknown role or a role that needs an area.
    """
    known = _role(role)
    _check_name(name)
    where = sorted(set(areas))
    if known in NEEDS_AREAS and not where:
        raise ValueError(f"a user of role {role} needs at least one area")
    password = made_up_password()
    at = _now()
    async with conn.transaction():
        status = await conn.execute(
            """
            INSERT INTO users (user_id, name, password_hash, role, areas, created_at)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (name) DO NOTHING
            """,
            uuid4(),
            name,
            HASHER.hash(password),
            known.value,
            where,
            at,
        )
        if not status.endswith(" 1"):
            raise NameTaken(f"there is a user {name} already")
        await chain.record(conn, at, "command line", "user_added", name, details={"role": role, "areas": where})
    return password


async def set_password(conn: Connection, name: str) -> str:
    """A new made-up password for ``name``, whose sessions end; raises ValueError when nobody is called so."""
    password = made_up_password()
    async with conn.transaction():
        user_id = await conn.fetchval(
            "UPDATE users SET password_hash = $2 WHERE name = $1 RETURNING user_id", name, HASHER.hash(password)
        )
        if user_id is None:
            raise ValueError(f"there is no user {name}")
        await conn.execute("DELETE FROM sessions WHERE user_id = $1", user_id)
        await chain.record(conn, _now(), "command line", "password_set", name)
    return password


async def create_key(conn: Connection, name: str, scopes: Iterable[str], areas: Iterable[str] = ()) -> str:
    """Add a machine's key; the key itself, for ``Authorization: Bearer``. Raises NameTaken, UnknownScope."""
    rights = sorted(right.value for right in rights_of_scopes(scopes))
    _check_name(name)
    key = "cx_" + secrets.token_urlsafe(32)
    at = _now()
    async with conn.transaction():
        status = await conn.execute(
            """
            INSERT INTO keys (key_id, name, token_sha256, scopes, areas, created_at)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (name) DO NOTHING
            """,
            uuid4(),
            name,
            token_sha256(key),
            rights,
            sorted(set(areas)),
            at,
        )
        if not status.endswith(" 1"):
            raise NameTaken(f"there is a key {name} already")
        await chain.record(conn, at, "command line", "key_added", name, details={"scopes": rights})
    return key


def made_up_password() -> str:
    """Four groups of five, some 98 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))


def hash_of_no_password() -> str:
    """As ``HASHER`` writes one: any password is compared with it as long as with a real one, in vain.

    Made without hashing, which takes as long as a login and would be done at each start.
    """
    cost = f"m={HASHER.memory_cost},t={HASHER.time_cost},p={HASHER.parallelism}"
    salt, digest = secrets.token_bytes(HASHER.salt_len), secrets.token_bytes(HASHER.hash_len)
    return "$".join(("", "argon2id", f"v={ARGON2_VERSION}", cost, _unpadded(salt), _unpadded(digest)))


def _unpadded(raw: bytes) -> str:
    return b64encode(raw).decode().rstrip("=")


def token_sha256(token: str) -> bytes:
    """A plain hash is enough: the token is long and random."""
    return hashlib.sha256(token.encode()).digest()


def _check_name(name: str) -> None:
    """It travels in events as ``by``, a key's with four letters before it."""
    if not 1 <= len(name) <= 36 or not name.isprintable():
        raise ValueError("a name has 1 to 36 printable letters")


def _now() -> datetime:
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def _role(role: str) -> Role:
    try:
        return Role(role)
    except ValueError:
        raise ValueError(f"roles are {', '.join(Role)}") from None
