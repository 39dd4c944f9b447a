"""``chotxanh chaos``: has parts and programs fail under traffic, and accounts for every crossing sent."""

import argparse
import asyncio
import contextlib
import json
import logging
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deploy.chaos_run.backlog import Backlog
from deploy.chaos_run.faults import KINDS, LONG_OUTAGE_S, OUTAGE_S, Fault, only, short_list, whole_list
from deploy.chaos_run.following import follow
from deploy.chaos_run.report import HEAD, line_of, summary
from deploy.chaos_run.run import Chaos, Told
from deploy.chaos_run.traffic import LANES, topics_followed
from deploy.checks import only_run_on, prepare
from deploy.home import Home, home_from_environment
from deploy.parts import kafka, postgres
from deploy.parts.fetch import fetch_all
from deploy.parts.progress import say
from deploy.refusals import CannotStart
from deploy.running.ports import ports_from
from deploy.running.system import start_system
from deploy.running.traffic import until_done
from deploy.stop_signals import stop_requested
from deploy.supervisor import Supervisor

INTERRUPTED = 130
RATE, SHORT_RATE = 12.0, 6.0
"""Crossings a second."""
SHORT_OUTAGE_S = 5.0


def main(arguments: Sequence[str]) -> int:
    given = _parser().parse_args(arguments)
    faults = _wanted(given)
    if given.list:
        for fault in faults:
            print(f"{fault.number:3d} {fault.name:36} {fault.away_s:4.0f} s")
        return 0
    if postgres.given_url() or kafka.given_bootstrap():
        raise CannotStart("Chaos kills its own Kafka and PostgreSQL and nobody else's: unset what names others.")
    home = _fresh_home(given.home)
    prepare(home)
    with only_run_on(home):
        fetch_all(home)
        # What our senders and readers say of an outage is no part of the account.
        logging.basicConfig(filename=home.logs / "chaos.log", force=True)
        found = asyncio.run(_run(home, faults, given))
    if found is None:
        return INTERRUPTED
    print(json.dumps(found, ensure_ascii=False), flush=True)
    return _status(found, bars=given.check)


def _status(found: dict[str, Any], *, bars: bool) -> int:
    missed = [name for name, bar in found["bars"].items() if not bar["reached"]]
    if missed:
        print(f"✗ not reached: {', '.join(missed)}", file=sys.stderr)
    return 1 if "nothing_lost_nothing_twice" in missed or (bars and missed) else 0


def _wanted(given: argparse.Namespace) -> list[Fault]:
    if given.only:
        return only(given.only, outage_s=given.outage_s or OUTAGE_S)
    if given.short:
        return short_list(outage_s=given.outage_s or SHORT_OUTAGE_S)
    return whole_list(given.seed, outage_s=given.outage_s or OUTAGE_S, long_s=given.long_s)


def _fresh_home(given: Path | None) -> Home:
    """Whatever the run before left is gone: what is accounted for is this run's alone. Downloads are shared."""
    usual = home_from_environment()
    home = Home(given.resolve() if given else usual.root / "chaos")
    for folder in (home.data, home.keys, home.logs, home.run):
        shutil.rmtree(folder, ignore_errors=True)
    usual.cache.mkdir(parents=True, exist_ok=True)
    home.root.mkdir(mode=0o711, parents=True, exist_ok=True)
    if not home.cache.exists():
        home.cache.symlink_to(usual.cache)
    home.make()
    return home


async def _run(home: Home, faults: list[Fault], given: argparse.Namespace) -> dict[str, Any] | None:
    found: list[dict[str, Any]] = []
    with stop_requested() as stop:
        async with Supervisor(logs=home.logs, say=say) as supervisor:

            async def work() -> None:
                found.append(await _all(supervisor, home, faults, given))

            if not await until_done(work(), stop):
                return None
            say("stopping")
    return found[0]


async def _all(
    supervisor: Supervisor, home: Home, faults: list[Fault], given: argparse.Namespace
) -> dict[str, Any]:
    system = await start_system(
        supervisor, home, ports_from(0, ()), kafka_port=0, workers=given.workers, enrolled=LANES, stations=()
    )
    rate = given.rate or (SHORT_RATE if given.short else RATE)
    chaos = Chaos(supervisor, system, given.seed, given.workers, rate, say)
    backlog, tolds = Backlog(), list[Told]()
    bootstrap = system.machine.parts.kafka_bootstrap
    beside = [
        asyncio.create_task(backlog.send_forever(bootstrap)),
        asyncio.create_task(follow(bootstrap, topics_followed(), chaos.ledger)),
    ]
    try:
        print(HEAD, flush=True)
        for fault in faults:
            tolds.append(await chaos.go(fault, backlog))
            print(line_of(tolds[-1]), flush=True)
        whole = await chaos.whole(backlog)
    finally:
        for task in beside:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*beside, return_exceptions=True)
    return summary(tolds, whole, seed=given.seed, workers=given.workers, outputs=chaos.ledger.outputs)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chotxanh chaos",
        description="Real Kafka, PostgreSQL, workers and services fail under traffic whose truth is known; "
        "every crossing sent is accounted for. Prints a line a fault, and JSON as the last line; exits 0 only if "
        "nothing was lost and nothing counted twice. Logs stay in its home.",
    )
    parser.add_argument("--seed", type=int, default=1, help="of order, victims and traffic (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="(default: %(default)s)")
    parser.add_argument(
        "--rate",
        type=float,
        metavar="N",
        help=f"crossings a second (default: {RATE:g}, of the short form {SHORT_RATE:g})",
    )
    parser.add_argument("--short", action="store_true", help="a few minutes: one fault of each sort")
    parser.add_argument("--only", action="append", choices=KINDS, help="this fault; may be given several times")
    parser.add_argument("--outage-s", type=float, metavar="S", help=f"of an outage (default: {OUTAGE_S:g})")
    parser.add_argument(
        "--long-s", type=float, default=LONG_OUTAGE_S, metavar="S", help="of the long ones (default: %(default)g)"
    )
    parser.add_argument("--check", action="store_true", help="exit 1 also when a pause is over its bar")
    parser.add_argument("--list", action="store_true", help="print the faults in their order, and start nothing")
    parser.add_argument("--home", type=Path, metavar="FOLDER", help="where its data and logs live; emptied first")
    return parser
