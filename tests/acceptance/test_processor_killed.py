"""SIGKILL of the processor in the middle of 500 crossings: nothing is lost, nothing is there twice."""

from __future__ import annotations

from collections import Counter

from deploy.checking.sightings import STATION, expected
from schemas.words import FactState
from tests.acceptance.province import Province
from tests.acceptance.the_five_hundred import CROSSINGS, LANES, FiveHundred, in_force, verdicts


def test_the_processor_died_in_the_middle(five_hundred: FiveHundred) -> None:
    assert 0 < five_hundred.judged_when_killed < CROSSINGS
    assert five_hundred.restarts == 1


def test_each_of_500_crossings_has_exactly_one_verdict_in_force(
    province: Province, five_hundred: FiveHundred
) -> None:
    said = verdicts(province)
    assert sorted(said) == sorted(truth.crossing_id for truth in five_hundred.truths)
    assert len(said) == CROSSINGS
    two_contents = [
        (crossing_id, revision)
        for crossing_id, revisions in said.items()
        for revision, contents in revisions.items()
        if len(contents) != 1
    ]
    assert two_contents == []
    assert all(set(revisions) == set(range(1, max(revisions) + 1)) for revisions in said.values())


def test_each_verdict_in_force_is_the_planted_one(province: Province, five_hundred: FiveHundred) -> None:
    said = verdicts(province)
    wrong = []
    for truth in five_hundred.truths:
        verdict = in_force(said[truth.crossing_id])
        found = (verdict.state, verdict.outcome, sorted(set(verdict.reasons)))
        if found != (FactState.IN_FORCE, truth.verdict, sorted(set(truth.reasons))):
            wrong.append((truth.sheet_id, truth.case, truth.verdict, truth.reasons, found))
    assert wrong == []


def test_the_planted_alerts_referrals_and_recalls_no_more_and_no_fewer(
    province: Province, five_hundred: FiveHundred
) -> None:
    planted = {seen: count for seen, count in expected(five_hundred.truths).items() if seen.place != STATION}
    assert province.seen(five_hundred.truths) == planted
    posts = {lane.post_id for lane in LANES}
    here = [alert["alert_id"] for alert in province.alerts() if alert["post_id"] in posts]
    assert len(here) == len(set(here)) == sum(len(truth.alerts) for truth in five_hundred.truths)


def test_nothing_of_it_is_a_conflict_a_gap_or_a_dead_letter(province: Province, five_hundred: FiveHundred) -> None:
    desk = province.desk()
    stations = {lane.station_id for lane in LANES}
    for what in ("conflicts", "gaps", "dead_letters", "refused_stations"):
        assert [row for row in desk[what] if row["station_id"] in stations] == [], what


def test_the_services_count_each_crossing_once(province: Province, five_hundred: FiveHundred) -> None:
    traffic = {row["post_id"]: row for row in province.desk()["traffic"]}
    for lane in LANES:
        sent = Counter(truth.post_id for truth in five_hundred.truths)[lane.post_id]
        row = traffic[lane.post_id]
        assert (row["crossings"], row["verdicts"], row["decisions"]) == (sent, sent, sent)
