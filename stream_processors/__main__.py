"""``python -m stream_processors migrate|worker|answer``."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from uuid import UUID

import asyncpg

from stream_processors.database.migrate import migrate
from stream_processors.keys import KeyFileWrong
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
    given = parser.parse_args()
    try:
        if given.command == "migrate":
            return asyncio.run(_migrate())
        if given.command == "answer":
            set_up_logging()
            url = needed(os.environ, "CHOTXANH_DATABASE_URL")
            return answer_in_child(url, given.command_id, parent=given.parent)
        run_worker(settings_from())
    except (SettingMissing, KeyFileWrong) as exc:
        sys.stderr.write(f"stream_processors: {exc}\n")
        return os.EX_CONFIG
    return 0


async def _migrate() -> int:
    try:
        connection = await asyncpg.connect(needed(os.environ, "CHOTXANH_DATABASE_URL"), timeout=10)
    except (OSError, TimeoutError, asyncpg.PostgresError) as exc:
        sys.stderr.write(f"stream_processors: the database cannot be reached: {type(exc).__name__}\n")
        return os.EX_UNAVAILABLE
    try:
        applied = await migrate(connection)
    finally:
        await connection.close()
    sys.stdout.write(f"stream_processors: {len(applied)} migrations applied\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
