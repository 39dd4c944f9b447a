"""A new bundle reaches stations and processors without a restart within ten seconds, and judges what it covers."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta

from deploy.demo.policy import demo_policy
from deploy.simulator.plan_model import Counts
from deploy.simulator.stream import events_of
from schemas.events.verdict import VerdictReached
from schemas.policy.in_force import held_as
from tests.acceptance.province import BRIDGE, CO_CHIEN, DINH_KHAO, FERRY, Province, a_province, eventually

LANES = (CO_CHIEN, DINH_KHAO)
SOON_S = 10.0
CROSSINGS = 40
NEW = 2


def test_a_new_bundle_is_picked_up_by_stations_and_processors_without_a_restart() -> None:
    with a_province() as province:  # of its own: a new bundle would be in force for everybody else's crossings
        planned = province.planted(7, LANES, Counts.of(CROSSINGS), over=timedelta(hours=8))
        province.run(province.sending(list(events_of(planned, province.keys, [demo_policy()]))))
        eventually(lambda: judged_by(province), lambda versions: versions == {1: CROSSINGS})
        pids = {name: child.pid for name, child in province.supervisor.children.items()}
        policy = demo_policy().model_copy(
            update={"version": NEW, "effective_at": datetime.now(UTC).replace(microsecond=0) - timedelta(hours=9)}
        )
        sent = {"policy": policy.model_dump(mode="json")}
        refused = province.laboratory.post("/v1/registry/policies", json=sent)
        assert [field["code"] for field in refused.json()["fields"]] == ["TAKES_EFFECT_IN_PAST"]
        answer = province.laboratory.post("/v1/registry/policies", params={"accept_past": "true"}, json=sent)
        assert answer.status_code == 201, answer.text
        eventually(lambda: held_at(province), lambda held: held == [NEW, NEW], within_s=SOON_S)
        eventually(lambda: judged_by(province), lambda versions: versions == {NEW: CROSSINGS}, within_s=SOON_S)
        assert {name: child.pid for name, child in province.supervisor.children.items()} == pids


def held_at(province: Province) -> list[int | None]:
    """The version that each station holds."""
    name = held_as(demo_policy().policy_id)
    return [province.at_station(lane, "/api/state")["lists"].get(name) for lane in (BRIDGE, FERRY)]


def judged_by(province: Province) -> dict[int, int]:
    """How many verdicts in force rest on each version."""
    newest: dict[object, VerdictReached] = {}
    for record in province.records([f"verdicts.{lane.post_id}.v1" for lane in LANES]):
        verdict = VerdictReached.model_validate_json(record.value)
        if verdict.crossing_id not in newest or newest[verdict.crossing_id].revision < verdict.revision:
            newest[verdict.crossing_id] = verdict
    versions: dict[int, int] = defaultdict(int)
    for verdict in newest.values():
        versions[verdict.policy_version] += 1
    return dict(versions)
