"""The three pictures of a summary: by batch size, by crossings stored, by load. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from deploy.benchmarks.judge.plots import Axis, plot

PARTS = {"judge": "judge CPU", "database": "database CPU", "broker": "broker CPU"}


def pictures_of(summary: Mapping[str, Any]) -> dict[str, str]:
    """File name and SVG of each that was measured."""
    makers: dict[str, Callable[[Any], str]] = {"by_batch": _by_batch, "stored": _by_stored, "latency": _by_load}
    return {f"judge-{name}.svg": make(summary[name]) for name, make in makers.items() if summary.get(name)}


def _by_batch(found: Mapping[str, Sequence[Mapping[str, float]]]) -> str:
    return plot(
        "Throughput by batch size",
        Axis("at most so many records at once", logarithmic=True),
        Axis("crossings/s"),
        {_named(name): [(one["batch"], one["per_s"]) for one in of] for name, of in found.items()},
    )


def _by_stored(found: Sequence[Mapping[str, Any]]) -> str:
    lines = {"wall": [(one["stored"], one["wall_us"]) for one in found]}
    for part, name in PARTS.items():
        lines[name] = [(one["stored"], one["cpu_us"][part]) for one in found if part in one["cpu_us"]]
    return plot(
        "Cost of a crossing by crossings stored",
        Axis("crossings in the database", logarithmic=True),
        Axis("µs a crossing"),
        {name: points for name, points in lines.items() if points},
    )


def _by_load(found: Mapping[str, Sequence[Mapping[str, float]]]) -> str:
    return plot(
        "Produced → verdict consumed, by load",
        Axis("crossings/s", logarithmic=True),
        Axis("ms", logarithmic=True),
        {
            f"{_named(name)}, {of}": [(one["per_s"], one[f"{of}_ms"]) for one in steps]
            for name, steps in found.items()
            for of in ("p50", "p99")
        },
    )


def _named(contender: str) -> str:
    return {"worker": "worker", "bare": "bare loop"}.get(contender, contender)
