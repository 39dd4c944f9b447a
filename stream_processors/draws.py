"""``python -m stream_processors draws``: repeats the random inspection draws of whole local days, and says what of
them is not as it must have been. Changes nothing, and opens nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from stream_processors.database import draws
from stream_processors.database.pool import Connection
from stream_processors.database.registry import RegistryInForce
from stream_processors.judging.draws_repeated import HARMLESS, Told, of_a_day


@dataclass(frozen=True)
class Day:
    day: date
    draws: int
    abandoned: int
    told: tuple[Told, ...]

    @property
    def in_order(self) -> bool:
        return all(one.what in HARMLESS for one in self.told)


async def repeated(
    connection: Connection,
    first: date,
    last: date,
    station_key: Callable[[str, int], bytes],
    *,
    now: datetime,
) -> AsyncIterator[Day]:
    """Day by day, both ends included."""
    in_force = RegistryInForce()
    await in_force.refresh(connection)
    zone = ZoneInfo(in_force.time_zone())
    kept_from = await draws.kept_from(connection)
    incomplete = await draws.incomplete_stations(connection)
    for day in (first + timedelta(days=number) for number in range((last - first).days + 1)):
        begins_at, ends_at = _midnight(day, zone), _midnight(day + timedelta(days=1), zone)
        found, crossings = await draws.opened_between(connection, begins_at, ends_at)
        told = of_a_day(
            found,
            crossings,
            in_force.registry,
            station_key,
            # What is open in a lane has its counter, and no record yet.
            all_counters_known=kept_from is not None and kept_from < begins_at and ends_at <= now,
            incomplete=incomplete,
        )
        yield Day(
            day,
            len({one.crossing_id for one in found}),
            len({one.crossing_id for one in found if one.abandoned}),
            tuple(told),
        )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
