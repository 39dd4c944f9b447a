"""A replay over 100,000 stored crossings, beside reading the same facts and judging none of them."""

from __future__ import annotations

import asyncio
import resource
import sys
import time
from datetime import timedelta
from statistics import median
from typing import Any, Final

from deploy.benchmarks.asked import a_database, answered
from deploy.benchmarks.stored_crossings import MORNING, fill, judge_all
from schemas.bounded import LATEST
from schemas.replay import Conclusion, ReplayAnswer, ReplayAsked
from stream_processors.questions.snapshot import Period, snapshot
from stream_processors.replay.reading import Reading

CROSSINGS: Final = 100_000
BAR_S: Final = 120.0
MEMORY_BAR: Final = 1.25
"""Of the child's largest size over all crossings to that over a tenth of them."""
BEGIN: Final = MORNING - timedelta(days=1)


def measure(rounds: int) -> dict[str, Any]:
    """The whole of it, the child's start included; of each the median of ``rounds`` runs in turn."""
    return asyncio.run(_measured(rounds))


async def _measured(rounds: int) -> dict[str, Any]:
    async with a_database() as (url, keys):
        crossings = await fill(url, keys, CROSSINGS)
        judged_s = await judge_all(url)
        print(f"• {crossings} crossings are stored and judged in {judged_s:.0f} s", file=sys.stderr)
        tenth = MORNING + timedelta(hours=6) * (crossings // 500 // 10)
        await _ours(url, ReplayAsked(begins_at=BEGIN, ends_at=tenth))
        small_mb = _largest_child_mb()
        ours, cpu, theirs = [], [], []
        for _ in range(rounds):
            took_s, cpu_s = await _ours(url, ReplayAsked(begins_at=BEGIN, ends_at=LATEST - timedelta(days=1)))
            ours.append(took_s)
            cpu.append(cpu_s)
            theirs.append(await _only_read(url))
            print(f"• replay {ours[-1]:.1f} s, only read {theirs[-1]:.1f} s", file=sys.stderr)
        large_mb = _largest_child_mb()
    took_s, grown = median(ours), large_mb / small_mb
    return {
        "crossings": crossings,
        "ours_s": round(took_s, 2),
        "cpu_of_the_child_s": round(median(cpu), 2),
        "only_read_s": round(median(theirs), 2),
        "ours_by_only_read": round(took_s / median(theirs), 2),
        "per_crossing_us": round(took_s / crossings * 1e6, 1),
        "largest_child_mb": {"a_tenth": round(small_mb, 1), "all": round(large_mb, 1)},
        "bars": {
            "replay_100000_s": {"s": round(took_s, 2), "bar_s": BAR_S, "reached": took_s <= BAR_S},
            "memory_grows": {"times": round(grown, 2), "bar": MEMORY_BAR, "reached": grown <= MEMORY_BAR},
        },
    }


async def _ours(url: str, asked: ReplayAsked) -> tuple[float, float]:
    """Seconds by the clock and of the processor. Raises when it did not prove what it should."""
    took_s, cpu_s, text = await answered(url, "replay", asked)
    answer = ReplayAnswer.model_validate_json(text)
    if answer.report is None or answer.conclusion is not Conclusion.SAME:
        raise RuntimeError(f"the replay ended {answer.state}, {answer.conclusion}")
    return took_s, cpu_s


def _largest_child_mb() -> float:
    """The largest resident size that any child had so far."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


async def _only_read(url: str) -> float:
    """The same facts in the same chunks, made into the values that a judge is given."""
    began = time.perf_counter()
    async with snapshot(url) as store:
        reading = await Reading.of(store)
        async for _ in reading.chunks(Period(BEGIN, LATEST), former=False):
            pass
    return time.perf_counter() - began
