"""What cannot be taken goes to the dead letters: unchanged, in a sealed box, with the reason."""

from __future__ import annotations

import base64
from datetime import datetime

from schemas.events.operations import DeadLetter, DeadLetterSecrets
from schemas.ids import derived_id
from schemas.topics import DEAD_LETTERS, Unreadable
from schemas.trust.again import again_of
from schemas.trust.sealing import Sealer
from services.database.connection import Connection
from services.dead_letters import cases
from services.dead_letters.reading import Claimed, RawLetter, claimed
from services.intake.records import NotBelieved, Record
from services.outbox import store as outbox

MOST_HEADERS = 50


async def bury(conn: Connection, record: Record, why: Unreadable, sealer: Sealer, at: datetime) -> None:
    """Inside the caller's transaction. It comes back on its own topic, and then the desk shows it."""
    letter = letter_of(record, why, sealer, at)
    if not await conn.fetchval("SELECT true FROM dead_letters WHERE event_id = $1", letter.event_id):
        await outbox.add(conn, DEAD_LETTERS, letter, at)
        await keep(conn, letter, RawLetter(record.key, record.value, _headers(record)), at)
    if isinstance(why, NotBelieved):
        await _count(conn, why, at)


def letter_of(record: Record, why: Unreadable, sealer: Sealer, at: datetime) -> DeadLetter:
    event_id = derived_id("dead-letter", "services", *record.place)
    secrets = DeadLetterSecrets(
        record_id=event_id,
        key=_text(record.key, 8192),
        value=_text(record.value, 8_388_608),
        headers=tuple(
            (name[:100] or "?", _text(value, 8192) or "") for name, value in record.headers[:MOST_HEADERS]
        ),
    )
    return DeadLetter(
        event_id=event_id,
        occurred_at=at,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        by="services",
        reason=why.reason,
        detail=why.detail,
        station_id=why.station_id if isinstance(why, NotBelieved) else None,
        sealed=sealer.seal(secrets),
    )


def _text(content: bytes | None, most: int) -> str | None:
    """Base64, cut where the box has no room: Kafka's limit for a whole record is smaller than ours for a value."""
    return None if content is None else base64.b64encode(content[: most // 4 * 3]).decode()


def _headers(record: Record) -> tuple[tuple[str, bytes], ...]:
    return tuple((name, value or b"") for name, value in record.headers)


async def keep(conn: Connection, letter: DeadLetter, raw: RawLetter | None, at: datetime) -> None:
    """For the desk: the processors' and our own. ``raw`` is None where the box cannot be opened."""
    status = await conn.execute(
        """
        INSERT INTO dead_letters (event_id, topic, "partition", "offset", by, reason, detail, station_id, post_id,
            number, sealed, occurred_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (event_id) DO NOTHING
        """,
        letter.event_id,
        letter.topic,
        letter.partition,
        letter.offset,
        letter.by,
        letter.reason,
        letter.detail,
        letter.station_id,
        letter.post_id,
        letter.number,
        letter.sealed.model_dump(mode="json"),
        letter.occurred_at,
    )
    if not status.endswith(" 1"):
        return
    said = claimed(raw.key, raw.value, raw.headers) if raw else Claimed()
    case_id = await cases.take_letter(conn, letter, said, again_of(raw.headers) if raw else None, at)
    await conn.execute("UPDATE dead_letters SET case_id = $2 WHERE event_id = $1", letter.event_id, case_id)


async def _count(conn: Connection, why: NotBelieved, at: datetime) -> None:
    await conn.execute(
        """
        INSERT INTO refused_stations AS known (station_id, reason, records, first_at, last_at)
        VALUES ($1, $2, 1, $3, $3)
        ON CONFLICT (station_id, reason) DO UPDATE SET records = known.records + 1, last_at = excluded.last_at
        """,
        why.station_id,
        why.reason,
        at,
    )
