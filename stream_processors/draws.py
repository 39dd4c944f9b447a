"""Repeats the random inspection draws of whole local days, and says what of them is not as it must have been.

Changes nothing, and opens nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from schemas.events.self_checks import HARMLESS
from stream_processors.database import draws
from stream_processors.database.pool import Connection
from stream_processors.database.registry import RegistryInForce
from stream_processors.judging.draws_repeated import Draw, Told, of_a_day

StationKey = Callable[[str, int], bytes]


@dataclass(frozen=True)
class Day:
    day: date
    draws: int
    abandoned: int
    told: tuple[Told, ...]
    all_counters_known: bool
    kept: int
    """Draws of every revision."""

    @property
    def in_order(self) -> bool:
        return all(one.what in HARMLESS for one in self.told)


async def repeated(
    connection: Connection, first: date, last: date, station_key: StationKey, *, now: datetime
) -> AsyncIterator[Day]:
    """Day by day, both ends included."""
    in_force = RegistryInForce()
    await in_force.refresh(connection)
    for day in (first + timedelta(days=number) for number in range((last - first).days + 1)):
        yield await repeat(connection, day, in_force, station_key, now=now)


async def repeat(
    connection: Connection, day: date, in_force: RegistryInForce, station_key: StationKey, *, now: datetime
) -> Day:
    """Station by station: a day of the whole province is not held at once."""
    zone = ZoneInfo(in_force.time_zone())
    begins_at, ends_at = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    kept_from = await draws.kept_from(connection)
    # What is open in a lane has its counter, and no record yet.
    all_counters_known = kept_from is not None and kept_from < begins_at and ends_at <= now
    incomplete = await draws.incomplete_stations(connection)
    found = await draws.opened_between(connection, begins_at, ends_at)
    told: list[Told] = []
    for of_station in _by_station(found):
        told += of_a_day(
            of_station,
            await draws.crossings_of(connection, of_station),
            in_force.registry,
            station_key,
            all_counters_known=all_counters_known,
            incomplete=incomplete,
        )
    return Day(
        day,
        len({one.crossing_id for one in found}),
        len({one.crossing_id for one in found if one.abandoned}),
        tuple(told),
        all_counters_known,
        len(found),
    )


def _by_station(found: list[Draw]) -> list[list[Draw]]:
    stations: dict[str, list[Draw]] = defaultdict(list)
    for one in found:
        stations[one.station_id].append(one)
    return [stations[station_id] for station_id in sorted(stations)]


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
