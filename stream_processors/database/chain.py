"""SQL of the stations' numbers: what stood at each, whether links agree, what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from schemas.events.base import FIRST_PREVIOUS, StationEvent
from schemas.trust.again import corrected_of
from stream_processors.database.columns import listed
from stream_processors.database.pool import Connection
from stream_processors.intake.numbers import Numbers, Range, after
from stream_processors.intake.records import Believed

Station = tuple[str, int]


class Link(NamedTuple):
    station_id: str
    enrolment: int
    number: int
    sha256: bytes
    previous: bytes

    @property
    def station(self) -> Station:
        return self.station_id, self.enrolment

    @property
    def key(self) -> tuple[str, int, int]:
        return self.station_id, self.enrolment, self.number


def link_of(believed: Believed) -> Link | None:
    """The record's place in its station's chain; None for what is in no chain."""
    event = believed.event
    if not isinstance(event, StationEvent):
        return None
    corrected = corrected_of(believed.record.headers)
    return Link(
        event.station_id,
        event.enrolment,
        event.number,
        # What the station itself wrote there: its next record links to that, not to our correction.
        bytes.fromhex(corrected.original_sha256) if corrected else believed.sha256,
        bytes.fromhex(event.previous),
    )


async def store_links(connection: Connection, links: Iterable[Link]) -> dict[tuple[str, int, int], Link]:
    """Keep each number once, the first that came. Returns what stands at these numbers and beside them."""
    first = {link.key: link for link in links}
    if not first:
        return {}
    stations, enrolments, numbers, hashes, previous = zip(*sorted(first.values()), strict=True)
    inserted = await connection.fetch(
        """
        INSERT INTO chain (station_id, enrolment, number, sha256, previous)
        SELECT * FROM unnest(string_to_array($1, ','), string_to_array($2, ',')::bigint[],
                             string_to_array($3, ',')::bigint[], $4::bytea[], $5::bytea[])
        ON CONFLICT DO NOTHING RETURNING station_id, enrolment, number
        """,
        *map(listed, (stations, enrolments, numbers)),
        hashes,
        previous,
    )
    stored = {key: first[key] for key in map(tuple, inserted)}
    asked = sorted(
        {(*one.station, one.number + step) for one in first.values() for step in (-1, 0, 1)} - stored.keys()
    )
    # Each by its whole key: a planner that knew nothing of the table read a station's chain whole for each number.
    rows = await connection.fetch(
        """
        SELECT there.* FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS asked (station_id, enrolment, number)
        CROSS JOIN LATERAL (
            SELECT station_id, enrolment, number, sha256, previous FROM chain
            WHERE chain.station_id = asked.station_id AND chain.enrolment = asked.enrolment
              AND chain.number = asked.number
            LIMIT 1
        ) AS there
        """,
        *([key[column] for key in asked] for column in range(3)),
    )
    return stored | {link.key: link for link in map(Link._make, rows)}


def wrong_link(link: Link, stored: dict[tuple[str, int, int], Link]) -> str | None:
    """Which of this record's two links does not agree with its neighbour, where the neighbour is there."""
    before = stored.get((link.station_id, link.enrolment, link.number - 1))
    if before is not None and before.sha256 != link.previous:
        return "the link to the number before does not agree"
    if link.number == 1 and link.previous != bytes.fromhex(FIRST_PREVIOUS):
        return "the first number links to something before it"
    behind = stored.get((link.station_id, link.enrolment, link.number + 1))
    if behind is not None and behind.previous != link.sha256:
        return "the link from the number behind does not agree"
    return None


async def note_numbers(
    connection: Connection, arrived: dict[Station, list[int]], posts: dict[Station, str], *, at: datetime
) -> None:
    """Keep which numbers are missing of the stations in ``arrived``; their rows are locked, in order."""
    if not arrived:
        return
    stations = sorted(arrived)
    highest = await _moved_on(connection, stations, arrived)
    if first_heard := [station for station in stations if station not in highest]:
        await _make_known(connection, first_heard, posts)
        highest |= await _moved_on(connection, first_heard, arrived)
    missing = await _missing(connection, [one for one in stations if min(arrived[one]) <= highest[one]], arrived)
    before = {station: Numbers(highest[station], missing.get(station, ())) for station in stations}
    now = {station: after(before[station], arrived[station]) for station in stations}
    await _keep_missing(connection, before, now, at)


async def _moved_on(
    connection: Connection, stations: Sequence[Station], arrived: Mapping[Station, Sequence[int]]
) -> dict[Station, int]:
    """The highest number that was known of each station, and is that of what arrived now, if that is higher. Of
    those that are known; they are locked.
    """
    rows = await connection.fetch(
        """
        WITH known AS (
            SELECT station_id, enrolment, highest FROM station_numbers
            WHERE (station_id, enrolment) IN (SELECT * FROM unnest($1::text[], $2::bigint[]))
            ORDER BY station_id, enrolment FOR UPDATE
        ), moved AS (
            UPDATE station_numbers AS one SET highest = came.highest
            FROM known JOIN unnest($1::text[], $2::bigint[], $3::bigint[]) AS came (station_id, enrolment, highest)
                       USING (station_id, enrolment)
            WHERE one.station_id = known.station_id AND one.enrolment = known.enrolment
              AND came.highest > known.highest
        )
        SELECT * FROM known
        """,
        [s for s, _ in stations],
        [e for _, e in stations],
        [max(arrived[station]) for station in stations],
    )
    return {(row["station_id"], row["enrolment"]): row["highest"] for row in rows}


async def _make_known(connection: Connection, stations: Sequence[Station], posts: dict[Station, str]) -> None:
    await connection.execute(
        """
        INSERT INTO station_numbers (station_id, enrolment, post_id, highest)
        SELECT *, 0 FROM unnest($1::text[], $2::bigint[], $3::text[]) ON CONFLICT DO NOTHING
        """,
        [s for s, _ in stations],
        [e for _, e in stations],
        [posts[station] for station in stations],
    )


async def _missing(
    connection: Connection, stations: Sequence[Station], arrived: Mapping[Station, Sequence[int]]
) -> dict[Station, tuple[Range, ...]]:
    """Of each station's gaps those that what arrived may fill: there can be thousands."""
    if not stations:
        return {}
    gaps = await connection.fetch(
        """
        SELECT gap.station_id, gap.enrolment, gap.first, gap.last
        FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) AS came (station, enrolled, low, high)
        JOIN missing_numbers AS gap ON gap.station_id = came.station AND gap.enrolment = came.enrolled
                                   AND gap.first <= came.high AND gap.last >= came.low
        ORDER BY gap.first
        """,
        [s for s, _ in stations],
        [e for _, e in stations],
        [min(arrived[station]) for station in stations],
        [max(arrived[station]) for station in stations],
    )
    missing: dict[Station, list[Range]] = {}
    for row in gaps:
        missing.setdefault((row["station_id"], row["enrolment"]), []).append((row["first"], row["last"]))
    return {station: tuple(ranges) for station, ranges in missing.items()}


async def _keep_missing(
    connection: Connection, before: Mapping[Station, Numbers], now: Mapping[Station, Numbers], at: datetime
) -> None:
    changed = [station for station in now if now[station].missing != before[station].missing]
    closed = [(s, g) for s in changed for g in _not_in(before[s].missing, now[s].missing)]
    opened = [(s, g) for s in changed for g in _not_in(now[s].missing, before[s].missing)]
    if closed:
        await connection.execute(
            """
            DELETE FROM missing_numbers WHERE (station_id, enrolment, first)
            IN (SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[]))
            """,
            [s[0] for s, _ in closed],
            [s[1] for s, _ in closed],
            [gap[0] for _, gap in closed],
        )
    if opened:
        await connection.execute(
            """
            INSERT INTO missing_numbers (station_id, enrolment, first, last, noticed_at)
            SELECT *, $5::timestamptz FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[])
            """,
            [s[0] for s, _ in opened],
            [s[1] for s, _ in opened],
            [gap[0] for _, gap in opened],
            [gap[1] for _, gap in opened],
            at,
        )


def _not_in(some: Sequence[Range], others: Sequence[Range]) -> list[Range]:
    known = frozenset(others)
    return [gap for gap in some if gap not in known]


@dataclass(frozen=True)
class Missing:
    station_id: str
    enrolment: int
    post_id: str
    first: int
    last: int
    times_asked: int


async def to_ask_for(connection: Connection, *, at: datetime, patience_s: int, most_times: int) -> list[Missing]:
    """Gaps that are due to be asked for, marked as asked. Waits double; after ``most_times`` it is only shown.

    Numbers of one station travel on several topics, so a gap is often filled within a second: ``patience_s``.
    """
    rows = await connection.fetch(
        """
        UPDATE missing_numbers AS gap SET asked_at = $1, times_asked = times_asked + 1
        FROM station_numbers AS station
        WHERE station.station_id = gap.station_id AND station.enrolment = gap.enrolment
          AND gap.times_asked < $3
          AND coalesce(gap.asked_at, gap.noticed_at)
              < $1::timestamptz - make_interval(secs => $2::int * power(2, gap.times_asked))
        RETURNING gap.station_id, gap.enrolment, station.post_id, gap.first, gap.last, gap.times_asked
        """,
        at,
        patience_s,
        most_times,
    )
    return [Missing(**dict(row)) for row in rows]
