"""A small morning of pictures through one real station, from the first picture to the last recall.

Driven once for the folder; what was seen on the way is kept, and the tests say what it must have been.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from deploy.checking.sightings import expected
from deploy.simulator.plan_model import Counts, Plan
from deploy.simulator.sheets import lay
from deploy.simulator.truth import CrossingTruth
from tests.acceptance.live_feed import Said, follow
from tests.acceptance.province import BRIDGE, Province, eventually, truths

COUNTS = Counts.only(
    clean=4, expired=1, forged=2, head_count=1, positive_later=1, turned_back_positive=1, unknown_code=1
)


@dataclass
class Morning:
    plan: Plan
    truths: list[CrossingTruth]
    position: int
    """Of the feed, before anything happened."""
    before_results: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The station's list by sheet, when everything was judged and no result was known."""
    alerts_before_results: list[dict[str, Any]] = field(default_factory=list)
    heard: list[Said] = field(default_factory=list)
    """By a follower that was connected all the time."""


def drive(province: Province) -> Morning:
    position = province.police.get("/v1/alerts").raise_for_status().json()["feed_position"]
    planned = province.planted(11, (BRIDGE,), COUNTS, over=timedelta(hours=2))
    morning = Morning(planned, truths(planned), position)
    wanted = sum(len(truth.alerts) for truth in morning.truths)
    following = province.begin(follow(province, after=position, until=lambda heard: _alerts(heard) >= wanted))
    for crossing in planned.crossings:
        lay(crossing, province.machine.sheets(BRIDGE), province.issuers.text_of)
    morning.before_results = eventually(lambda: province.crossings_at(BRIDGE), lambda rows: _judged(rows, planned))
    eventually(province.is_settled, bool)
    morning.alerts_before_results = province.alerts()
    province.report(planned)
    eventually(lambda: province.seen(morning.truths), lambda seen: seen >= expected(morning.truths))
    eventually(province.is_settled, bool)
    morning.heard = following.result(60)
    return morning


def _judged(rows: dict[str, dict[str, Any]], planned: Plan) -> bool:
    mine = [rows.get(crossing.sheet_id) for crossing in planned.crossings]
    return all(row is not None and row["decision"] and row["verdict"] for row in mine)


def _alerts(heard: list[Said]) -> int:
    return len({said.alert["alert_id"] for said in heard})
