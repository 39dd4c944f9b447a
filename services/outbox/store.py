"""Rows of the outbox. Writing one is part of the change that others must know; sending is the publisher's."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.events.base import Event
from schemas.topics import Headers, Topic, encode
from services.database.connection import Connection
from services.database.listening import OUTBOX_WRITTEN, ring


@dataclass(frozen=True)
class Waiting:
    row_id: int
    topic: str
    type_name: str
    key: bytes | None
    value: bytes
    headers: Headers


async def add(conn: Connection, topic: Topic, event: Event, at: datetime, *, name: str | None = None) -> bytes:
    """Write ``event`` for sending, inside the caller's transaction; the bytes that will be sent.

    ``name`` is the real topic where there is one a post.
    """
    key, value, headers = encode(topic, event)
    await conn.execute(
        """
        INSERT INTO outbox (topic, type_name, key, value, headers, written_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        name or topic.name,
        event.type_name,
        key,
        value,
        [[header, text.decode()] for header, text in headers],
        at,
    )
    await ring(conn, OUTBOX_WRITTEN)
    return value


async def add_many(conn: Connection, topic: Topic, events: Sequence[Event], at: datetime) -> list[bytes]:
    """As ``add`` for many events of one topic, a row each, in one statement and with one ring of the bell."""
    encoded = [encode(topic, event) for event in events]
    if not encoded:
        return []
    await conn.execute(
        """
        INSERT INTO outbox (topic, type_name, key, value, headers, written_at)
        SELECT $1, type_name, key, value, headers::jsonb, $6
        FROM unnest($2::text[], $3::bytea[], $4::bytea[], $5::text[]) WITH ORDINALITY
             AS sent (type_name, key, value, headers, place)
        ORDER BY place
        """,
        topic.name,
        [event.type_name for event in events],
        [key for key, _, _ in encoded],
        [value for _, value, _ in encoded],
        # A list of lists would be taken for an array of two dimensions.
        [json.dumps([[header, text.decode()] for header, text in headers]) for _, _, headers in encoded],
        at,
    )
    await ring(conn, OUTBOX_WRITTEN)
    return [value for _, value, _ in encoded]


AS_IT_WAS = "as-it-was"
"""In place of a type: bytes that are not ours, and that the publisher does not sign as such."""


async def add_raw(
    conn: Connection,
    topic: str,
    key: bytes | None,
    value: bytes,
    headers: Sequence[tuple[str, bytes]],
    at: datetime,
) -> None:
    """Write a record for sending byte by byte as it is given, inside the caller's transaction."""
    await conn.execute(
        """
        INSERT INTO outbox (topic, type_name, key, value, headers, written_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        topic,
        AS_IT_WAS,
        key,
        value,
        [[name, {"base64": base64.b64encode(content).decode()}] for name, content in headers],
        at,
    )
    await ring(conn, OUTBOX_WRITTEN)


def _content(stored: str | dict[str, str]) -> bytes:
    return stored.encode() if isinstance(stored, str) else base64.b64decode(stored["base64"])


async def oldest(conn: Connection, limit: int) -> list[Waiting]:
    """What waits, in the order in which it was written."""
    rows = await conn.fetch(
        """
        SELECT row_id, topic, type_name, key, value, headers FROM outbox
        WHERE sent_at IS NULL AND refused IS NULL ORDER BY row_id LIMIT $1
        """,
        limit,
    )
    return [
        Waiting(**(dict(row) | {"headers": [(header, _content(stored)) for header, stored in row["headers"]]}))
        for row in rows
    ]


async def mark_sent(conn: Connection, row_ids: list[int], at: datetime) -> None:
    await conn.execute("UPDATE outbox SET sent_at = $2 WHERE row_id = ANY($1)", row_ids, at)


async def refuse(conn: Connection, row_id: int, why: str) -> None:
    """Set aside what Kafka will never take; the desk shows it."""
    await conn.execute("UPDATE outbox SET refused = $2 WHERE row_id = $1", row_id, why)
