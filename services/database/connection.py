"""The pool, and the one transaction of a request. Says when the database is away; hides nothing else.

One request, one transaction: kept when the route returns, undone when it raises.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any, TypeAlias

import asyncpg
from fastapi import Depends, Request

# asyncpg tells mypy nothing; the names tell the reader.
Connection: TypeAlias = asyncpg.Connection
Pool: TypeAlias = asyncpg.Pool

SEARCH_PATH = {"search_path": "services", "application_name": "chotxanh-services"}

_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    # What asyncpg says when a connection dies between two of its own steps.
    asyncpg.InternalClientError,
)
_AGAIN = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)


def is_away(exc: BaseException) -> bool:
    """Whether the database is out of reach, which is nobody's fault and passes."""
    if isinstance(exc, asyncpg.InterfaceError):  # also raised for our own mistakes; only this text is not
        return "clos" in str(exc)
    return isinstance(exc, _AWAY)


def is_worth_again(exc: BaseException) -> bool:
    """Whether the same transaction may well succeed when tried again."""
    return isinstance(exc, _AGAIN) or is_away(exc)


async def teach(connection: Connection) -> None:
    """Make ``connection`` read and write jsonb as Python values."""
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")


async def open_pool(url: str, *, size: int = 10) -> Pool:
    pool: Pool = await asyncpg.create_pool(
        url, min_size=1, max_size=size, init=teach, server_settings=SEARCH_PATH, command_timeout=30
    )
    return pool


async def connect(url: str) -> Connection:
    """A single connection that sees what the pool sees; the caller closes it."""
    connection: Connection = await asyncpg.connect(url, server_settings=SEARCH_PATH)
    await teach(connection)
    return connection


async def connection(request: Request) -> AsyncIterator[Connection]:
    """One request, one transaction: kept when the route returns, undone when it raises."""
    async with request.app.state.centre.pool.acquire() as conn, conn.transaction():
        yield conn


# scope="function": commit before the answer is sent. By default FastAPI commits after it,
# and a failing COMMIT still answers 200.
Conn = Annotated[Any, Depends(connection, scope="function")]
