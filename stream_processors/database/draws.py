"""SQL of the random inspection draws as stations recorded them: kept with the crossings, read day by day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from schemas.events.crossing import CrossingAbandoned, CrossingRecord
from schemas.plain import from_kept
from schemas.rules.facts import CrossingFacts
from stream_processors.database.pool import Connection
from stream_processors.database.writing import Write
from stream_processors.intake.records import Taken
from stream_processors.judging.draws_repeated import Draw

MOST_AT_ONCE = 500


def kept(crossings: Sequence[Taken]) -> Iterator[Write]:
    """Of every revision, and of what was given up; nothing of what has no counter."""
    draws = sorted(
        (draw for one in crossings if (draw := _draw_of(one)) is not None),
        key=lambda one: (one.crossing_id, one.revision),
    )
    if draws:
        yield Write(
            """
            INSERT INTO draws (crossing_id, revision, station_id, enrolment, lane, opened_at, counter, drawn,
                               abandoned)
            SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[], $4::bigint[], $5::int[], $6::timestamptz[],
                                 $7::bigint[], $8::bool[], $9::bool[])
            ON CONFLICT DO NOTHING
            """,
            (
                [one.crossing_id for one in draws],
                [one.revision for one in draws],
                [one.station_id for one in draws],
                [one.enrolment for one in draws],
                [one.lane for one in draws],
                [one.opened_at for one in draws],
                [one.counter for one in draws],
                [one.drawn for one in draws],
                [one.abandoned for one in draws],
            ),
        )


def _draw_of(one: Taken) -> Draw | None:
    event = one.event
    if isinstance(event, CrossingAbandoned):
        counter, drawn = event.draw_counter, None
    elif isinstance(event, CrossingRecord):
        counter, drawn = event.inspection.draw_counter, event.inspection.drawn
    else:
        return None
    if counter is None:
        return None
    return Draw(
        event.crossing_id,
        one.revision,
        event.station_id,
        event.enrolment,
        event.lane,
        event.opened_at,
        counter,
        drawn,
        isinstance(event, CrossingAbandoned),
    )


async def opened_between(connection: Connection, begins_at: datetime, ends_at: datetime) -> list[Draw]:
    """Of every revision."""
    rows = await connection.fetch(
        "SELECT * FROM draws WHERE opened_at >= $1 AND opened_at < $2", begins_at, ends_at
    )
    return [Draw(**dict(row)) for row in rows]


async def crossings_of(connection: Connection, draws: Sequence[Draw]) -> dict[UUID, CrossingFacts]:
    """As they stand, by id. Withdrawn ones too: they were opened, and drawn or not."""
    ids = sorted({one.crossing_id for one in draws})
    facts: dict[UUID, CrossingFacts] = {}
    for start in range(0, len(ids), MOST_AT_ONCE):
        rows = await connection.fetch(
            """
            SELECT crossing_id, facts::text AS facts FROM crossings
            WHERE crossing_id = ANY($1::uuid[]) AND NOT abandoned
            """,
            ids[start : start + MOST_AT_ONCE],
        )
        facts |= {row["crossing_id"]: from_kept(CrossingFacts, row["facts"]) for row in rows}
    return facts


async def kept_from(connection: Connection) -> datetime | None:
    """The first opening of which a counter was kept."""
    found: datetime | None = await connection.fetchval("SELECT min(opened_at) FROM draws")
    return found


async def incomplete_stations(connection: Connection) -> frozenset[str]:
    """Of which records are missing."""
    rows = await connection.fetch("SELECT DISTINCT station_id FROM missing_numbers")
    return frozenset(row["station_id"] for row in rows)
