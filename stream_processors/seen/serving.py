"""Serves ``/health`` and ``/metrics`` on loopback. Health is open and names nobody; metrics need the key.

Small on purpose: it runs on the worker's own loop, so a loop that hangs does not answer, which is the point.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

from prometheus_client import CONTENT_TYPE_LATEST

from stream_processors.seen import metrics
from stream_processors.seen.health import Health

HOST = "127.0.0.1"
LONGEST_REQUEST = 8192
ASKED_WITHIN_S = 5.0
Answer = tuple[HTTPStatus, str, bytes]


@asynccontextmanager
async def served(health: Health, port: int, scrape_key_sha256: str | None) -> AsyncIterator[int]:
    """Gives the port. Without a scrape key nobody gets the metrics."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(ASKED_WITHIN_S):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(_http(*answered(head, health, scrape_key_sha256)))
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, HOST, port, limit=LONGEST_REQUEST)
    async with server:
        yield server.sockets[0].getsockname()[1]


def answered(head: bytes, health: Health, scrape_key_sha256: str | None) -> Answer:
    """To a request's line and headers."""
    request, *headers = head.decode("latin-1").split("\r\n")
    match request.split(" ")[:2]:
        case ["GET", "/health"]:
            status = HTTPStatus.OK if health.live and health.ready else HTTPStatus.SERVICE_UNAVAILABLE
            return status, "application/json", json.dumps(health.document()).encode()
        case ["GET", "/metrics"] if _has_key(headers, scrape_key_sha256):
            return HTTPStatus.OK, CONTENT_TYPE_LATEST, metrics.text()
        case ["GET", "/metrics"]:
            return HTTPStatus.UNAUTHORIZED, "application/json", b'{"error": "KEY_NEEDED"}'
    return HTTPStatus.NOT_FOUND, "application/json", b'{"error": "NOT_FOUND"}'


def _has_key(headers: list[str], sha256: str | None) -> bool:
    given = next(
        (line.split(":", 1)[1].strip() for line in headers if line.lower().startswith("authorization:")), ""
    )
    scheme, _, token = given.partition(" ")
    if sha256 is None or scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(hashlib.sha256(token.encode()).hexdigest(), sha256)


def _http(status: HTTPStatus, content_type: str, body: bytes) -> bytes:
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
