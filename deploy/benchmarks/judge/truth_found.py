"""Precision and recall: a simulated day through one worker in the order in which it happens, results last, and
a day later what every station was heard to say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import asyncpg

from checkpoint_agent.identity import identity_of
from deploy.benchmarks.judge import runs
from deploy.benchmarks.judge.contenders import WORKER
from deploy.benchmarks.judge.effects import VERDICT, Effects
from deploy.benchmarks.judge.ground import Ground
from deploy.benchmarks.judge.status_truth import statuses_planted_in
from deploy.benchmarks.judge.traffic import Load
from deploy.benchmarks.judge.truth_table import Row, planted_in, raised_in, rows_of
from deploy.simulator.truth import truths_of
from schemas.events.base import SealedBox
from schemas.events.verdict import VerdictSecrets
from stream_processors.database.migrate import SCHEMA
from stream_processors.judging.context import TRANSIT_DEADLINE


async def rows_found(ground: Ground, load: Load) -> list[Row]:
    waiting = await runs.lay(ground, load, results=False)
    async with ground.a_database() as url:
        then = (*load.results, *load.last_heard)
        measured = await runs.run(ground, WORKER, url, waiting, then=then, until=lambda: _asked(url, load))
    statuses = _opened(ground, load, measured.effects)
    planted = [*planted_in(truths_of(load.plan)), *statuses_planted_in(load.plan)]
    return rows_of(planted, raised_in(measured.effects, statuses))


def shown(rows: list[Row]) -> list[dict[str, Any]]:
    return [{**vars(row), "precision": row.precision, "recall": row.recall} for row in rows]


async def _asked(url: str, load: Load) -> bool:
    """Whether every transit was judged that can be: what is left waits for the post that fell silent, and what was
    said is sent."""
    silent = [load.plan.silence.post_id] if load.plan.silence is not None else []
    connection = await asyncpg.connect(url, server_settings={"search_path": SCHEMA})
    try:
        undone: int = await connection.fetchval(
            """
            SELECT (SELECT count(*) FROM timers WHERE kind = $1 AND waits_for <> $2)
                 + (SELECT count(*) FROM outputs WHERE held)
            """,
            TRANSIT_DEADLINE,
            silent,
        )
    finally:
        await connection.close()
    return undone == 0


def _opened(ground: Ground, load: Load, effects: Effects) -> dict[str, list[tuple[int, str]]]:
    """Reasons of health, which only the station that saw the person can open."""
    openers = {
        lane.station_id: identity_of(ground.keys.read_station(lane.station_id)).opener for lane in load.lanes
    }
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for said in effects.of(VERDICT):
        if said.get("health"):
            box = SealedBox.model_validate(said["health"])
            opened = openers[said["station_id"]].open(box, UUID(said["crossing_id"]), VerdictSecrets)
            found[said["crossing_id"]] += _codes(opened)
    return found


def _codes(opened: VerdictSecrets) -> Iterator[tuple[int, str]]:
    return ((one.occupant, code) for one in opened.occupants for code in one.reasons)
