"""``chotxanh bench judge``: what is asked for is measured, one after the other, and printed as one table."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import shlex
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from deploy.benchmarks.baselines import BaselineMissing, ensure_quix
from deploy.benchmarks.judge import topics
from deploy.benchmarks.judge.contenders import Contender, quix
from deploy.benchmarks.judge.ground import Ground, a_ground
from deploy.benchmarks.judge.latency import by_load
from deploy.benchmarks.judge.lines import Line, lines_of
from deploy.benchmarks.judge.pictures import pictures_of
from deploy.benchmarks.judge.runs import RunFailed, lay
from deploy.benchmarks.judge.sizes import FULL, QUICK, Sizes
from deploy.benchmarks.judge.stations import closed_to_verdict
from deploy.benchmarks.judge.stored import by_stored
from deploy.benchmarks.judge.sustained import beside_others, by_batch, two_beside_one
from deploy.benchmarks.judge.table import markdown_of, table_of
from deploy.benchmarks.judge.telling import tell
from deploy.benchmarks.judge.traffic import Load, make_load
from deploy.benchmarks.judge.truth_found import rows_found, shown
from deploy.home import home_from_environment
from deploy.refusals import CannotStart
from deploy.stop_signals import stop_requested

PARTS = ("truth", "sustained", "by_batch", "two_workers", "latency", "stations", "stored")
VERSIONS = ("faust-streaming", "aiokafka", "asyncpg", "pydantic", "uvloop")
ENDED_BY_A_SIGNAL = 130
SIZES = ("pairs", "crossings", "station_rate", "stored")
"""What may be given instead of the sizes of ``sizes.py``."""


def main(arguments: Sequence[str]) -> int:
    asked = _parser().parse_args(arguments)
    try:
        summary = asyncio.run(_until_stopped(_measured(_sizes(asked), asked.only)))
    except RunFailed as exc:
        raise CannotStart(f"A run failed, so nothing is reported: {exc}") from exc
    if summary is None:
        tell("stopped; nothing was left running")
        return ENDED_BY_A_SIGNAL
    command = shlex.join(["deploy/bench", "judge", *arguments])
    summary = {"benchmark": "judge", "command": command, "machine": machine(), **summary}
    lines = lines_of(summary)
    _print(summary, lines, asked)
    return 1 if asked.check and any(line.reached is False for line in lines) else 0


def _print(summary: dict[str, Any], lines: Sequence[Line], asked: argparse.Namespace) -> None:
    of = summary["machine"]
    print(f"{summary['command']}, {of['cores']} cores, Python {of['python']}, {_versions(of['versions'])}")
    print(table_of(lines))
    if asked.pictures:
        _write(asked.pictures, {**pictures_of(summary), "judge.md": markdown_of(lines) + "\n"})
    if asked.json:
        print(json.dumps(summary, ensure_ascii=False))


def _versions(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {of}" for name, of in versions.items())


def machine() -> dict[str, Any]:
    return {
        "cores": len(os.sched_getaffinity(0)),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in VERSIONS},
    }


def _write(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
        tell(f"written: {folder / name}")


async def _until_stopped(work: Any) -> dict[str, Any] | None:
    """None when Ctrl-C or a signal came first: by then everything that was started has ended."""
    measuring = asyncio.ensure_future(work)
    with stop_requested() as stop:
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({measuring, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if measuring.done():
            found: dict[str, Any] = measuring.result()
            return found
        tell("stopping: ending what was started")
        measuring.cancel()
        await asyncio.gather(measuring, return_exceptions=True)
        return None


async def _measured(sizes: Sizes, only: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {"sizes": vars(sizes)}
    async with a_ground(needs_bytes=sizes.needs_bytes) as ground:
        if set(only) - {"stored", "truth"}:
            tell(f"making the traffic of {sizes.crossings} crossings")
            load = await make_load(ground.keys, "a", sizes.crossings)
        for part in only:
            tell(part)
            await topics.make_anew(ground.bootstrap)
            match part:
                case "truth":
                    of_truth = await make_load(ground.keys, "t", sizes.truth, hours=True)
                    found[part] = shown(await rows_found(ground, of_truth))
                case "stored":
                    found[part] = await by_stored(ground, sizes)
                case _:
                    found[part] = await _of_load(part, ground, load, sizes)
    return found


async def _of_load(part: str, ground: Ground, load: Load, sizes: Sizes) -> Any:
    match part:
        case "latency":
            return await by_load(ground, load, sizes)
        case "stations":
            return await closed_to_verdict(ground, load, sizes, sizes.pairs)
    waiting = await lay(ground, load)
    match part:
        case "by_batch":
            return await by_batch(ground, waiting, sizes.batches, 1)
        case "two_workers":
            return await two_beside_one(ground, waiting, sizes.pairs)
        case _:
            peer, missing = await asyncio.to_thread(_quix)
            return await beside_others(ground, waiting, sizes.pairs, peer) | missing


def _quix() -> tuple[Contender | None, dict[str, str]]:
    try:
        return quix(str(ensure_quix(home_from_environment()))), {}
    except BaselineMissing as exc:
        tell(f"Quix Streams is not here: {exc}")
        return None, {"quix_missing": str(exc)}


def _sizes(asked: argparse.Namespace) -> Sizes:
    sizes = QUICK if asked.quick else FULL
    given = {name: value for name in SIZES if (value := getattr(asked, name))}
    sizes = replace(sizes, **given)
    return replace(sizes, truth=min(sizes.truth, sizes.crossings))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chotxanh bench judge",
        description="The judge on a real Kafka and PostgreSQL of its own, with the simulator's traffic, whose "
        "truth is known: throughput beside a bare loop and Quix Streams, a second worker, latency by load, the "
        "station's whole way, cost by crossings stored, precision and recall of every rule.",
    )
    parser.add_argument(
        "--quick", action="store_true", help="small numbers: a few minutes, and no bar is judged by it"
    )
    parser.add_argument("--pairs", type=int, help="rounds in which each contender has its turn")
    parser.add_argument("--crossings", type=int, help="of one run through a worker")
    parser.add_argument("--station-rate", type=int, help="crossings a second that all stations together close")
    parser.add_argument("--stored", type=_numbers, help="sizes of the database, as 50000,500000,5000000")
    parser.add_argument("--only", type=_parts, default=PARTS, help=f"some of {','.join(PARTS)}")
    parser.add_argument("--pictures", type=Path, help="folder for the plots (SVG) and the table (Markdown)")
    parser.add_argument("--json", action="store_true", help="the last line is everything as JSON")
    parser.add_argument("--check", action="store_true", help="exit 1 when a bar is not reached")
    return parser


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(each) for each in text.split(","))


def _parts(text: str) -> tuple[str, ...]:
    parts = tuple(text.split(","))
    if unknown := set(parts) - set(PARTS):
        raise argparse.ArgumentTypeError(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    return parts
