"""Planted, found and falsely raised: what the table of the judge's benchmark counts, and what it does not."""

from dataclasses import replace
from types import SimpleNamespace
from uuid import uuid4

import pytest

from deploy.benchmarks.judge.effects import FINDING, VERDICT, effects_of
from deploy.benchmarks.judge.lines import lines_of
from deploy.benchmarks.judge.status_truth import statuses_of
from deploy.benchmarks.judge.topics import VERDICT_TOPICS
from deploy.benchmarks.judge.truth_found import shown
from deploy.benchmarks.judge.truth_table import EVERY, planted_in, raised_in, rows_of
from deploy.demo.policy import demo_policy
from deploy.demo.posts import SIMULATED
from deploy.simulator.plan import plan
from deploy.simulator.plan_model import Case, Counts
from deploy.simulator.truth import truths_of
from schemas.canonical import canonical
from schemas.rules.codes import Rule
from schemas.topics import FINDINGS
from tests.unit.simulator.mornings import END, START


def a_row(rows, kind, code):
    (found,) = [row for row in rows if (row.kind, row.code) == (kind, code)]
    return found


def raised(*claims):
    return [frozenset(claims)]


def test_every_rule_has_its_row_planted_or_not():
    rows = rows_of([], [])
    assert [row.code for row in rows if row.kind == FINDING] == [rule.value for rule in Rule]
    assert {row.kind for row in rows} == set(EVERY)
    assert all(row.precision is None and row.recall is None for row in rows)


def test_what_was_planted_and_raised_is_found():
    row = a_row(rows_of([(FINDING, "GL01", "a")], raised((FINDING, "GL01", "a"))), FINDING, "GL01")
    assert (row.planted, row.found, row.false, row.precision, row.recall) == (1, 1, 0, 1.0, 1.0)


def test_what_was_planted_and_not_raised_lowers_recall_alone():
    row = a_row(rows_of([(FINDING, "GL01", "a")], []), FINDING, "GL01")
    assert (row.planted, row.found, row.precision, row.recall) == (1, 0, None, 0.0)


def test_the_right_rule_on_the_wrong_crossing_is_falsely_raised():
    row = a_row(rows_of([(FINDING, "GL01", "a")], raised((FINDING, "GL01", "b"))), FINDING, "GL01")
    assert (row.found, row.false, row.precision, row.recall) == (0, 1, 0.0, 0.0)


def test_a_finding_about_two_crossings_is_right_when_it_was_planted_for_either():
    both = raised((FINDING, "GL07", "earlier"), (FINDING, "GL07", "later"))
    row = a_row(rows_of([(FINDING, "GL07", "later")], both), FINDING, "GL07")
    assert (row.planted, row.found, row.false) == (1, 1, 0)


def test_one_thing_said_twice_is_found_once():
    twice = raised((FINDING, "GL07", "a")) + raised((FINDING, "GL07", "a"))
    row = a_row(rows_of([(FINDING, "GL07", "a")], twice), FINDING, "GL07")
    assert (row.planted, row.found, row.false) == (1, 1, 0)


def test_a_code_that_nobody_knew_of_gets_a_row_of_its_own():
    assert a_row(rows_of([], raised((FINDING, "GL99", "a"))), FINDING, "GL99").false == 1


def test_a_row_that_is_not_as_planted_fails_its_bar_and_one_without_a_plant_has_none():
    rows = [row for row in rows_of([(FINDING, "GL01", "a")], []) if row.code in ("GL01", "GL02")]
    assert [line.reached for line in lines_of({"truth": shown(rows)})] == [False, None]


def record(topic, id_, revision, **fields):
    value = canonical({"revision": revision, "state": "in_force", **fields})
    return SimpleNamespace(topic=topic, headers=[("ce_id", str(id_).encode())], value=value, key=b"", timestamp=0)


A_VERDICT = VERDICT_TOPICS[0]


def test_the_newest_revision_counts_whatever_the_order():
    id_ = uuid4()
    said = [record(A_VERDICT, id_, 2, outcome="hold"), record(A_VERDICT, id_, 1, outcome="let_through")]
    for order in (said, said[::-1]):
        assert [one["outcome"] for one in effects_of(order).of(VERDICT)] == ["hold"]


def test_a_finding_that_was_withdrawn_is_not_raised():
    id_ = uuid4()
    withdrawn = record(FINDINGS.name, id_, 2, code="GL01", crossings=["a"], **{"state": "withdrawn"})
    said = [record(FINDINGS.name, id_, 1, code="GL01", crossings=["a"]), withdrawn]
    assert list(raised_in(effects_of(said), {})) == []


def test_the_same_bytes_again_are_resent_and_other_bytes_contradict():
    id_ = uuid4()
    first = record(A_VERDICT, id_, 1, outcome="hold")
    again = record(A_VERDICT, id_, 1, outcome="hold")
    other = record(A_VERDICT, id_, 1, outcome="refer")
    assert (effects_of([first, again]).resent, effects_of([first, again]).contradictions) == (1, 0)
    assert (effects_of([first, other]).resent, effects_of([first, other]).contradictions) == (0, 1)


def test_two_runs_differ_where_they_say_something_else_and_not_where_only_the_revision_is_another():
    id_ = uuid4()
    one = effects_of([record(A_VERDICT, id_, 1, outcome="hold")])
    later = effects_of([record(A_VERDICT, id_, 2, outcome="hold")])
    other = effects_of([record(A_VERDICT, id_, 1, outcome="refer")])
    assert one.differing(later) == 0
    assert one.differing(other) == 1
    assert one.differing(effects_of([])) == 1


@pytest.fixture(scope="module")
def a_morning():
    return plan(1, SIMULATED, demo_policy(), START, END, Counts())


def test_the_truth_of_a_plan_names_each_crossings_verdict_once(a_morning):
    planted = list(planted_in(truths_of(a_morning)))
    assert len([one for one in planted if one[0] == VERDICT]) == len(a_morning.crossings)
    assert len(planted) == len(set(planted))


def of_case(a_morning, case):
    return next(one for one in a_morning.crossings if one.case is case)


def test_a_test_in_order_says_nothing_by_itself(a_morning):
    assert statuses_of(of_case(a_morning, Case.CLEAN), 1, None) == []


def test_whoever_shows_none_and_turns_out_positive_is_both(a_morning):
    results = {result.after_sheet: result for result in a_morning.results}
    back = [one for one in a_morning.crossings if one.case is Case.TURNED_BACK and one.sheet_id in results]
    codes = statuses_of(back[0], 1, results[back[0].sheet_id])
    assert codes == ["TS_NONE_SHOWN", "TS_POSITIVE_AFTER"]


def test_a_mate_of_a_positive_driver_is_a_contact_with_a_test_of_his_own(a_morning):
    results = {result.after_sheet: result for result in a_morning.results}
    (truck,) = [one for one in a_morning.crossings if one.case is Case.POSITIVE_LATER and len(one.occupants) == 2][
        :1
    ]
    assert statuses_of(truck, 2, results[truck.sheet_id]) == ["TS_SHOWN_VALID", "CONTACT_OF_POSITIVE"]


@pytest.mark.parametrize("of_a_woman", [False, True])
def test_a_test_of_somebody_else_is_a_test_on_papers_that_do_not_agree(a_morning, of_a_woman):
    rider = of_case(a_morning, Case.CLEAN)
    rider = replace(
        rider, occupants=(replace(rider.occupants[0], person=replace(rider.occupants[0].person, male=True)),)
    )
    elder = replace(
        rider.occupants[0].person,
        name="Trần Văn Khác",
        birth_date=rider.occupants[0].person.birth_date.replace(year=1950),
        male=not of_a_woman,
    )
    borrowed = replace(
        rider,
        shown=tuple(
            replace(one, paper=replace(one.paper, person=elder)) if hasattr(one.paper, "certificate_id") else one
            for one in rider.shown
        ),
    )
    assert statuses_of(borrowed, 1, None) == [
        "TS_SHOWN_VALID",
        "PAPERS_BIRTH_DATES_DIFFER",
        "PAPERS_NAMES_DIFFER",
        "PAPERS_NUMBER_IMPOSSIBLE",
        *(["PAPERS_SEXES_DIFFER"] if of_a_woman else []),
    ]
