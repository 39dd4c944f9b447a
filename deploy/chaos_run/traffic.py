"""A plan's records at a steady pace, and its laboratory results as soon as their crossings have a verdict."""

import asyncio
import json
from collections.abc import Iterable, Sequence

import httpx

from checkpoint_agent.crossing.link import Link
from deploy.chaos_run.backlog import Backlog
from deploy.chaos_run.ledger import Ledger
from deploy.demo.entering import NotNow, RegistryClient
from deploy.keys import Lane
from deploy.simulator.plan_model import Plan, PlannedResult
from deploy.simulator.stream import Record
from schemas.topics import CROSSINGS
from schemas.trust.chain import record_hash

LOOK_EVERY_S = 0.5
POSTS = ("rach-mieu", "pha-rach-mieu", "co-chien", "dinh-khao")
LANES = tuple(Lane(f"{post}-{number}", post, number) for number in (1, 2, 3) for post in POSTS)
"""Twelve stations, so that every partition of the crossings has traffic."""


async def feed(records: Sequence[Record], backlog: Backlog, *, crossings_per_second: float) -> None:
    """Write a crossing and its decision at a time, whether or not anything can be sent."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    pairs = [records[start : start + 2] for start in range(0, len(records), 2)]
    for place, pair in enumerate(pairs):
        await asyncio.sleep(max(0.0, began + place / crossings_per_second - loop.time()))
        backlog.add(pair)


async def report_results(plan: Plan, ledger: Ledger, registry: RegistryClient, ids: dict[str, object]) -> None:
    """Each result until the registry has it. ``ids``: sheet to crossing."""
    waiting = list(plan.results)
    while waiting:
        for result in [one for one in waiting if ids[one.after_sheet] in ledger.verdicts]:
            if await _entered(result, registry):
                waiting.remove(result)
        await asyncio.sleep(LOOK_EVERY_S)


async def _entered(result: PlannedResult, registry: RegistryClient) -> bool:
    """The registry knows a result by its id, so sending it again does no harm."""
    try:
        await registry.enter_result(result)
    except (httpx.TransportError, NotNow):
        return False
    return True


def ends_of(records: Iterable[Record], before: dict[str, Link]) -> dict[str, Link]:
    """Where each station's chain stands after ``records``."""
    ends = dict(before)
    for record in records:
        ends[record.key.decode()] = Link(json.loads(record.value)["number"] + 1, record_hash(record.value))
    return ends


def topics_followed() -> list[str]:
    verdicts = [f"verdicts.{post}.v1" for post in POSTS]
    return [
        *verdicts,
        CROSSINGS.name,
        "decisions.v1",
        "findings.v1",
        "referrals.v1",
        "recalls.v1",
        "dead-letters.v1",
    ]
