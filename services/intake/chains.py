"""Which numbers of each station's chain arrived, in any order. Shows gaps; never waits for one."""

from __future__ import annotations

import hashlib
from datetime import datetime

from schemas.events.base import StationEvent
from schemas.trust.again import corrected_of
from services.database.connection import Connection
from services.intake.records import NotBelieved, Record


async def note_number(conn: Connection, record: Record, event: StationEvent, at: datetime) -> None:
    """Raises NotBelieved when the number was used before for something else."""
    corrected = corrected_of(record.headers)
    content = (
        bytes.fromhex(corrected.original_sha256) if corrected else hashlib.sha256(record.value or b"").digest()
    )
    status = await conn.execute(
        """
        INSERT INTO station_numbers (station_id, enrolment, number, value_sha256)
        VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
        """,
        event.station_id,
        event.enrolment,
        event.number,
        content,
    )
    if status.endswith(" 1"):
        await _advance(conn, event)
        return
    known = await conn.fetchval(
        "SELECT value_sha256 FROM station_numbers WHERE station_id = $1 AND enrolment = $2 AND number = $3",
        event.station_id,
        event.enrolment,
        event.number,
    )
    if known != content:
        raise NotBelieved("STATION_NUMBER_REPEATED", event.station_id)


async def _advance(conn: Connection, event: StationEvent) -> None:
    """Move the mark up to which nothing is missing; looks at what lies after it only when the gap closed."""
    chain = await conn.fetchrow(
        """
        INSERT INTO station_chains AS known (station_id, enrolment, highest) VALUES ($1, $2, $3)
        ON CONFLICT (station_id, enrolment) DO UPDATE SET highest = greatest(known.highest, excluded.highest)
        RETURNING gapless_to
        """,
        event.station_id,
        event.enrolment,
        event.number,
    )
    if event.number != chain["gapless_to"] + 1:
        return
    await conn.execute(
        """
        UPDATE station_chains SET gapless_to = (
            SELECT max(number) FROM (
                SELECT number, number - row_number() OVER (ORDER BY number) AS island FROM station_numbers
                WHERE station_id = $1 AND enrolment = $2 AND number > $3) AS after
            WHERE island = $3)
        WHERE station_id = $1 AND enrolment = $2
        """,
        event.station_id,
        event.enrolment,
        chain["gapless_to"],
    )
