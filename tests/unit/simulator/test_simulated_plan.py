"""The plan: same seed, same morning; every case there; nothing raised that was not planted."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from deploy.demo.posts import LANES, SIMULATED
from deploy.simulator.plan import plan
from deploy.simulator.plan_model import Case, CitizenCard, Counts, GreenLanePass, TestPass
from deploy.simulator.slots import NoRoom
from deploy.simulator.truth import planted_in, read_truth, truths_of, write_truth
from schemas.rules.plates import PlateMatch, compare_plates
from schemas.words import Outcome
from tests.unit.simulator.mornings import END, POLICY, START, a_plan


def of_case(drawn, case):
    return [crossing for crossing in drawn.crossings if crossing.case is case]


def pairs(drawn, case):
    ones = [crossing for crossing in of_case(drawn, case) if crossing.partner]
    by_name = {crossing.sheet_id: crossing for crossing in ones}
    return [(one, by_name[one.partner]) for one in ones if one.sheet_id < one.partner]


def test_the_same_seed_gives_the_same_morning():
    assert a_plan(7) == a_plan(7)
    assert a_plan(7) != a_plan(8)


def test_two_mornings_with_one_seed_share_nobody():
    one, other = a_plan(7), a_plan(7, start=START + timedelta(minutes=10))
    shared = {text for c in one.crossings for text in planted_in(c)} & {
        text for c in other.crossings for text in planted_in(c)
    }
    assert {text for text in shared if any(letter.isdigit() for letter in text)} == set()  # names come back
    assert Counter(c.case for c in one.crossings) == Counter(c.case for c in other.crossings)


@pytest.mark.parametrize("seed", range(20))
def test_the_default_morning_has_every_case_in_its_number(seed):
    counted = Counter(crossing.case for crossing in a_plan(seed).crossings)
    counts = Counts()
    assert counted[Case.CLEAN] == counts.clean
    assert counted[Case.CLONED] == 2 * counts.cloned
    assert counted[Case.TURNED_BACK] == 2 * counts.turned_back + counts.turned_back_positive
    assert set(counted) == set(Case) - {Case.STAYS_INSIDE}
    assert 60 <= sum(counted.values()) == counts.crossings <= 120


@pytest.mark.parametrize("crossings", [10, 25, 120, 500, 2000])
def test_a_bulk_morning_has_exactly_as_many_crossings_as_asked(crossings):
    counts = Counts.of(crossings)
    assert len(a_plan(counts=counts).crossings) == crossings == counts.crossings


def test_too_few_crossings_for_every_case_are_refused():
    with pytest.raises(ValueError, match="no room"):
        Counts.of(9)


def test_a_pair_that_does_not_fit_into_the_morning_is_refused():
    with pytest.raises(NoRoom):
        plan(1, SIMULATED, POLICY, START, START + timedelta(minutes=10))
    with pytest.raises(NoRoom):
        plan(1, SIMULATED[:1], POLICY, START, END)


def test_times_are_inside_the_morning_in_order_and_each_unique_at_its_station():
    drawn = a_plan(counts=Counts.of(500))
    places = [(crossing.station_id, crossing.closed_at) for crossing in drawn.crossings]
    assert len(set(places)) == len(places)
    for crossing in drawn.crossings:
        assert START <= crossing.opened_at < crossing.closed_at < crossing.decided_at <= END
    for station in {station for station, _ in places}:
        here = [crossing for crossing in drawn.crossings if crossing.station_id == station]
        assert all(one.decided_at <= other.opened_at for one, other in pairwise(here))


def test_sheets_are_named_in_the_order_of_closing():
    drawn = a_plan()
    names = [crossing.sheet_id for crossing in drawn.crossings]
    assert names == sorted(names)
    assert [c.closed_at for c in drawn.crossings] == sorted(c.closed_at for c in drawn.crossings)


@pytest.mark.parametrize("seed", range(10))
def test_a_cloned_pass_is_at_two_posts_faster_than_the_road_and_both_clocks_explain(seed):
    drawn = a_plan(seed)
    assert len(pairs(drawn, Case.CLONED)) == 2
    for one, other in pairs(drawn, Case.CLONED):
        assert one.post_id != other.post_id
        assert one.plate == other.plate
        assert one.shown[0] == other.shown[0]
        allowed = POLICY.travel_time(one.post_id, other.post_id) - 2 * POLICY.clock_error_when_unknown
        assert other.closed_at - one.closed_at < allowed
        assert {a.person.number for a in one.occupants}.isdisjoint(a.person.number for a in other.occupants)


@pytest.mark.parametrize("seed", range(10))
def test_who_was_turned_back_comes_again_at_a_time_that_the_road_explains(seed):
    drawn = a_plan(seed)
    for one, other in pairs(drawn, Case.TURNED_BACK):
        assert one.expected.advised is Outcome.TURN_BACK
        assert other.expected.advised is Outcome.LET_THROUGH
        assert other.closed_at - one.closed_at > 2 * POLICY.travel_time(one.post_id, other.post_id)
        assert one.occupants[0].person == other.occupants[0].person


def test_nobody_but_pairs_is_seen_twice():
    drawn = a_plan(counts=Counts.of(1000))
    single = [crossing for crossing in drawn.crossings if crossing.partner is None]
    numbers = [aboard.person.number for crossing in drawn.crossings for aboard in crossing.occupants]
    assert len({crossing.plate for crossing in single}) == len(single)
    twice = [number for number, times in Counter(numbers).items() if times > 1]
    back = [pairs(drawn, case) for case in (Case.TURNED_BACK, Case.CERTIFICATE, Case.LAWFUL)]
    ways = [pair for case in (Case.ON_THE_WAY, Case.LAWFUL_WAY) for pair in pairs(drawn, case)]
    on_both = [
        {aboard.person.number for aboard in one.occupants} & {aboard.person.number for aboard in other.occupants}
        for one, other in ways
    ]
    assert len(twice) == sum(map(len, [*back, *on_both]))


def test_a_result_comes_after_its_crossing_and_before_the_end():
    drawn = a_plan()
    assert len(drawn.results) == Counts().positive_later + Counts().turned_back_positive
    for result in drawn.results:
        crossing = drawn.by_sheet[result.after_sheet]
        assert crossing.closed_at < result.sampled_at < result.resulted_at <= END
        assert result.person == crossing.occupants[0].person


def test_every_clean_paper_is_in_time_when_it_is_shown():
    for crossing in of_case(a_plan(counts=Counts.of(500)), Case.CLEAN):
        for shown in crossing.shown:
            if isinstance(shown.paper, TestPass | GreenLanePass):
                assert shown.paper.valid_until > crossing.closed_at


def test_a_citizens_number_agrees_with_sex_and_year_of_birth():
    for crossing in a_plan().crossings:
        for aboard in crossing.occupants:
            person = aboard.person
            digit = int(person.number[3])
            assert len(person.number) == 12
            assert digit % 2 == (0 if person.male else 1)
            assert digit // 2 == (0 if person.birth_date.year < 2000 else 1)
            assert int(person.number[4:6]) == person.birth_date.year % 100


def test_expected_alerts_hang_on_one_crossing_each():
    alerts = Counter(code for crossing in a_plan().crossings for code in crossing.expected.alerts)
    counts = Counts()
    assert alerts == {
        "GL06": counts.forged,
        "GL01": counts.head_count,
        "GL07": counts.cloned,
        "GL13": counts.positive_later,
        "GL09": counts.boarded + counts.dropped,
        "GL16": counts.seen_elsewhere,
        "GL17": counts.seal_changed,
        "GL02": counts.not_on_pass,
        "GL03": counts.another_plate,
        "GL04": counts.wrong_class,
        "GL08": counts.sold_card,
        "GL11": counts.off_route,
    }


def test_a_plan_for_all_four_posts_is_possible():
    assert {crossing.post_id for crossing in a_plan(lanes=LANES).crossings} == {lane.post_id for lane in LANES}


def test_the_truth_file_says_everything_again_and_is_private(tmp_path):
    drawn = a_plan()
    path = tmp_path / "truth.jsonl"
    write_truth(drawn, path)
    assert path.stat().st_mode & 0o077 == 0
    assert read_truth(path) == list(truths_of(drawn))
    planted = {text for truth in read_truth(path) for text in truth.planted}
    assert {crossing.plate for crossing in drawn.crossings} <= planted
    assert {a.person.number for crossing in drawn.crossings for a in crossing.occupants} <= planted


def test_a_typed_person_shows_no_card():
    drawn = a_plan(counts=replace(Counts(), clean=200))
    typed = [crossing for crossing in drawn.crossings if crossing.occupants[0].typed]
    assert typed
    assert not any(isinstance(shown.paper, CitizenCard) for crossing in typed for shown in crossing.shown)


def test_where_few_crossings_fit_the_seldom_cases_are_left_out_and_otherwise_all_are_there():
    few, enough = (Counter(c.case for c in a_plan(counts=Counts.of(n)).crossings) for n in (12, 120))
    assert Case.NOT_ON_PASS not in few
    assert set(enough) == set(Case) - {Case.STAYS_INSIDE}


@pytest.mark.parametrize("seed", range(10))
def test_a_look_alike_expects_nothing(seed):
    lawful = of_case(a_plan(seed), Case.LAWFUL)
    assert len(lawful) == Counts().lawful + 2 * Counts().lawful_pair
    for crossing in lawful:
        expected = crossing.expected
        assert (expected.verdict, expected.findings, expected.alerts) == (Outcome.LET_THROUGH, (), ())


@pytest.mark.parametrize("seed", range(10))
def test_a_pass_of_another_truck_is_no_misread_and_its_look_alike_is_one(seed):
    drawn = a_plan(seed)
    for case, match in ((Case.ANOTHER_PLATE, PlateMatch.DIFFERENT), (Case.MISREAD, PlateMatch.ONE_MISREAD)):
        (truck,) = of_case(drawn, case)
        assert compare_plates(truck.plate, truck.shown[0].paper.plate)[0] is match


def test_a_plate_of_the_look_alike_differs_by_one_letter_that_is_misread():
    for one, other in pairs(a_plan(), Case.LAWFUL):
        assert one.plate != other.plate
        assert compare_plates(one.plate, other.plate) == (PlateMatch.ONE_MISREAD, "8/B")
    for one, other in pairs(a_plan(), Case.SOLD_CARD):
        assert compare_plates(one.plate, other.plate)[0] is PlateMatch.DIFFERENT


def test_plans_that_share_what_is_taken_never_meet_a_person_or_a_plate_again():
    taken: set[str] = set()
    one, other = (plan(seed, SIMULATED, POLICY, START, END, taken=taken) for seed in (1, 1))
    named = [set(text for crossing in made.crossings for text in planted_in(crossing)) for made in (one, other)]
    numbers = [{text for text in texts if any(map(str.isdigit, text)) and ", " not in text} for texts in named]
    assert numbers[0]
    assert numbers[0].isdisjoint(numbers[1])


def test_without_it_the_same_seed_and_morning_give_the_same_people():
    assert a_plan(1) == a_plan(1)


@pytest.mark.parametrize("seed", range(10))
def test_a_way_between_two_posts_is_neither_too_fast_nor_too_slow(seed):
    drawn = a_plan(seed)
    ways = [*pairs(drawn, Case.ON_THE_WAY), *pairs(drawn, Case.LAWFUL_WAY)]
    assert len(ways) == 7
    asked = POLICY.between_posts
    for one, other in ways:
        least = POLICY.travel_time(one.post_id, other.post_id)
        gap = other.closed_at - one.closed_at
        assert least < gap < least * asked.slow_percent / 100 + asked.slow_allowance
        assert one.plate == other.plate


def test_a_look_alike_on_the_way_expects_nothing():
    lawful = of_case(a_plan(), Case.LAWFUL_WAY)
    assert {crossing.expected.verdict for crossing in lawful} == {Outcome.LET_THROUGH}
    assert {crossing.expected.findings for crossing in lawful} == {()}
