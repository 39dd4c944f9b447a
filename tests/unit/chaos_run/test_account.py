"""The account: a crossing is accounted for only when topic, tables and truth agree about it."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from deploy.chaos_run.account import account
from deploy.chaos_run.ledger import Held, Ledger
from deploy.chaos_run.tables import Tables
from deploy.checking.sightings import STATION, expected
from deploy.demo.policy import demo_policy
from deploy.demo.posts import LANES
from deploy.simulator.plan import plan
from deploy.simulator.plan_model import Counts
from deploy.simulator.truth import truths_of
from schemas.events.verdict import DecisionCounted, VerdictReached
from schemas.words import FactState, Outcome

END = datetime(2021, 10, 6, 12, tzinfo=UTC)
TRUTHS = list(truths_of(plan(3, LANES, demo_policy(), END - timedelta(hours=8), END, Counts.of(40))))
FIRST = TRUTHS[0]


def verdict(truth, *, revision=1, **changes):
    """The planted verdict, as its topic holds it."""
    said = VerdictReached(
        event_id=truth.crossing_id,
        occurred_at=truth.closed_at,
        revision=revision,
        crossing_id=truth.crossing_id,
        crossing_revision=1,
        station_id=truth.station_id,
        post_id=truth.post_id,
        outcome=truth.verdict,
        reasons=truth.reasons,
        policy_id="p",
        policy_version=1,
        judge_version="1",
        counted=DecisionCounted(outcome=Outcome.LET_THROUGH),
    )
    value = said.model_copy(update=changes).model_dump_json().encode()
    return Held(f"verdicts.{truth.post_id}.v1", 0, 100.0, value)


def all_is_well():
    ledger = Ledger()
    ledger.take(verdict(truth) for truth in TRUTHS)
    wanted = Counter({sighting: n for sighting, n in expected(TRUTHS).items() if sighting.place != STATION})
    verdicts = {truth.crossing_id: (1, truth.verdict.value) for truth in TRUTHS}
    return ledger, Tables(wanted, verdicts, len(TRUTHS), {}, 0)


def problems_of(ledger, tables, **more):
    return account(TRUTHS, ledger, tables, **more).problems


def test_all_is_accounted_for_when_topic_tables_and_truth_agree():
    ledger, tables = all_is_well()
    found = account(TRUTHS, ledger, tables)
    assert found.is_complete
    assert (found.crossings, found.accounted) == (40, 40)
    assert found.alerts_referrals_recalls == sum(tables.sightings.values()) > 0


def test_the_same_bytes_again_are_told_and_are_no_problem():
    ledger, tables = all_is_well()
    ledger.take([verdict(FIRST), verdict(FIRST)])
    assert ledger.sent_twice == 2
    assert problems_of(ledger, tables) == ()


def test_other_bytes_under_the_same_revision_are_a_problem():
    ledger, tables = all_is_well()
    ledger.take([verdict(FIRST, judge_version="2")])
    assert any("two contents" in problem for problem in problems_of(ledger, tables))


def test_a_crossing_without_a_verdict_is_named():
    ledger, tables = all_is_well()
    del ledger.verdicts[FIRST.crossing_id]
    assert problems_of(ledger, tables) == (f"{FIRST.sheet_id}: no verdict, never sent",)


def test_a_revision_that_was_left_out_is_named():
    ledger, tables = all_is_well()
    ledger.take([verdict(FIRST, revision=3)])
    assert problems_of(ledger, tables) == (f"{FIRST.sheet_id}: revisions [1, 3]",)


def test_the_newest_verdict_must_be_the_planted_one_and_in_force():
    for change in ({"outcome": Outcome.HOLD}, {"state": FactState.WITHDRAWN}):
        ledger, tables = all_is_well()
        ledger.take([verdict(FIRST, revision=2, **change)])
        assert len(problems_of(ledger, tables)) == 1


def test_the_services_must_hold_the_same_verdict():
    ledger, tables = all_is_well()
    tables.verdicts[FIRST.crossing_id] = (2, FIRST.verdict.value)
    assert problems_of(ledger, tables) == (f"{FIRST.sheet_id}: the services hold another verdict",)


def test_an_alert_that_is_missing_and_one_that_is_there_twice_are_both_named():
    ledger, tables = all_is_well()
    one, other = sorted(tables.sightings)[:2]
    tables.sightings[one] = 0
    tables.sightings[other] += 1
    assert set(problems_of(ledger, tables)) == {f"missing: {one}", f"too many: {other}"}


def test_conflicts_dead_letters_and_what_was_not_sent_are_problems():
    ledger, tables = all_is_well()
    ledger.take([Held("dead-letters.v1", 0, 1.0, b"{}")])
    tables = replace(tables, not_none={"conflicts (services)": 1}, decisions=39)
    assert set(problems_of(ledger, tables, unsent=2)) == {
        "conflicts (services): 1",
        "decisions at the services: 39 of 40",
        "dead letters on their topic: 1",
        "records that could not be sent: 2",
    }
