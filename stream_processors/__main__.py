"""``python -m stream_processors migrate|worker``."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

import asyncpg

from stream_processors.database.migrate import migrate
from stream_processors.keys import KeyFileWrong
from stream_processors.settings import SettingMissing, needed, settings_from
from stream_processors.worker import run_worker


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m stream_processors", description=__doc__)
    parser.add_argument("command", choices=("migrate", "worker"))
    command = parser.parse_args().command
    try:
        if command == "migrate":
            return asyncio.run(_migrate())
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
