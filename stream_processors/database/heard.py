"""SQL of what stations say of themselves: until when each is known to have told everything, and who is silent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from schemas.events.base import StationEvent
from schemas.events.operations import StationHealth
from stream_processors.database import heads
from stream_processors.database.pool import Connection
from stream_processors.intake.records import Believed, Refused


async def store_health(
    connection: Connection, believed: Sequence[Believed], *, error_when_unknown: timedelta
) -> list[str]:
    """Keep the newest of each station, and what each proves. Returns the stations that were silent till now."""
    beats = [(one, one.event) for one in believed if isinstance(one.event, StationHealth)]
    if not beats:
        return []
    await _prove(connection, beats, error_when_unknown)
    await heads.keep(connection, [(beat, one.arrived_at) for one, beat in beats])
    newest = {(beat.station_id, beat.enrolment): (one, beat) for one, beat in sorted(beats, key=_when)}
    rows = [newest[key] for key in sorted(newest)]
    silent = await connection.fetch(
        """
        WITH new AS (
            SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::timestamptz[], $5::timestamptz[],
                                 $6::bigint[], $7::bigint[], $8::bigint[])
                AS one (station_id, enrolment, post_id, occurred_at, arrived_at, last_number, unsent,
                        clock_error_ms)
        ), were_silent AS (
            SELECT station_id FROM stations_heard JOIN new USING (station_id, enrolment)
            WHERE silent_since IS NOT NULL AND new.arrived_at > stations_heard.arrived_at
        ), kept AS (
            INSERT INTO stations_heard AS known
                (station_id, enrolment, post_id, occurred_at, arrived_at, last_number, unsent, clock_error_ms)
            SELECT * FROM new
            ON CONFLICT (station_id, enrolment) DO UPDATE SET post_id = excluded.post_id,
                occurred_at = excluded.occurred_at, arrived_at = excluded.arrived_at,
                last_number = excluded.last_number, unsent = excluded.unsent,
                clock_error_ms = excluded.clock_error_ms, silent_since = NULL
            WHERE known.arrived_at < excluded.arrived_at
        )
        SELECT station_id FROM were_silent
        """,
        [beat.station_id for _, beat in rows],
        [beat.enrolment for _, beat in rows],
        [beat.post_id for _, beat in rows],
        [beat.occurred_at for _, beat in rows],
        [one.arrived_at for one, _ in rows],
        [beat.last_number for _, beat in rows],
        [beat.unsent for _, beat in rows],
        [beat.clock_error_ms for _, beat in rows],
    )
    return [row["station_id"] for row in silent]


def _when(beat: tuple[Believed, StationHealth]) -> datetime:
    return beat[0].arrived_at


async def _prove(
    connection: Connection, beats: Sequence[tuple[Believed, StationHealth]], error_when_unknown: timedelta
) -> None:
    """A clock that was ahead of ours proves no more than the moment of arrival."""
    sure: dict[tuple[str, int, int], datetime] = {}
    for one, beat in beats:
        error = error_when_unknown if beat.clock_error_ms is None else timedelta(milliseconds=beat.clock_error_ms)
        key = (beat.station_id, beat.enrolment, beat.last_number)
        until = min(beat.occurred_at - error, one.arrived_at)
        sure[key] = max(until, sure.get(key, until))
    ordered = sorted(sure)
    await connection.execute(
        """
        INSERT INTO heartbeats AS known (station_id, enrolment, last_number, sure_until)
        SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::timestamptz[])
        ON CONFLICT (station_id, enrolment, last_number)
            DO UPDATE SET sure_until = excluded.sure_until WHERE known.sure_until < excluded.sure_until
        """,
        *([key[column] for key in ordered] for column in range(3)),
        [sure[key] for key in ordered],
    )


_PROVEN = """
    SELECT beat.station_id, beat.enrolment, beat.last_number, beat.sure_until
    FROM heartbeats AS beat
    LEFT JOIN station_numbers AS numbers USING (station_id, enrolment)
    WHERE beat.last_number <= coalesce(numbers.highest, 0)
      AND NOT EXISTS (
          SELECT FROM missing_numbers AS gap
          WHERE gap.station_id = beat.station_id AND gap.enrolment = beat.enrolment
            AND gap.first <= beat.last_number OFFSET 0)
      AND NOT EXISTS (
          SELECT FROM unread_numbers AS unread
          WHERE unread.station_id = beat.station_id AND unread.enrolment = beat.enrolment
            AND unread.number <= beat.last_number
            AND NOT EXISTS (SELECT FROM facts WHERE facts.event_id = unread.event_id OFFSET 0) OFFSET 0)
"""


async def heard_until(connection: Connection) -> dict[tuple[str, int], datetime]:
    """Until when each station has surely told everything; a station of which numbers are missing, only so far."""
    rows = await connection.fetch(
        f"SELECT station_id, enrolment, max(sure_until) AS until FROM ({_PROVEN}) AS proven GROUP BY 1, 2"
    )
    return {(row["station_id"], row["enrolment"]): row["until"] for row in rows}


async def forget_proven(connection: Connection) -> None:
    """Drop what a later heartbeat proves as well."""
    await connection.execute(
        f"""
        DELETE FROM heartbeats AS old USING ({_PROVEN}) AS proven
        WHERE old.station_id = proven.station_id AND old.enrolment = proven.enrolment
          AND old.last_number < proven.last_number AND old.sure_until <= proven.sure_until
        """
    )


async def keep_unread(connection: Connection, refused: Sequence[Refused]) -> None:
    """Their numbers came, and what stood in them is not known."""
    events = [one.event for one in refused if isinstance(one.event, StationEvent)]
    if events:
        await connection.execute(
            """
            INSERT INTO unread_numbers (station_id, enrolment, number, event_id)
            SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::uuid[]) ON CONFLICT DO NOTHING
            """,
            [one.station_id for one in events],
            [one.enrolment for one in events],
            [one.number for one in events],
            [one.event_id for one in events],
        )


async def call_silent(connection: Connection, *, heard_before: datetime) -> list[str]:
    """Those not heard since then that were not called silent yet. Of several workers one is told of each."""
    rows = await connection.fetch(
        """
        UPDATE stations_heard SET silent_since = arrived_at
        WHERE silent_since IS NULL AND arrived_at < $1 RETURNING station_id
        """,
        heard_before,
    )
    return sorted(row["station_id"] for row in rows)


async def silent_stations(connection: Connection) -> list[tuple[str, datetime]]:
    """Longest silent first."""
    rows = await connection.fetch(
        "SELECT station_id, silent_since FROM stations_heard WHERE silent_since IS NOT NULL ORDER BY 2, 1"
    )
    return [(row["station_id"], row["silent_since"]) for row in rows]
