"""``python -m stream_processors migrate|worker|answer|waiting|try-again|draws|look-at-draws``."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

import asyncpg

from schemas.bounded import instant_text
from stream_processors import draws
from stream_processors.clock import SystemClock
from stream_processors.daily_draws import look_in_child
from stream_processors.database import heads, heard, timers
from stream_processors.database.migrate import SCHEMA, migrate
from stream_processors.draws import Day
from stream_processors.keys import KeyFileWrong, read_keys
from stream_processors.logs import set_up_logging
from stream_processors.questions.child import answer_in_child
from stream_processors.settings import SettingMissing, needed, settings_from
from stream_processors.worker import run_worker


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m stream_processors", description=__doc__)
    commands = parser.add_subparsers(required=True, dest="command", metavar="COMMAND")
    commands.add_parser("migrate", help="bring the tables up to date")
    commands.add_parser("worker", help="judge what comes, until told to stop")
    answer = commands.add_parser("answer", help="answer one question that was asked; a worker starts this")
    answer.add_argument("command_id", type=UUID)
    answer.add_argument("--parent", type=int, help="end when this process, which started us, does")
    commands.add_parser("waiting", help="show what waits for which post, and who is silent")
    commands.add_parser(
        "try-again", help="fire the timers that were put aside, once what ended the process is mended"
    )
    repeated = commands.add_parser("draws", help="repeat the random inspection draws of these local days")
    repeated.add_argument("first", type=date.fromisoformat, metavar="FROM")
    repeated.add_argument("last", type=date.fromisoformat, metavar="TO")
    look = commands.add_parser(
        "look-at-draws", help="repeat the draws of the days that are due; a worker starts this"
    )
    look.add_argument("--at", type=datetime.fromisoformat, help="as if it were this instant, with its zone")
    look.add_argument("--parent", type=int, help="end when this process, which started us, does")
    given = parser.parse_args()
    try:
        if given.command == "migrate":
            return asyncio.run(_migrate())
        if given.command == "waiting":
            return asyncio.run(_waiting())
        if given.command == "try-again":
            return asyncio.run(_try_again())
        if given.command == "draws":
            return asyncio.run(_draws(given.first, given.last))
        if given.command == "answer":
            set_up_logging()
            url = needed(os.environ, "CHOTXANH_DATABASE_URL")
            return answer_in_child(url, given.command_id, parent=given.parent)
        if given.command == "look-at-draws":
            set_up_logging()
            url, keys = needed(os.environ, "CHOTXANH_DATABASE_URL"), Path(needed(os.environ, "CHOTXANH_KEYS"))
            return look_in_child(url, keys, given.at, parent=given.parent)
        run_worker(settings_from())
    except (SettingMissing, KeyFileWrong) as exc:
        sys.stderr.write(f"stream_processors: {exc}\n")
        return os.EX_CONFIG
    return 0


async def _migrate() -> int:
    return await _on_the_database(_migrated)


async def _migrated(connection: asyncpg.Connection) -> None:
    applied = await migrate(connection)
    sys.stdout.write(f"stream_processors: {len(applied)} migrations applied\n")


async def _waiting() -> int:
    """One line each, oldest first: what waits for posts, what is put aside, wrong heads, who is silent."""
    return await _on_the_database(_told_what_waits)


async def _told_what_waits(connection: asyncpg.Connection) -> None:
    for one in await timers.waiting(connection):
        posts = ", ".join(one.waits_for)
        since = instant_text(one.deadline)
        sys.stdout.write(f"{one.kind} of crossing {one.crossing_id}, due {since}, waits for {posts}\n")
    for aside in await timers.put_aside_now(connection):
        due, at = instant_text(aside.deadline), instant_text(aside.at)
        sys.stdout.write(f"{aside.kind} of crossing {aside.crossing_id}, due {due}, put aside {at}: OUR FAULT\n")
    for head in await heads.wrong(connection):
        sys.stdout.write(f"signed head of station {head.station_id}, number {head.number}: {head.state.value}\n")
    for station_id, since_at in await heard.silent_stations(connection):
        sys.stdout.write(f"station {station_id} is silent since {instant_text(since_at)}\n")


async def _try_again() -> int:
    return await _on_the_database(_tried_again)


async def _tried_again(connection: asyncpg.Connection) -> None:
    sys.stdout.write(f"stream_processors: {await timers.try_again(connection)} timers are due again\n")


async def _draws(first: date, last: date) -> int:
    """Exit status 3 when something is not as it must have been."""
    keys = read_keys(Path(needed(os.environ, "CHOTXANH_KEYS")))
    days: list[Day] = []

    async def repeat(connection: asyncpg.Connection) -> None:
        now = SystemClock().now()
        async for day in draws.repeated(connection, first, last, keys.verifying.station_key, now=now):
            days.append(day)
            sys.stdout.write(f"{day.day}: {day.draws} draws, {day.abandoned} of crossings given up\n")
            for one in day.told:
                counters = f"counters {one.counter} to {one.until}" if one.until else f"counter {one.counter}"
                where = f"station {one.station_id}, lane {one.lane}, {counters}"
                crossing = f", crossing {one.crossing_id}" if one.crossing_id else ""
                sys.stdout.write(f"  {one.what.value}: {where}{crossing}\n")

    status = await _on_the_database(repeat)
    return status or (0 if all(day.in_order for day in days) else 3)


async def _on_the_database(work: Callable[[asyncpg.Connection], Awaitable[None]]) -> int:
    try:
        connection = await asyncpg.connect(
            needed(os.environ, "CHOTXANH_DATABASE_URL"), timeout=10, server_settings={"search_path": SCHEMA}
        )
    except (OSError, TimeoutError, asyncpg.PostgresError) as exc:
        sys.stderr.write(f"stream_processors: the database cannot be reached: {type(exc).__name__}\n")
        return os.EX_UNAVAILABLE
    try:
        await work(connection)
    finally:
        await connection.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
