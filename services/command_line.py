"""``python -m services``: migrate, serve, add users, keys and places. Speaks to a person at a terminal."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Sequence

from schemas.log_lines import JsonLines
from services.accounts.create import create_key, create_user, set_password
from services.accounts.rights import GROUPS, Right, Role
from services.audit import chain
from services.clock import SystemClock
from services.database.connection import Connection, connect
from services.database.migrate import migrate
from services.keys import KeysMissing
from services.pages.render import FrontEndMissing
from services.quarantine import places
from services.settings import SettingMissing, database_url_from, settings_from


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines("services"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("asyncpg.pool").setLevel(logging.ERROR)  # a traceback every minute of an outage
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it writes a line for each of thousands of retries
    try:
        asyncio.run(asked.run(asked))
    except (SettingMissing, KeysMissing, FrontEndMissing, ValueError) as exc:
        sys.stderr.write(f"services: {exc}\n")
        return os.EX_CONFIG
    return os.EX_OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services", description="Chốt Xanh: services of the centre.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("serve", help="serve pages and APIs").set_defaults(run=_serve)
    commands.add_parser("migrate", help="bring the tables up to date").set_defaults(run=_on_database(_migrate))
    user = commands.add_parser("add-user", help="add a person; prints the password once")
    user.add_argument("name")
    user.add_argument("role", choices=[role.value for role in Role])
    user.add_argument("--area", action="append", default=[], help="post, commune or place; none: everywhere")
    user.set_defaults(run=_on_database(_add_user))
    password = commands.add_parser("set-password", help="a new password for a person; prints it once")
    password.add_argument("name")
    password.set_defaults(run=_on_database(_set_password))
    key = commands.add_parser("add-key", help="add a machine's key; prints it once")
    key.add_argument("name")
    key.add_argument("scope", nargs="+", help=", ".join([*GROUPS, *Right]))
    key.add_argument("--area", action="append", default=[])
    key.set_defaults(run=_on_database(_add_key))
    place = commands.add_parser("add-place", help="add a place of quarantine")
    place.add_argument("place_id")
    place.add_argument("name")
    place.add_argument("kind", choices=["home", "centre", "treatment"])
    place.add_argument("--capacity", type=int)
    place.set_defaults(run=_on_database(_add_place))
    audit = commands.add_parser("check-audit", help="say whether the audit trail is whole")
    audit.set_defaults(run=_on_database(_check_audit))
    return parser


Run = Callable[[argparse.Namespace], Awaitable[None]]


def _on_database(work: Callable[[Connection, argparse.Namespace], Awaitable[None]]) -> Run:
    async def run(asked: argparse.Namespace) -> None:
        conn = await connect(database_url_from(os.environ))
        try:
            await work(conn, asked)
        finally:
            await conn.close()

    return run


async def _serve(asked: argparse.Namespace) -> None:
    # Here alone: with all pages and their libraries it takes longer than the whole of any other command.
    from services.serve import serve

    await serve(settings_from(os.environ))


async def _migrate(conn: Connection, asked: argparse.Namespace) -> None:
    applied = await migrate(conn)
    _say("\n".join(applied) if applied else "up to date")


async def _add_user(conn: Connection, asked: argparse.Namespace) -> None:
    _say(await create_user(conn, asked.name, asked.role, asked.area))


async def _set_password(conn: Connection, asked: argparse.Namespace) -> None:
    _say(await set_password(conn, asked.name))


async def _add_key(conn: Connection, asked: argparse.Namespace) -> None:
    _say(await create_key(conn, asked.name, asked.scope, asked.area))


async def _add_place(conn: Connection, asked: argparse.Namespace) -> None:
    at = SystemClock().now()
    async with conn.transaction():
        await places.put(conn, asked.place_id, asked.name, asked.kind, asked.capacity, by="command line", at=at)
        await chain.record(conn, at, "command line", "place_confirmed", asked.place_id)


async def _check_audit(conn: Connection, asked: argparse.Namespace) -> None:
    async with conn.transaction():
        broken = await chain.first_broken(conn)
    if broken is not None:
        raise ValueError(f"the audit trail is broken at number {broken}")
    _say("the audit trail is whole")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
