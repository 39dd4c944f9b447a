"""``chotxanh bench``: a table of benchmarks. Measures nothing itself."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple


class Benchmark(NamedTuple):
    help: str
    module: str
    """Its ``measure(rounds)`` returns a summary for JSON, and may print to standard error as it goes."""


BENCHMARKS = {
    "batch": Benchmark("where the time of a batch goes, step by step", "deploy.benchmarks.batch"),
    "passes": Benchmark("pass texts to claims, rules and bundles of rules", "deploy.benchmarks.passes"),
    "whatif": Benchmark("a draft over 100,000 stored crossings", "deploy.benchmarks.whatif"),
    "replay": Benchmark("100,000 stored crossings judged again and compared", "deploy.benchmarks.replay"),
}
OF_ITS_OWN = {
    "judge": Benchmark("the judge on real parts (options: judge --help)", "deploy.benchmarks.judge.command"),
}
"""Their ``main(arguments)`` has its own options and prints its own table."""


def main(arguments: Sequence[str]) -> int:
    if arguments and arguments[0] in OF_ITS_OWN:
        own: Callable[[Sequence[str]], int] = importlib.import_module(OF_ITS_OWN[arguments[0]].module).main
        return own(arguments[1:])
    asked = _parser().parse_args(arguments)
    measure: Callable[[int], dict[str, Any]] = importlib.import_module(BENCHMARKS[asked.what].module).measure
    summary = measure(asked.rounds)
    print(json.dumps({"benchmark": asked.what, **summary}, ensure_ascii=False))
    missed = [name for name, bar in summary["bars"].items() if not bar["reached"]]
    if missed:
        print(f"✗ not reached: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed and asked.check else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chotxanh bench",
        description="Measure, always beside a baseline in the same run. The last line of the output is a JSON "
        "summary. Baselines are fetched the first time; without a way to them ours is measured alone.",
    )
    parser.add_argument(
        "what",
        choices=BENCHMARKS | OF_ITS_OWN,
        help="; ".join(f"{name}: {of.help}" for name, of in (BENCHMARKS | OF_ITS_OWN).items()),
    )
    parser.add_argument(
        "--rounds", type=int, default=5, help="ours and theirs in turn, the median counts (default: %(default)s)"
    )
    parser.add_argument("--check", action="store_true", help="exit 1 when a bar is not reached")
    return parser
