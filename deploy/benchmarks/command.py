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
    "passes": Benchmark("pass texts to claims, rules and bundles of rules", "deploy.benchmarks.passes"),
    "whatif": Benchmark("a draft over 100,000 stored crossings", "deploy.benchmarks.whatif"),
    "replay": Benchmark("100,000 stored crossings judged again and compared", "deploy.benchmarks.replay"),
}


def main(arguments: Sequence[str]) -> int:
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
        "what", choices=BENCHMARKS, help="; ".join(f"{name}: {of.help}" for name, of in BENCHMARKS.items())
    )
    parser.add_argument(
        "--rounds", type=int, default=5, help="ours and theirs in turn, the median counts (default: %(default)s)"
    )
    parser.add_argument("--check", action="store_true", help="exit 1 when a bar is not reached")
    return parser
