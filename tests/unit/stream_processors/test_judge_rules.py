"""The judge's own rules, on both sides of each boundary, and the lawful look-alikes."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from schemas.events.crossing import OccupantSeen
from schemas.words import FactState, OccupantRole, Outcome, TestBasis, TestOutcome, TestStanding
from stream_processors.judging.context import (
    CERTIFICATE,
    DECISION_DEADLINE,
    VEHICLE,
    CrossingRef,
    KnownDeadline,
    PersonMatch,
)
from stream_processors.judging.judge import judge
from stream_processors.judging.said import Kind, fields_of
from tests.unit.stream_processors.known import (
    NAME,
    NUMBER,
    a_neighbour,
    a_result,
    context,
    crossing,
    decided,
    ref,
)

SECOND = timedelta(seconds=1)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def said(judged, kind):
    return [json.loads(one.content) for one in judged.others if one.kind is kind]


def codes(judged):
    return sorted(finding["code"] for finding in said(judged, Kind.FINDING))


def verdict(judged):
    return json.loads(judged.verdict.content)


def health(judged):
    occupants = json.loads(judged.verdict.private).get("occupants", [])
    return {one["occupant"]: set(one["reasons"]) for one in occupants}


@pytest.mark.parametrize(
    ("before", "found"),
    [
        (timedelta(minutes=29, seconds=58), ["GL07"]),
        # 30 minutes are needed, and each clock may be half a second off
        (timedelta(minutes=29, seconds=59), []),
        (30 * MINUTE, []),
        (timedelta(0), ["GL07"]),
    ],
)
def test_two_posts_faster_than_travel_allows_with_both_clocks_errors_taken_off(before, found):
    name = "earlier" if before else "0"
    judged = judge(crossing(), context(neighbours=(a_neighbour(before=before, name=name),)))
    if not before:  # of two at one instant exactly one is the later: by its id
        other = judge(crossing("0"), context(neighbours=(a_neighbour(before=before, name="crossing"),)))
        assert sorted([codes(judged), codes(other)]) == [[], ["GL07"]]
        return
    assert codes(judged) == found


def test_a_clock_two_hours_off_is_no_cloned_pass():
    unknown = a_neighbour(before=5 * MINUTE, clock_error_ms=2 * 3600 * 1000)
    assert codes(judge(crossing(), context(neighbours=(unknown,)))) == []


@pytest.mark.parametrize(("before", "found"), [(timedelta(minutes=19), ["GL07"]), (timedelta(minutes=20), [])])
def test_a_clock_that_was_never_measured_is_allowed_what_the_policy_says(before, found):
    neighbour = a_neighbour(before=before, clock_error_ms=None)
    assert codes(judge(crossing(), context(neighbours=(neighbour,)))) == found


def test_a_station_whose_clock_ran_ahead_is_allowed_that_much():
    ahead = a_neighbour(before=5 * MINUTE, ahead=timedelta(minutes=26))
    assert codes(judge(crossing(), context(neighbours=(ahead,)))) == []


def test_an_unknown_travel_time_suspects_nobody():
    elsewhere = a_neighbour(before=5 * MINUTE, post_id="dinh-khao")
    assert codes(judge(crossing(), context(neighbours=(elsewhere,)))) == []


def test_one_pair_is_one_finding_about_the_pass_before_the_plate_before_the_person():
    shared = frozenset({(VEHICLE, ref("plate")), (NUMBER, ref("driver")), ("pass_number", ref("pass"))})
    judged = judge(crossing(), context(neighbours=(a_neighbour(before=5 * MINUTE, shared=shared),)))
    (finding,) = said(judged, Kind.FINDING)
    assert (finding["subject"], finding["subject_ref"]) == ("pass", ref("pass"))


@pytest.mark.parametrize(
    ("after", "status", "found"),
    [
        (-14 * DAY - SECOND, set(), []),
        (-14 * DAY, {"TS_KNOWN_POSITIVE"}, []),
        (-SECOND, {"TS_KNOWN_POSITIVE"}, []),
        (SECOND, {"TS_POSITIVE_AFTER"}, ["GL13"]),
        (14 * DAY, {"TS_POSITIVE_AFTER"}, ["GL13"]),
        (14 * DAY + SECOND, set(), []),
    ],
)
def test_a_positive_sample_counts_within_the_policys_windows_and_no_second_longer(after, status, found):
    judged = judge(crossing(), context(results=(a_result(after=after),)))
    registered = {code for reasons in health(judged).values() for code in reasons if "SHOWN" not in code}
    assert registered - {"TS_POSITIVE_SINCE_PASS"} == status
    assert codes(judged) == found


@pytest.mark.parametrize(
    ("sampled", "resulted", "found"),
    [
        (-6 * HOUR, timedelta(0), []),  # known when they stood at the lane
        (-6 * HOUR, SECOND, ["GL13"]),
        (-6 * HOUR, 14 * DAY, ["GL13"]),
        (-6 * HOUR, 14 * DAY + SECOND, []),
        (-14 * DAY, SECOND, ["GL13"]),
        (-14 * DAY - SECOND, SECOND, []),  # too old a sample to count at all
    ],
)
def test_who_passed_while_the_result_was_still_to_come_is_a_health_finding_too(sampled, resulted, found):
    result = a_result(after=sampled, resulted_at=crossing().facts.occurred_at + resulted)
    judged = judge(crossing(), context(results=(result,), decision=decided(Outcome.LET_THROUGH)))
    assert codes(judged) == found


def test_a_pending_result_that_becomes_positive_recalls_refers_and_finds_whoever_was_let_through():
    pending = a_result(after=-6 * HOUR, outcome=TestOutcome.PENDING, resulted_at=crossing().facts.occurred_at)
    let_through = decided(Outcome.LET_THROUGH)
    before = judge(crossing(), context(results=(pending,), decision=let_through))
    assert health(before)[1] >= {"TS_RESULT_PENDING"}
    assert (codes(before), said(before, Kind.RECALL), said(before, Kind.REFERRAL)) == ([], [], [])
    positive = a_result(after=-6 * HOUR, resulted_at=crossing().facts.occurred_at + 3 * HOUR)
    after = judge(crossing(), context(results=(positive,), decision=let_through))
    (finding,) = said(after, Kind.FINDING)
    assert finding["evidence"][0]["code"] == "POSITIVE_RESULT_CAME_LATER"
    assert finding["evidence"][0]["numbers"] == {"occupant": 1, "hours": 6}
    assert len(said(after, Kind.RECALL)) == len(said(after, Kind.REFERRAL)) == 1


def test_an_old_positive_that_was_known_does_not_hide_a_new_one():
    old, new = a_result("old", after=-10 * DAY), a_result("new", after=DAY)
    for results in ((old, new), (new, old)):
        assert codes(judge(crossing(), context(results=results))) == ["GL13"]


@pytest.mark.parametrize(
    ("decision", "found"),
    [
        (None, ["GL13"]),
        (decided(Outcome.LET_THROUGH), ["GL13"]),
        (decided(Outcome.TURN_BACK), []),
        (decided(Outcome.HOLD), []),
        (decided(Outcome.REFER), []),
    ],
)
def test_only_who_passed_in_a_green_lane_vehicle_is_a_health_finding(decision, found):
    assert codes(judge(crossing(), context(results=(a_result(),), decision=decision))) == found


@pytest.mark.parametrize(
    ("role", "on_pass", "misuse"),
    [
        (OccupantRole.DRIVER, True, False),
        (OccupantRole.DRIVER, False, True),
        (OccupantRole.DRIVER, None, False),  # a registered driver who falls ill alone is no misuse
        (OccupantRole.PASSENGER, None, True),
    ],
)
def test_a_positive_person_who_was_not_declared_is_suspected_misuse_as_well(role, on_pass, misuse):
    known = crossing(occupants=(OccupantSeen(occupant=1, role=role),))
    occupant = known.facts.occupants[0].but(on_pass=on_pass)
    changed = known.facts.but(occupants=(occupant,))
    judged = judge(type(known)(changed, known.event_id, refs=known.refs), context(results=(a_result(),)))
    found = [one for one in said(judged, Kind.FINDING) if one["code"] == "GL13"]
    assert [one["also_misuse"] for one in found] == [misuse]


def test_a_name_and_birth_date_alone_refer_and_recall_nobody():
    weak = a_result(persons=(PersonMatch({NAME: ref("driver's name")}),))
    judged = judge(crossing(), context(results=(weak,), decision=decided(Outcome.LET_THROUGH)))
    assert [one["weak"] for one in said(judged, Kind.FINDING)] == [True]
    assert "TS_POSITIVE_WEAK" in health(judged)[1]
    assert said(judged, Kind.RECALL) == []
    assert [one["weak"] for one in said(judged, Kind.REFERRAL)] == [True]


def test_one_name_with_two_numbers_is_two_people():
    other = a_result(persons=(PersonMatch({NUMBER: ref("another"), NAME: ref("driver's name")}),))
    judged = judge(crossing(), context(results=(other,)))
    assert codes(judged) == []
    assert said(judged, Kind.REFERRAL) == []


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"basis": TestBasis.POOLED}, "TS_POOL_POSITIVE"),
        ({"outcome": TestOutcome.PENDING}, "TS_RESULT_PENDING"),
    ],
)
def test_a_positive_pool_is_to_be_tested_alone_and_never_positive(changes, status):
    judged = judge(crossing(), context(results=(a_result(after=-HOUR, **changes),)))
    assert health(judged)[1] >= {status}
    assert not {"TS_KNOWN_POSITIVE", "TS_POSITIVE_AFTER"} & health(judged)[1]
    assert codes(judged) == []


def test_a_pool_is_answered_by_a_test_alone_that_was_taken_later():
    pool = a_result("pool", after=-2 * HOUR, basis=TestBasis.POOLED)
    alone = a_result("alone", after=-HOUR, outcome=TestOutcome.NEGATIVE)
    judged = judge(crossing(), context(results=(pool, alone)))
    assert "TS_POOL_POSITIVE" not in health(judged).get(1, set())


@pytest.mark.parametrize("withdrawn", [{"state": FactState.WITHDRAWN}, {"standing": TestStanding.WITHDRAWN}])
def test_a_withdrawn_result_undoes_what_rested_on_it(withdrawn):
    judged = judge(crossing(), context(results=(a_result(**withdrawn),)))
    assert codes(judged) == []
    assert said(judged, Kind.REFERRAL) == []


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"state": FactState.WITHDRAWN}, "TS_CERTIFICATE_WITHDRAWN"),
        ({"outcome": TestOutcome.POSITIVE, "persons": ()}, "TS_CERTIFICATE_CONTRADICTED"),
    ],
)
def test_a_certificate_that_the_register_withdrew_or_contradicts_is_named(changes, status):
    refs = (*crossing().refs, CrossingRef(CERTIFICATE, ref("certificate"), 1, 1))
    result = a_result(after=-30 * HOUR, certificate_ref=ref("certificate"), **changes)
    judged = judge(crossing(refs=refs), context(results=(result,)))
    assert status in health(judged)[1]


@pytest.mark.parametrize("timer_found", [False, True])
def test_no_decision_in_time_is_told_by_a_timer_and_by_no_result_however_late(timer_found):
    deadline = crossing().facts.occurred_at + 10 * MINUTE
    result = a_result(after=MINUTE, at=deadline + 30 * HOUR)
    deadlines = {DECISION_DEADLINE: KnownDeadline(deadline)} if timer_found else {}
    judged = judge(crossing(), context(results=(result,), deadlines=deadlines))
    assert verdict(judged)["counted"]["none_in_time"] is timer_found
    assert bool(said(judged, Kind.RECALL)) is timer_found


@pytest.mark.parametrize("outcome", [Outcome.REFER, Outcome.CHECK_MORE, Outcome.TURN_BACK])
def test_a_crossing_that_was_not_let_through_is_not_recalled(outcome):
    judged = judge(crossing(), context(results=(a_result(),), decision=decided(outcome)))
    assert said(judged, Kind.RECALL) == []


def test_an_emergency_passes_without_a_finding():
    known = crossing()
    emergency = type(known)(known.facts.but(emergency=True), known.event_id, refs=known.refs)
    judged = judge(emergency, context(neighbours=(a_neighbour(before=MINUTE),)))
    assert codes(judged) == []
    assert verdict(judged)["reasons"] == ["EMERGENCY_PASS_THROUGH"]


def test_the_same_values_give_the_same_bytes_in_any_order():
    results = (a_result("a"), a_result("b", after=2 * HOUR))
    neighbours = (a_neighbour(before=MINUTE), a_neighbour(before=2 * MINUTE, name="another"))
    one = judge(crossing(), context(results=results, neighbours=neighbours))
    other = judge(crossing(), context(results=results[::-1], neighbours=neighbours[::-1]))
    assert one == other
    assert fields_of(one.verdict.compared) == json.loads(one.verdict.content)


def test_a_referral_says_what_the_matrix_proposes_and_nothing_where_there_is_no_matrix():
    line = {
        "code": "MEASURE_CENTRE",
        "stages": ({"where": "centre", "days": 14},),
        "test_days": (1, 7, 14),
        "sentence": {"vi": "Cách ly tập trung 14 ngày", "en": "14 days in a centre"},
    }
    policy = {"quarantine": (line,), "codes": ({"code": "MEASURE_CENTRE", "outcome": "refer"},)}
    (referral,) = said(judge(crossing(), context(policy=policy)), Kind.REFERRAL)
    assert referral["measure"]["code"] == "MEASURE_CENTRE"
    assert referral["measure"]["test_days"] == [1, 7, 14]
    judged = judge(crossing(), context(results=(a_result(),)))
    assert ["measure" in one for one in said(judged, Kind.REFERRAL)] == [False]
