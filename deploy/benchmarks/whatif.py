"""A what-if over 100,000 stored crossings, beside reading the same rows and judging none of them."""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import timedelta
from statistics import median
from typing import Any, Final

from deploy.benchmarks.asked import a_database, answered
from deploy.benchmarks.stored_crossings import MORNING, fill
from deploy.demo.policy import demo_policy
from schemas.bounded import LATEST
from schemas.policy.policy import Policy
from schemas.whatif import WhatIfAnswer, WhatIfAsked
from stream_processors.questions.snapshot import Period, snapshot
from stream_processors.whatif import reading

CROSSINGS: Final = 100_000
BAR_S: Final = 60.0


def measure(rounds: int) -> dict[str, Any]:
    """The whole of it, the child's start included; of each the median of ``rounds`` runs in turn."""
    return asyncio.run(_measured(rounds))


async def _measured(rounds: int) -> dict[str, Any]:
    async with a_database() as (url, keys):
        crossings = await fill(url, keys, CROSSINGS)
        print(f"• {crossings} crossings are stored", file=sys.stderr)
        ours, theirs, cpu, changed = [], [], [], 0
        for _ in range(rounds):
            took_s, cpu_s, changed = await _ours(url)
            ours.append(took_s)
            cpu.append(cpu_s)
            theirs.append(await _only_read(url))
            print(f"• what-if {ours[-1]:.1f} s, only read {theirs[-1]:.1f} s", file=sys.stderr)
    took_s = median(ours)
    return {
        "crossings": crossings,
        "changed": changed,
        "ours_s": round(took_s, 2),
        "cpu_of_the_child_s": round(median(cpu), 2),
        "only_read_s": round(median(theirs), 2),
        "ours_by_only_read": round(took_s / median(theirs), 2),
        "per_crossing_us": round(took_s / crossings * 1e6, 1),
        "bars": {"whatif_100000_s": {"s": round(took_s, 2), "bar_s": BAR_S, "reached": took_s <= BAR_S}},
    }


def draft() -> Policy:
    """The demonstration's bundle, with tests that count for a day instead of three."""
    policy = demo_policy()
    shorter = tuple(test.model_copy(update={"lasts": timedelta(hours=24)}) for test in policy.tests)
    return policy.model_copy(update={"version": policy.version + 1, "tests": shorter})


async def _ours(url: str) -> tuple[float, float, int]:
    """Seconds by the clock and of the processor, and how many verdicts change."""
    asked = WhatIfAsked(policy=draft(), begins_at=MORNING - timedelta(days=1), ends_at=LATEST - timedelta(days=1))
    took_s, cpu_s, text = await answered(url, "what_if", asked)
    answer = WhatIfAnswer.model_validate_json(text)
    if answer.comparison is None:
        raise RuntimeError(f"the what-if ended {answer.state}")
    return took_s, cpu_s, answer.comparison.changed


async def _only_read(url: str) -> float:
    """The same rows in the same chunks, made into the values that a judge is given."""
    began = time.perf_counter()
    period = Period(MORNING - timedelta(days=1), LATEST)
    async with snapshot(url) as store:
        registry = await reading.registry_of(store)
        async for _ in reading.chunks(store, period, registry):
            pass
    return time.perf_counter() - began
