"""Has the random inspection draws of past local days repeated, by itself: each day one worker goes through the
days that are due (judging/draws_due.py).

In a child process, as long questions are: nicer than anything live, and what ends it ends no worker. A day that
ends it again and again is said to be one that could not be repeated, and the others get their turn.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from schemas.events.self_checks import HARMLESS, MOST_TOLD, DrawsRepeated, DrawTold
from schemas.ids import derived_id
from stream_processors import draws
from stream_processors.clock import Clock, SystemClock
from stream_processors.database import draw_days, self_checks
from stream_processors.database.claims import claim, own_connection
from stream_processors.database.draws import kept_from
from stream_processors.database.pool import Connection, Pool
from stream_processors.database.registry import RegistryInForce
from stream_processors.draws import Day, StationKey, midnight
from stream_processors.judging.draws_due import due, round_at
from stream_processors.judging.draws_repeated import Told
from stream_processors.keys import read_keys
from stream_processors.questions.process import NICENESS, handed_down, settle_for_a_question, tied_to
from stream_processors.seen import metrics
from stream_processors.self_checks import say
from stream_processors.world import database_is_away, ends_the_process_on_a_bug, in_place

log = logging.getLogger(__name__)

LOOK_S = 60.0
MOST_TIMES = 3
"""A look at a day that was begun so often and did not end is given up for today."""


@dataclass
class DailyDraws:
    """In a worker: sees to it that the day's round is done, by whichever worker claims it."""

    url: str
    keys: Path
    pool: Pool
    clock: Clock
    in_force: RegistryInForce
    _over: date | None = None

    async def run(self) -> None:
        """For ever. A round that is over is not asked for again: nothing is due until tomorrow."""
        while True:
            await self.once()
            await asyncio.sleep(LOOK_S)

    async def once(self) -> None:
        zone = ZoneInfo(self.in_force.time_zone())
        today = round_at(self.clock.now(), zone)
        if today == self._over:
            return
        if await in_place("draws", lambda: self._is_due(today, zone)):
            await in_place("draws", self._round)

    async def _is_due(self, today: date, zone: ZoneInfo) -> bool:
        """Two looks at indexes. Where no day is over yet, one may come from a station that was offline."""
        async with self.pool.acquire() as connection:
            if await draw_days.is_over(connection, today):
                self._over = today
                return False
            first = await kept_from(connection)
            return first is not None and first < midnight(today, zone)

    async def _round(self) -> None:
        async with own_connection(self.url, "chotxanh-draws-claim") as mine:
            if not await claim(mine, "processors draws"):
                return  # another worker is at it
            status = await self._in_child()
            if status == os.EX_TEMPFAIL:
                await draw_days.forget_begun(mine)
        metrics.DRAW_ROUNDS.labels("done" if status == os.EX_OK else "broken_off").inc()
        level = logging.INFO if status == os.EX_OK else logging.WARNING
        log.log(level, "a round of repeated draws ended", extra={"status": status})

    async def _in_child(self) -> int:
        """Its exit status. It never outlives us."""
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "stream_processors", "look-at-draws"),
            *("--at", self.clock.now().isoformat(), "--parent", str(os.getpid())),
            env={
                **handed_down(os.environ),
                "CHOTXANH_DATABASE_URL": self.url,
                "CHOTXANH_KEYS": str(self.keys),
                "OMP_NUM_THREADS": "1",
            },
        )
        try:
            return await child.wait()
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()


def look_in_child(url: str, keys: Path, at: datetime | None, *, parent: int | None = None) -> int:
    """The exit status: 75 when the database was away and somebody should try again."""
    os.nice(NICENESS)
    settle_for_a_question()
    if parent is not None and not tied_to(parent):
        return os.EX_TEMPFAIL
    station_key = read_keys(keys).verifying.station_key
    with ends_the_process_on_a_bug():
        try:
            asyncio.run(_looked(url, station_key, at or SystemClock().now()))
        except Exception as exc:
            if not database_is_away(exc):
                raise
            log.warning("the database is away, draws are left for later", extra={"error": type(exc).__name__})
            return os.EX_TEMPFAIL
    return os.EX_OK


async def _looked(url: str, station_key: StationKey, at: datetime) -> None:
    async with own_connection(url, "chotxanh-draws") as connection:
        await look_at_due_days(connection, station_key, now=at.astimezone(UTC))


async def look_at_due_days(connection: Connection, station_key: StationKey, *, now: datetime) -> list[date]:
    """One round; each day is looked at and said in a transaction of its own. Which days there were."""
    in_force = RegistryInForce()
    await in_force.refresh(connection)
    zone = ZoneInfo(in_force.time_zone())
    today = round_at(now, zone)
    kept = await draw_days.kept(connection, zone.key, midnight(today, zone))
    days = due(today, kept, await draw_days.looked(connection))
    for day in days:
        await _look(connection, day, today, in_force, station_key, now)
    await draw_days.end_round(connection, today, at=now)
    return days


async def _look(
    connection: Connection,
    day: date,
    today: date,
    in_force: RegistryInForce,
    station_key: StationKey,
    now: datetime,
) -> None:
    times = await draw_days.begin(connection, day)
    if times > MOST_TIMES:
        log.critical("OUR FAULT: the draws of a day cannot be repeated", extra={"day": day.isoformat()})
        # Tomorrow it is tried once: a version that is mended may run by then.
        await _said(connection, _cannot(day, now), today, counted=0, begun=MOST_TIMES - 1)
        return
    found = await draws.repeat(connection, day, in_force, station_key, now=now)
    await _said(connection, _event(found, in_force, now), today, counted=found.kept)


async def _said(
    connection: Connection, event: DrawsRepeated, today: date, *, counted: int, begun: int = 0
) -> None:
    async with connection.transaction():
        await self_checks.take_turn(connection)
        new = await say(connection, DrawsRepeated, [event])
        await draw_days.end(connection, event.day, on=today, counted=counted, begun=begun)
    for one, former in new.items():
        if not one.in_order and (former is None or former.told != one.told):
            log.critical(
                "random inspection draws of a day are not as they must have been",
                extra={"day": one.day.isoformat(), "told": len(one.told) + one.untold},
            )


def _id_and_times(day: date, now: datetime) -> dict[str, object]:
    return {
        "event_id": derived_id("draws-repeated", day.isoformat()),
        "occurred_at": now,
        "looked_at": now,
        "revision": 1,
        "day": day,
    }


def _cannot(day: date, now: datetime) -> DrawsRepeated:
    return DrawsRepeated.model_validate(
        {**_id_and_times(day, now), "draws": 0, "abandoned": 0, "all_counters_known": False, "failed": True}
    )


def _event(found: Day, in_force: RegistryInForce, now: datetime) -> DrawsRepeated:
    """Faults first: where there is no room, it is the harmless that is only counted."""
    told = sorted(found.told, key=lambda one: one.what in HARMLESS)
    return DrawsRepeated.model_validate(
        {
            **_id_and_times(found.day, now),
            "draws": found.draws,
            "abandoned": found.abandoned,
            "all_counters_known": found.all_counters_known,
            "told": [_told(one, in_force) for one in told[:MOST_TOLD]],
            "untold": sum(one.what not in HARMLESS for one in told[MOST_TOLD:]),
        }
    )


def _told(one: Told, in_force: RegistryInForce) -> DrawTold:
    station = in_force.station(one.station_id)
    return DrawTold(
        station_id=one.station_id,
        post_id=station.post_id if station else None,
        lane=one.lane,
        counter=one.counter,
        until=one.until,
        what=one.what,
        crossing_id=one.crossing_id,
    )
