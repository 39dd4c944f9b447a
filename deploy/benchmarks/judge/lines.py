"""What was measured, as lines of one table: what, ours, beside it, the bar and whether it is reached. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from deploy.benchmarks.judge.sizes import FULL

PER_S: Final = 1800
ENOUGH: Final = 5_000
"""Crossings in a run; with fewer it is mostly its beginning that is measured."""
OF_BARE: Final = 0.85
PAIRS: Final = 5
OF_TWO: Final = 1.0
CLOSED_P99_MS: Final = 150.0
CLOSED_PER_S: Final = 0.98 * FULL.station_rate
BY_STORED: Final = 1.2


@dataclass(frozen=True)
class Line:
    what: str
    measured: str
    beside: str = ""
    bar: str = ""
    reached: bool | None = None
    """None where there is no bar, or where too little was measured to say."""


def lines_of(summary: Mapping[str, Any]) -> list[Line]:
    """Of what is in ``summary``; what was not measured has no line."""
    parts: dict[str, Callable[[Any], Iterator[Line]]] = {
        "sustained": _sustained,
        "two_workers": _two,
        "stored": _stored,
        "stations": _stations,
        "latency": _latency,
        "by_batch": _batches,
        "truth": _truth,
    }
    return [line for name, of in parts.items() if summary.get(name) for line in of(summary[name])]


def _sustained(found: Mapping[str, Any]) -> Iterator[Line]:
    of, pairs = found["contenders"], found["pairs"]
    ours = of["worker"]["per_s"]
    yield Line(
        f"crossings/s through one worker, {found['crossings']} waiting",
        str(ours),
        _runs(of["worker"]["runs_per_s"]),
        f"≥ {PER_S}",
        ours >= PER_S if found["crossings"] >= ENOUGH else None,
    )
    for name in ("bare", "quix"):
        if f"worker_by_{name}" not in found:
            yield Line(f"beside {name}", "–", str(found.get(f"{name}_missing", "not measured")))
            continue
        ratios = found[f"worker_by_{name}"]
        bar = (
            (f"≥ {OF_BARE}, {PAIRS} pairs", ratios["median_of_ratios"] >= OF_BARE)
            if name == "bare"
            else ("", None)
        )
        yield Line(
            {"bare": "to a bare aiokafka loop", "quix": "to Quix Streams"}[name] + f", {pairs} in turn",
            f"{ratios['median_of_ratios']} (ratio of medians {ratios['ratio_of_medians']})",
            f"{of[name]['per_s']}/s",
            bar[0],
            None if pairs < PAIRS else bar[1],
        )
    for name, contender in of.items():
        cpu = ", ".join(f"{part} {us}" for part, us in contender["cpu_us_a_crossing"].items())
        yield Line(f"CPU µs a crossing, {name}", cpu, f"{contender['verdicts_a_crossing']} verdicts a crossing")


def _runs(per_s: Sequence[int]) -> str:
    return "runs " + " ".join(map(str, per_s))


def _two(found: Mapping[str, Any]) -> Iterator[Line]:
    of = found["contenders"]
    ratio = found["two_by_one"]["median_of_ratios"]
    yield Line(
        f"two workers on the same cores, to one, {found['pairs']} in turn",
        f"{ratio} ({of['two workers']['per_s']}/s)",
        f"one {of['one worker']['per_s']}/s",
        f"≥ {OF_TWO}",
        ratio >= OF_TWO if found["pairs"] >= PAIRS else None,
    )
    wrong = found["lost"] + found["said_otherwise"] + found["contradictions"]
    yield Line(
        "lost, said otherwise, contradicted by two workers",
        f"{found['lost']}, {found['said_otherwise']}, {found['contradictions']}",
        f"{of['two workers']['resent']} records resent",
        "0",
        wrong == 0,
    )


def _stored(found: Sequence[Mapping[str, Any]]) -> Iterator[Line]:
    least = found[0]
    for one in found:
        ratio = cost_ratio(one, least)
        full = least["stored"] >= FULL.stored[0] and one["stored"] >= FULL.stored[-1]
        yield Line(
            f"a crossing where {one['stored']:,} are stored".replace(",", " "),
            f"{one['wall_us']} µs, CPU {_judge_and_database(one)} µs",
            f"{ratio} × {least['stored']:,}".replace(",", " "),
            f"≤ {BY_STORED} ×" if one is not least else "",
            ratio <= BY_STORED if full else None,
        )


def cost_ratio(one: Mapping[str, Any], least: Mapping[str, Any]) -> float:
    """The worse of time and CPU."""
    wall: float = one["wall_us"] / least["wall_us"]
    return round(max(wall, _judge_and_database(one) / (_judge_and_database(least) or 1)), 2)


def _judge_and_database(one: Mapping[str, Any]) -> int:
    return sum(us for part, us in one["cpu_us"].items() if part != "broker")


def _stations(found: Mapping[str, Any]) -> Iterator[Line]:
    ours, theirs = found["worker"], found["bare"]
    enough = found["per_s"] >= FULL.station_rate
    yield Line(
        f"closed → verdict on the station, {found['per_s']}/s of {found['stations']} stations, fsync, p99",
        f"{ours['p99_ms']} ms{_in_turn(ours)} (p50 {ours['p50_ms']}; {found['closed_per_s']}/s were closed)",
        f"bare {theirs['p99_ms']} ms{_in_turn(theirs)}",
        f"≤ {CLOSED_P99_MS:g} ms",
        ours["p99_ms"] <= CLOSED_P99_MS and found["closed_per_s"] >= CLOSED_PER_S if enough else None,
    )
    cpu = found["cpu_ms_a_crossing"]
    yield Line(
        "CPU ms a crossing, with everything on this machine",
        ", ".join(f"{part} {ms}" for part, ms in cpu.items()),
        f"{sum(cpu.values()) * found['per_s'] / 1000:.2f} cores at this rate",
    )


def _in_turn(found: Mapping[str, Any]) -> str:
    rounds = [f"{one['p99_ms']:.0f}" for one in found["rounds"]]
    return f", in turn {' '.join(rounds)}" if len(rounds) > 1 else ""


def _latency(found: Mapping[str, Any]) -> Iterator[Line]:
    for ours, theirs in zip(found["worker"], found["bare"], strict=True):
        yield Line(
            f"produced → verdict consumed at {ours['per_s']}/s",
            f"p50 {ours['p50_ms']} ms, p99 {ours['p99_ms']} ms",
            f"bare p50 {theirs['p50_ms']} ms, p99 {theirs['p99_ms']} ms",
        )


def _batches(found: Mapping[str, Any]) -> Iterator[Line]:
    for ours, theirs in zip(found["worker"], found["bare"], strict=True):
        yield Line(f"batches of at most {ours['batch']}", f"{ours['per_s']}/s", f"bare {theirs['per_s']}/s")


def _truth(found: Sequence[Mapping[str, Any]]) -> Iterator[Line]:
    for row in found:
        planted_or_raised = row["planted"] or row["false"]
        ratios = f"precision {_ratio(row['precision'])}, recall {_ratio(row['recall'])}"
        yield Line(
            f"{row['kind']} {row['code']}",
            f"planted {row['planted']}, found {row['found']}, falsely raised {row['false']}",
            ratios if planted_or_raised else "nothing planted",
            "1.0",
            (row["found"] == row["planted"] and not row["false"]) if planted_or_raised else None,
        )


def _ratio(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}".rstrip("0").rstrip(".") + (".0" if value in (0, 1) else "")
