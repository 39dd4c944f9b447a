"""``chotxanh up``: starts the whole system on this machine and drives a morning of traffic through it.

With ``--check`` it waits until every planted case has come out where its user would see it, and stops.
"""

import argparse
import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from deploy.checking.summary import Summary
from deploy.checking.watching import watch
from deploy.checks import only_run_on, prepare
from deploy.demo.policy import demo_policy
from deploy.demo.posts import BY_HAND, SIMULATED
from deploy.home import Home, home_from_environment
from deploy.parts.beside_us import KAFKA_PORT
from deploy.parts.fetch import fetch_all
from deploy.parts.progress import say
from deploy.running.counts import LiveLine, show_counts
from deploy.running.eyes import CentreEye, StationEye
from deploy.running.ports import DEFAULT_BASE, Ports, ports_from, require_free
from deploy.running.programs import simulator_folder
from deploy.running.samples import lay_samples, samples_folder
from deploy.running.system import System, enter_plan, start_system
from deploy.running.telling import what_to_open
from deploy.running.traffic import Traffic, until_done
from deploy.simulator.issuing import Issuers
from deploy.simulator.plan import plan
from deploy.simulator.plan_model import Plan
from deploy.simulator.truth import truths_of, write_truth
from deploy.stop_signals import stop_requested
from deploy.supervisor import Supervisor

MORNING = timedelta(hours=3)
CHECK_WITHIN_S = 180.0
INTERRUPTED = 130


def main(arguments: Sequence[str]) -> int:
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.check and given.no_traffic:
        parser.error("a check needs traffic")
    home = Home(given.home.resolve()) if given.home else home_from_environment()
    prepare(home)
    ports = ports_from(given.port_base, SIMULATED if given.check else (*SIMULATED, BY_HAND))
    with only_run_on(home):
        for number in range(1, given.workers + 1):
            ports.worker(number)  # named now, so that one that is taken is said before anything begins
        require_free(ports)
        fetch_all(home)
        ended = asyncio.run(_run(home, ports, given))
    if ended.summary is not None:
        # When everything has stopped, so that it is the last line.
        print(json.dumps(ended.summary.plain(), ensure_ascii=False), flush=True)
    return ended.status


@dataclass(frozen=True)
class Ended:
    status: int
    summary: Summary | None = None


async def _run(home: Home, ports: Ports, given: argparse.Namespace) -> Ended:
    with stop_requested() as stop:
        async with Supervisor(logs=home.logs, say=say) as supervisor:
            started = start_system(
                supervisor,
                home,
                ports,
                kafka_port=given.kafka_port,
                workers=given.workers,
                by_hand=not given.check,
            )
            began = time.monotonic()
            system = await _unless_stopped(started, stop)
            if system is None:
                return Ended(INTERRUPTED)
            say(f"ready after {time.monotonic() - began:.0f} s")
            ended = await _use(system, given, stop)
            say("stopping")
    return ended


async def _unless_stopped(starting: Awaitable[System], stop: asyncio.Event) -> System | None:
    found: list[System] = []

    async def keep() -> None:
        found.append(await starting)

    return found[0] if await until_done(keep(), stop) else None


async def _use(system: System, given: argparse.Namespace, stop: asyncio.Event) -> Ended:
    stations = system.stations()
    async with system.centre() as centre, contextlib.AsyncExitStack() as closing:
        for station in stations.values():
            closing.push_async_callback(station.close)
        if not given.check:
            print(what_to_open(system), flush=True)
        morning = None if given.no_traffic else await _morning(system, given.seed, stations)
        if given.check and morning is not None:
            found = await _check(system, morning, stations, centre, stop)
            return Ended(INTERRUPTED) if found is None else Ended(0 if found.is_complete else 1, found)
        await _show_until_stopped(system, morning, stations, centre, stop)
        return Ended(0)


async def _morning(system: System, seed: int | None, stations: dict[str, StationEye]) -> Traffic:
    """Three hours of traffic that end now, entered where it must be known before."""
    end = datetime.now(UTC)
    seed = int(end.timestamp()) % 1_000_000 if seed is None else seed
    planned = plan(seed, SIMULATED, demo_policy(), end - MORNING, end)
    truth = simulator_folder(system.machine.home) / "truth" / f"{planned.run_id}.jsonl"
    write_truth(planned, truth)
    await enter_plan(system, planned, stations)
    folders = {lane.station_id: system.machine.sheets(lane) for lane in SIMULATED}
    say(f"a morning of {len(planned.crossings)} crossings, seed {seed}; its truth is in {truth}")
    issuers = Issuers.of(system.keys)
    if system.by_hand is not None:
        await asyncio.to_thread(lay_samples, planned, issuers, samples_folder(system.machine.home))
    return Traffic(planned, folders, issuers)


async def _drive(system: System, morning: Traffic, stations: Mapping[str, StationEye]) -> None:
    async with system.registry() as registry:
        await morning.drive(registry, _judged_at(morning.plan, stations))


def _judged_at(planned: Plan, stations: Mapping[str, StationEye]) -> Callable[[str], Awaitable[bool]]:
    async def is_judged(sheet_id: str) -> bool:
        try:
            rows = await stations[planned.by_sheet[sheet_id].station_id].crossings()
        except httpx.HTTPError:  # it is being started again
            return False
        return any(row["sheet_id"] == sheet_id and row["verdict"] and row["decision"] for row in rows)

    return is_judged


async def _show_until_stopped(
    system: System,
    morning: Traffic | None,
    stations: Mapping[str, StationEye],
    centre: CentreEye,
    stop: asyncio.Event,
) -> None:
    line = LiveLine()
    showing = asyncio.create_task(show_counts(line, morning, stations, centre))
    try:
        if morning is not None and not await until_done(_drive(system, morning, stations), stop):
            return
        await stop.wait()
    finally:
        showing.cancel()
        line.close()


async def _check(
    system: System,
    morning: Traffic,
    stations: Mapping[str, StationEye],
    centre: CentreEye,
    stop: asyncio.Event,
) -> Summary | None:
    """None when it was interrupted."""
    line, found = LiveLine(), list[Summary]()

    def say_how_far(summary: Summary) -> None:
        line.show(f"{morning.laid} crossings sent out, {summary.missing} things still to be seen")

    async def drive_and_watch() -> None:
        driving = asyncio.create_task(_drive(system, morning, stations))
        truths = list(truths_of(morning.plan))
        watching = asyncio.create_task(watch(truths, stations, centre, within_s=CHECK_WITHIN_S, say=say_how_far))
        try:
            await asyncio.wait({driving, watching}, return_when=asyncio.FIRST_EXCEPTION)
            for task in (driving, watching):
                if task.done():
                    task.result()
            found.append(await watching)
        finally:
            for task in (driving, watching):
                task.cancel()
            await asyncio.gather(driving, watching, return_exceptions=True)

    try:
        return found[0] if await until_done(drive_and_watch(), stop) else None
    finally:
        line.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="chotxanh up", description=__doc__)
    parser.add_argument(
        "--check",
        action="store_true",
        help="wait until every planted case has come out, print a JSON summary as the last line, stop; "
        "exit 0 only if all came out, each once, and nothing else did",
    )
    parser.add_argument("--seed", type=int, help="of the simulated traffic; default: from the time")
    parser.add_argument("--no-traffic", action="store_true", help="start everything and simulate nothing")
    parser.add_argument(
        "--workers", type=int, default=1, metavar="N", help="of the processors; default: %(default)s"
    )
    parser.add_argument(
        "--port-base",
        type=int,
        default=DEFAULT_BASE,
        metavar="PORT",
        help="of the pages and APIs; the stations have the next ones (default: %(default)s; 0: any free ones)",
    )
    parser.add_argument(
        "--kafka-port", type=int, default=KAFKA_PORT, metavar="PORT", help="default: %(default)s; 0: any free one"
    )
    parser.add_argument("--home", type=Path, metavar="FOLDER", help="where data, keys and logs live")
    return parser
