"""What a crossing costs by how many were stored before it: each size has a database of its own, and in turn each
judges the same crossings of a later day.
"""

from __future__ import annotations

import time
from collections import defaultdict
from statistics import median
from typing import Any

from deploy.benchmarks.judge import runs
from deploy.benchmarks.judge.contenders import WORKER
from deploy.benchmarks.judge.filling import make_filled, make_morning
from deploy.benchmarks.judge.ground import Ground
from deploy.benchmarks.judge.in_turn import in_turn
from deploy.benchmarks.judge.sizes import Sizes
from deploy.benchmarks.judge.telling import tell
from deploy.benchmarks.judge.traffic import make_load

MORNING = "morning"


async def by_stored(ground: Ground, sizes: Sizes) -> list[dict[str, Any]]:
    await make_morning(ground, MORNING)
    databases = {}
    for crossings in sizes.stored:
        began = time.monotonic()
        name = f"stored_{crossings}"
        databases[name] = await make_filled(ground, name, like=MORNING, crossings=crossings)
        tell(f"{databases[name]} crossings are stored, in {time.monotonic() - began:.0f} s")
    found: dict[str, list[runs.Measured]] = defaultdict(list)
    for number in range(sizes.stored_rounds):
        # Another day, and stations of its own: no database has seen any of it.
        load = await make_load(ground.keys, f"h{number}-", sizes.stored_crossings, day=1 + number)
        waiting = await runs.lay(ground, load)
        order = list(in_turn(list(databases), number + 1))[-len(databases) :]
        for name in order:
            found[name].append(await runs.run(ground, WORKER, ground.url_of(name), waiting))
            tell(f"{databases[name]} stored: {found[name][-1].wall_us:.0f} µs a crossing")
    return [_shown(databases[name], found[name]) for name in databases]


def _shown(stored: int, runs_: list[runs.Measured]) -> dict[str, Any]:
    parts = sorted({part for one in runs_ for part in one.cpu_us})
    cpu = {part: median(one.cpu_us[part] for one in runs_ if part in one.cpu_us) for part in parts}
    return {
        "stored": stored,
        "wall_us": round(median(one.wall_us for one in runs_)),
        "cpu_us": {part: round(us) for part, us in cpu.items()},
    }
