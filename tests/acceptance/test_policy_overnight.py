"""A new bundle reaches stations and processors without a restart within ten seconds, and judges what it covers."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from deploy.demo.policy import demo_policy
from deploy.running.logins import WHATIF_KEY
from deploy.simulator.plan_model import Counts
from deploy.simulator.stream import events_of
from schemas.bounded import instant_text
from schemas.events.verdict import Recall, VerdictReached
from schemas.policy.in_force import held_as
from schemas.policy.matters import AcceptanceRule, Sentence
from schemas.policy.policy import CodeOutcome, Policy
from schemas.policy.when import When
from schemas.words import FactState, Outcome, VehicleClass
from tests.acceptance.province import BRIDGE, CO_CHIEN, DINH_KHAO, FERRY, Province, a_province, eventually

LANES = (CO_CHIEN, DINH_KHAO)
SOON_S = 10.0
CROSSINGS = 40
NEW = 2
NO_TRUCKS = AcceptanceRule(
    code="NO_TRUCKS_TONIGHT",
    about="crossing",
    when=When(vehicle_classes=(VehicleClass.TRUCK,)),
    logic=False,
    sentence=Sentence(vi="Đêm nay xe tải không qua chốt", en="no trucks tonight"),
)


def test_a_new_bundle_is_picked_up_by_stations_and_processors_without_a_restart() -> None:
    with a_province() as province:  # of its own: a new bundle would be in force for everybody else's crossings
        planned = province.planted(7, LANES, Counts.of(CROSSINGS), over=timedelta(hours=8))
        province.run(province.sending(list(events_of(planned, province.keys, [demo_policy()]))))
        eventually(lambda: judged_by(province), lambda versions: versions == {1: CROSSINGS})
        pids = {name: child.pid for name, child in province.supervisor.children.items()}
        policy = demo_policy().model_copy(
            update={
                "version": NEW,
                "effective_at": datetime.now(UTC).replace(microsecond=0) - timedelta(hours=9),
                "acceptance": (*demo_policy().acceptance, NO_TRUCKS),
                "codes": (*demo_policy().codes, CodeOutcome(code=NO_TRUCKS.code, outcome=Outcome.TURN_BACK)),
            }
        )
        sent = {"policy": policy.model_dump(mode="json")}
        refused = province.laboratory.post("/v1/registry/policies", json=sent)
        assert [field["code"] for field in refused.json()["fields"]] == ["TAKES_EFFECT_IN_PAST"]
        # Nobody's word is taken: with crossings judged since, only a what-if of this very bundle shows its effect.
        word = province.laboratory.post("/v1/registry/policies", params={"accept_past": "true"}, json=sent)
        assert [field["code"] for field in word.json()["fields"]] == ["TAKES_EFFECT_IN_PAST"]
        shown = whatif_of(province, policy)
        answer = province.laboratory.post(
            "/v1/registry/policies", params={"whatif": shown["whatif_id"]}, json=sent
        )
        assert answer.status_code == 201, answer.text
        eventually(lambda: held_at(province), lambda held: held == [NEW, NEW], within_s=SOON_S)
        eventually(lambda: judged_by(province), lambda versions: versions == {NEW: CROSSINGS}, within_s=SOON_S)
        # What was shown is what happens: as many verdicts change, and those that were let through are recalled.
        turned = {one["after"]: one["verdicts"] for one in shown["comparison"]["changes"]}
        assert turned.get("turn_back", 0) > 0
        eventually(province.is_settled, bool)
        assert recalled(province) == let_through_and_now_turned_back(province) != set()
        assert {name: child.pid for name, child in province.supervisor.children.items()} == pids


def whatif_of(province: Province, policy: Policy) -> dict[str, Any]:
    """The answer, with its comparison."""
    asked = {
        "policy": policy.model_dump(mode="json"),
        "begins_at": instant_text(policy.effective_at),
        "ends_at": instant_text(datetime.now(UTC) + timedelta(hours=1)),
    }
    command = province.with_key(WHATIF_KEY)
    begun = command.post("/v1/whatif", json=asked).raise_for_status().json()
    found: dict[str, Any] = eventually(
        lambda: command.get(f"/v1/whatif/{begun['whatif_id']}").raise_for_status().json(),
        lambda said: said["answered_at"] is not None,
    )
    assert found["state"] == "done"
    return found


def recalled(province: Province) -> set[UUID]:
    newest: dict[UUID, Recall] = {}
    for record in province.records(["recalls.v1"]):
        recall = Recall.model_validate_json(record.value)
        if recall.event_id not in newest or newest[recall.event_id].revision < recall.revision:
            newest[recall.event_id] = recall
    return {
        one.crossing_id
        for one in newest.values()
        if one.state is FactState.IN_FORCE and NO_TRUCKS.code in one.reasons
    }


def let_through_and_now_turned_back(province: Province) -> set[UUID]:
    return {
        verdict.crossing_id
        for verdict in verdicts(province)
        if NO_TRUCKS.code in verdict.reasons  # another code may bind, with the same outcome or a graver one
        and (verdict.counted.outcome is Outcome.LET_THROUGH or verdict.counted.none_in_time)
    }


def held_at(province: Province) -> list[int | None]:
    """The version that each station holds."""
    name = held_as(demo_policy().policy_id)
    return [province.at_station(lane, "/api/state")["lists"].get(name) for lane in (BRIDGE, FERRY)]


def judged_by(province: Province) -> dict[int, int]:
    """How many verdicts in force rest on each version."""
    versions: dict[int, int] = defaultdict(int)
    for verdict in verdicts(province):
        versions[verdict.policy_version] += 1
    return dict(versions)


def verdicts(province: Province) -> list[VerdictReached]:
    """Of each crossing the newest."""
    newest: dict[object, VerdictReached] = {}
    for record in province.records([f"verdicts.{lane.post_id}.v1" for lane in LANES]):
        verdict = VerdictReached.model_validate_json(record.value)
        if verdict.crossing_id not in newest or newest[verdict.crossing_id].revision < verdict.revision:
            newest[verdict.crossing_id] = verdict
    return list(newest.values())
