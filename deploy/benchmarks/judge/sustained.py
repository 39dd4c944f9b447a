"""Crossings a second through one worker, beside the same judge on a bare loop and on Quix Streams; through two
workers beside one; and by batch size. Everything waits in the topics beforehand.
"""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import Any

from deploy.benchmarks.judge.contenders import BARE, WORKER, Contender
from deploy.benchmarks.judge.ground import Ground
from deploy.benchmarks.judge.in_turn import compared, in_turn
from deploy.benchmarks.judge.runs import Measured, Waiting, run
from deploy.benchmarks.judge.telling import tell

ONE, TWO = "one worker", "two workers"


async def beside_others(ground: Ground, waiting: Waiting, pairs: int, quix: Contender | None) -> dict[str, Any]:
    contenders = [WORKER, BARE, *([quix] if quix else [])]
    runs: dict[str, list[Measured]] = defaultdict(list)
    for contender in in_turn(contenders, pairs):
        async with ground.a_database() as url:
            runs[contender.name].append(await run(ground, contender, url, waiting))
        tell(f"{contender.name}: {runs[contender.name][-1].per_s:.0f} crossings/s")
    per_s = {name: [one.per_s for one in of] for name, of in runs.items()}
    return {
        "crossings": waiting.crossings,
        "pairs": pairs,
        "contenders": {name: _shown(of) for name, of in runs.items()},
        **{f"worker_by_{name}": compared(per_s, WORKER.name, name) for name in runs if name != WORKER.name},
    }


async def by_batch(ground: Ground, waiting: Waiting, batches: tuple[int, ...], rounds: int) -> dict[str, Any]:
    """The most that is taken at once; worker and bare loop in turn at each."""
    found: dict[str, dict[int, list[float]]] = {one.name: defaultdict(list) for one in (WORKER, BARE)}
    for batch in in_turn(batches, rounds):
        for contender in (WORKER, BARE):
            async with ground.a_database() as url:
                measured = await run(ground, contender, url, waiting, batch=batch)
            found[contender.name][batch].append(measured.per_s)
            tell(f"{contender.name}, batches of {batch}: {measured.per_s:.0f} crossings/s")
    return {
        name: [{"batch": batch, "per_s": round(median(of[batch]))} for batch in batches]
        for name, of in found.items()
    }


async def two_beside_one(ground: Ground, waiting: Waiting, pairs: int) -> dict[str, Any]:
    """Both say the same in the end, and nothing is said in two ways."""
    runs: dict[str, list[Measured]] = defaultdict(list)
    for name, workers in in_turn(((ONE, 1), (TWO, 2)), pairs):
        async with ground.a_database() as url:
            runs[name].append(await run(ground, WORKER, url, waiting, workers=workers))
        tell(f"{name}: {runs[name][-1].per_s:.0f} crossings/s")
    reference = runs[ONE][0].effects
    others = [one.effects for of in runs.values() for one in of]
    per_s = {name: [one.per_s for one in of] for name, of in runs.items()}
    return {
        "crossings": waiting.crossings,
        "pairs": pairs,
        "contenders": {name: _shown(of) for name, of in runs.items()},
        "two_by_one": compared(per_s, TWO, ONE),
        # A run that leaves a crossing without a verdict has failed before it comes here.
        "lost": 0,
        "said_otherwise": sum(one.differing(reference) for one in others),
        "contradictions": sum(one.contradictions for one in others),
    }


def _shown(runs: list[Measured]) -> dict[str, Any]:
    parts = {part for one in runs for part in one.cpu_us}
    return {
        "per_s": round(median(one.per_s for one in runs)),
        "runs_per_s": [round(one.per_s) for one in runs],
        "verdicts_a_crossing": round(median(one.verdicts / one.crossings for one in runs), 3),
        "resent": sum(one.effects.resent for one in runs),
        "dead_letters": sum(one.dead_letters for one in runs),
        "cpu_us_a_crossing": {
            part: round(median(one.cpu_us[part] for one in runs if part in one.cpu_us)) for part in sorted(parts)
        },
    }
