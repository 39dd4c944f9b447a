"""Database or broker away for a while: people are told, nothing is lost, and the next record is judged."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from deploy.chaos_run import outages
from deploy.simulator.plan_model import Counts, PlannedCrossing
from deploy.simulator.sheets import lay
from tests.acceptance.province import BRIDGE, WORKER, Province, eventually

AWAY_S = float(os.environ.get("CHOTXANH_TEST_AWAY_S", "8"))
"""How long each is away; 60 for the minute that is promised."""
RIDERS = Counts.only(clean=4)
BACK_WITHIN_S = 90.0
PROGRAMS = (WORKER, "services", f"station-{BRIDGE.station_id}")


@contextmanager
def away(province: Province, part: str) -> Iterator[float]:
    """``part`` is stopped, and started again at the end on the same data; gives until when it stays away."""
    outage = outages.away(province.supervisor, [part])
    province.run(outage.__aenter__())
    try:
        yield time.monotonic() + AWAY_S
    finally:
        province.run(outage.__aexit__(None, None, None))


def lives(province: Province) -> dict[str, tuple[int | None, int]]:
    return {name: (province.child(name).pid, province.child(name).restarts) for name in PROGRAMS}


def lay_all(province: Province, crossings: tuple[PlannedCrossing, ...]) -> None:
    for crossing in crossings:
        lay(crossing, province.machine.sheets(BRIDGE), province.issuers.text_of)


def rows_of(province: Province, crossings: tuple[PlannedCrossing, ...]) -> list[dict[str, Any]]:
    rows = province.crossings_at(BRIDGE)
    return [rows[crossing.sheet_id] for crossing in crossings if crossing.sheet_id in rows]


def all_judged(province: Province, crossings: tuple[PlannedCrossing, ...]) -> None:
    def judged() -> list[tuple[str, str]]:
        done = [row for row in rows_of(province, crossings) if row["verdict"]]
        return [(row["sheet_id"], row["verdict"]["outcome"]) for row in done]

    wanted = {(crossing.sheet_id, crossing.expected.verdict.value) for crossing in crossings}
    eventually(judged, lambda found: set(found) == wanted, within_s=BACK_WITHIN_S)


def nothing_came_twice_or_not(province: Province) -> None:
    eventually(province.is_settled, bool, within_s=BACK_WITHIN_S)
    desk = province.desk()
    assert [row for row in desk["gaps"] if row["station_id"] == BRIDGE.station_id] == []
    assert [row for row in desk["conflicts"] if row["station_id"] == BRIDGE.station_id] == []
    assert desk["refused_events"] == []


def test_with_the_database_away_the_lane_goes_on_and_everything_is_judged_afterwards(province: Province) -> None:
    made = province.planted(41, (BRIDGE,), RIDERS, over=timedelta(hours=1))
    during, after = made.crossings[:-1], made.crossings[-1:]
    before = lives(province)
    with away(province, "postgres") as until:
        lay_all(province, during)
        eventually(
            lambda: rows_of(province, during),
            lambda rows: len(rows) == len(during) and all(row["sent"] and row["decision"] for row in rows),
        )
        told = province.laboratory.post("/v1/registry/test-results", json={})
        assert (told.status_code, told.json()["error"]) == (503, "DATABASE_AWAY")
        time.sleep(max(0.0, until - time.monotonic()))
        assert not any(row["verdict"] for row in rows_of(province, during))
    all_judged(province, during)
    lay_all(province, after)
    all_judged(province, after)
    nothing_came_twice_or_not(province)
    assert lives(province) == before, "nobody had to be started again"


def test_with_the_broker_away_the_station_keeps_what_it_wrote_and_the_registry_what_it_took(
    province: Province,
) -> None:
    made = province.planted(43, (BRIDGE,), RIDERS, over=timedelta(hours=1))
    during, after = made.crossings[:-1], made.crossings[-1:]
    results = len(province.records(["test-results.v1"]))
    before = lives(province)
    with away(province, "kafka") as until:
        lay_all(province, during)
        eventually(
            lambda: rows_of(province, during),
            lambda rows: len(rows) == len(during) and all(row["written"] and row["decision"] for row in rows),
        )
        assert not any(row["sent"] or row["verdict"] for row in rows_of(province, during))
        eventually(lambda: province.at_station(BRIDGE, "/api/state"), lambda state: not state["online"])
        answer = province.laboratory.post("/v1/registry/test-results", json=A_RESULT)
        assert (answer.status_code, answer.json()["results"][0]["created"]) == (201, True)
        assert province.desk()["waiting"] >= 1
        time.sleep(max(0.0, until - time.monotonic()))
    all_judged(province, during)
    lay_all(province, after)
    all_judged(province, after)
    nothing_came_twice_or_not(province)
    assert len(province.records(["test-results.v1"])) == results + 1
    assert lives(province) == before, "nobody had to be started again"


A_RESULT: dict[str, Any] = {
    "result_id": "1f7f53d1-54f7-4b6e-a7a8-0d1f6c1b3b90",
    "source": "cdc-ben-tre",
    "person": {"name": "Trần Văn Thử", "birth_date": "1970-02-03"},
    "kind": "pcr",
    "standing": "confirmed",
    "outcome": "negative",
    "sampled_at": "2021-10-06T01:30:00Z",
    "resulted_at": "2021-10-06T05:30:00Z",
}
