"""Five hundred crossings sent straight to Kafka, and a processor that is killed in their middle and comes back."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from deploy.demo.policy import demo_policy
from deploy.simulator.plan_model import Counts, Plan
from deploy.simulator.stream import events_of
from deploy.simulator.truth import CrossingTruth
from schemas.events.verdict import VerdictReached
from tests.acceptance.province import CO_CHIEN, DINH_KHAO, WORKER, Province, eventually, truths

LANES = (CO_CHIEN, DINH_KHAO)
CROSSINGS = 500
RECORDS_A_SECOND = 250
VERDICTS = tuple(f"verdicts.{lane.post_id}.v1" for lane in LANES)
Revisions = dict[UUID, dict[int, set[bytes]]]


@dataclass(frozen=True)
class FiveHundred:
    plan: Plan
    truths: list[CrossingTruth]
    judged_when_killed: int
    restarts: int


def drive(province: Province) -> FiveHundred:
    planned = province.planted(5, LANES, Counts.of(CROSSINGS), over=timedelta(hours=8))
    records = list(events_of(planned, province.keys, [demo_policy()]))
    before = province.child(WORKER).restarts
    sending = province.begin(province.sending(records, per_second=RECORDS_A_SECOND))
    judged_when_killed = eventually(lambda: judged(province), lambda number: number >= CROSSINGS // 5)
    pid = province.kill(WORKER)
    sending.result(60)
    eventually(lambda: province.is_up_again(WORKER, other_than=pid), bool)
    eventually(lambda: judged(province), lambda number: number == CROSSINGS)
    province.report(planned)
    eventually(province.is_settled, bool)
    restarts = province.child(WORKER).restarts - before
    return FiveHundred(planned, truths(planned), judged_when_killed, restarts)


def judged(province: Province) -> int:
    """Crossings at these lanes that have a verdict, as the desk counts them."""
    posts = {lane.post_id for lane in LANES}
    return sum(row["verdicts"] for row in province.desk()["traffic"] if row["post_id"] in posts)


def verdicts(province: Province) -> Revisions:
    """All that was ever said of each crossing: the contents of each revision."""
    found: Revisions = defaultdict(lambda: defaultdict(set))
    for record in province.records(VERDICTS):
        verdict = VerdictReached.model_validate_json(record.value)
        found[verdict.crossing_id][verdict.revision].add(bytes(record.value))
    return found


def in_force(revisions: dict[int, set[bytes]]) -> VerdictReached:
    """The highest revision, of which there must be one content."""
    (content,) = revisions[max(revisions)]
    return VerdictReached.model_validate_json(content)
