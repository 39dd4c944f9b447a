"""The crossing being built: states, people, what is withheld, and what leaves in the clear."""

from dataclasses import replace
from datetime import timedelta

import pytest

from checkpoint_agent.crossing.advising import Rules, advising
from checkpoint_agent.crossing.building import (
    Crossing,
    ReasonNeeded,
    abandoned,
    changed,
    closed,
    corrected,
    decided,
    digest_of,
    with_reading,
    with_same_person,
    without_reading,
)
from checkpoint_agent.crossing.people import perhaps_the_same
from checkpoint_agent.crossing.records import Desk, closed_record, secrets_of
from checkpoint_agent.crossing.states import LEADS_TO, Act, NotNow, State
from schemas.events.crossing import HeadCount
from schemas.events.decision import Shown
from schemas.passes.claims import CitizenClaims
from schemas.passes.kinds import Confidence, PassKind, ReadingStatus
from schemas.passes.reading import PassReading, Reading
from schemas.policy.matters import InspectionRate
from schemas.words import Direction, OccupantRole, Outcome, VehicleClass
from tests.builders import (
    DRIVER,
    MATE,
    NOON,
    a_green_lane_reading,
    a_policy,
    a_test_reading,
    an_id,
    green_lane_claims,
    test_claims,
)

DESK = Desk("rach-mieu-1", "rach-mieu", 1, 1, officer_id="minh")
ADVICE = Shown(what="advice", outcome=Outcome.LET_THROUGH)
MASKED = DRIVER.model_copy(update={"number": None, "masked_number": "******000001"})


def an_open(**fields):
    fields = {"direction": Direction.IN, "vehicle_class": VehicleClass.TRUCK} | fields
    return Crossing(an_id("crossing"), NOON, 1, **fields)


def green_lane():
    return PassReading(reading=a_green_lane_reading(), claims=green_lane_claims())


def a_tested(person):
    reading = a_test_reading(0).model_copy(update={"occupant": None})
    return PassReading(reading=reading, claims=test_claims(person, sampled_at=NOON - timedelta(hours=30)))


def citizen_card(person):
    reading = Reading(
        kind=PassKind.CITIZEN_CARD, status=ReadingStatus.ACCEPTED, confidence=Confidence.UNSIGNED_TEXT
    )
    return PassReading(reading=reading, claims=CitizenClaims(person=person))


def shown(crossing, *reads):
    for read in reads:
        crossing = with_reading(crossing, digest_of(repr(read)), read)
    return crossing


def test_every_state_says_where_each_act_leads_and_an_abandoned_crossing_leads_nowhere():
    assert set(LEADS_TO) == set(State)
    assert LEADS_TO[State.ABANDONED] == {}


@pytest.mark.parametrize("act", [lambda c: changed(c), lambda c: closed(c, at=NOON), abandoned])
def test_a_closed_crossing_is_changed_by_a_correction_only(act):
    crossing = closed(an_open(), at=NOON)
    with pytest.raises(NotNow):
        act(crossing)
    assert corrected(crossing, plate="71C-1").revision == 2


def test_the_same_code_counts_once():
    crossing = shown(an_open(), green_lane(), green_lane())
    assert len(crossing.readings) == 1


def test_two_codes_that_show_one_number_are_of_one_person():
    crossing = shown(an_open(), a_tested(DRIVER), citizen_card(DRIVER))
    assert [o.number for o in crossing.occupants] == [1]
    assert [r.reading.occupant for r in crossing.readings] == [1, 1]


def test_without_a_number_the_officer_is_asked_and_nobody_is_merged():
    crossing = shown(an_open(), a_tested(MASKED), citizen_card(DRIVER))
    assert [o.number for o in crossing.occupants] == [1, 2]
    assert perhaps_the_same(crossing.occupants) == [(1, 2)]

    one = with_same_person(crossing, 1, 2)
    assert [r.reading.occupant for r in one.readings] == [1, 1]
    assert one.occupants[0].person.number == DRIVER.number
    assert one.occupants[0].person.masked_number == MASKED.masked_number


def test_two_numbers_are_two_people_whatever_their_names():
    twin = DRIVER.model_copy(update={"number": "083090000009"})
    crossing = shown(an_open(), citizen_card(DRIVER), citizen_card(twin))
    assert len(crossing.occupants) == 2
    assert perhaps_the_same(crossing.occupants) == []


def test_roles_are_proposed_by_the_class():
    truck = shown(an_open(), a_tested(DRIVER), a_tested(MATE))
    rider = shown(an_open(vehicle_class=VehicleClass.MOTORBIKE), a_tested(DRIVER), a_tested(MATE))
    assert [o.role for o in truck.occupants] == [OccupantRole.DRIVER, OccupantRole.CREW]
    assert rider.occupants[1].role is OccupantRole.PASSENGER


def test_undoing_a_code_forgets_whom_it_alone_had_named():
    crossing = shown(an_open(), a_tested(DRIVER), a_tested(MATE))
    left = without_reading(crossing, 0)
    assert [o.person.name for o in left.occupants] == [MATE.name]
    assert len(shown(left, a_tested(DRIVER)).readings) == 2


def test_plate_and_crew_of_the_pass_are_withheld_until_the_officer_looked():
    crossing = shown(an_open(), green_lane())
    assert (crossing.plate_on_pass, crossing.crew_on_pass) == (None, None)
    assert changed(crossing, plate="71C-1").plate_on_pass == "71C-123.45"
    assert changed(crossing, head_count=HeadCount(cab=1)).crew_on_pass.registered_crew == 2


def test_an_unknown_head_count_stays_unknown():
    record = closed_record(
        closed(an_open(), at=NOON), DESK, at=NOON, clock_error_ms=None, advice=an_advising(an_open()).advice
    )
    assert record.head_count == HeadCount(cab=None, cargo=None)


def an_advising(crossing):
    return advising(crossing, DESK, Rules((a_policy(),)), at=NOON)


def test_the_advice_follows_each_change():
    empty = an_open()
    with_papers = shown(empty, green_lane(), a_tested(DRIVER))
    crowded = changed(with_papers, head_count=HeadCount(cab=2, cargo=3))
    outcomes = [an_advising(c).outcome for c in (empty, with_papers, crowded)]
    assert outcomes == [Outcome.CHECK_MORE, Outcome.LET_THROUGH, Outcome.CHECK_MORE]


def test_the_draw_is_by_the_counter_of_the_first_scan_and_stands_in_the_record():
    def drawn_at(per_mille, crossing):
        policy = a_policy(inspection_rates=(InspectionRate(per_mille=per_mille),))
        made = advising(crossing, DESK, Rules((policy,)), at=NOON, station_key=b"k" * 32)
        record = closed_record(
            closed(crossing, at=NOON), DESK, at=NOON, clock_error_ms=1, advice=made.advice, drawn=made.drawn
        )
        assert record.inspection.drawn is made.drawn
        return made.drawn, "INSPECTION_DRAWN" in made.advice.reasons

    crossing = an_open()
    assert drawn_at(1000, crossing) == (True, True)
    assert drawn_at(0, crossing) == (None, False)
    half = [drawn_at(500, replace(crossing, counter=counter))[0] for counter in range(1, 60)]
    assert set(half) == {True, False}
    later = [drawn_at(500, replace(crossing, counter=counter, plate="71C-1"))[0] for counter in range(1, 60)]
    assert half == later
    assert an_advising(crossing).drawn is None


def test_without_a_policy_nobody_is_let_through():
    assert advising(an_open(), DESK, Rules(), at=NOON).outcome is Outcome.COULD_NOT_CHECK


def test_nothing_personal_is_in_the_clear():
    crossing = changed(shown(an_open(), green_lane(), a_tested(DRIVER)), plate="71C-123.45", telephone="0901")
    record = closed_record(
        closed(crossing, at=NOON), DESK, at=NOON, clock_error_ms=1, advice=an_advising(crossing).advice
    )
    clear = record.model_dump_json()
    secrets = secrets_of(crossing, revision=1)
    for planted in ("71C", DRIVER.name, DRIVER.number, DRIVER.birth_date, "0901", "BT-000001"):
        assert planted not in clear
        assert planted not in repr(crossing)
    assert (secrets.plate, secrets.occupants[0].person.number) == ("71C-123.45", DRIVER.number)
    assert len(secrets.claims) == len(record.readings)


def test_a_decision_unlike_what_was_shown_needs_a_reason():
    crossing = closed(an_open(), at=NOON)
    with pytest.raises(ReasonNeeded):
        decided(crossing, Outcome.HOLD, at=NOON, shown=ADVICE, reason=None)
    done = decided(crossing, Outcome.HOLD, at=NOON, shown=ADVICE, reason="OTHER")
    assert (done.state, done.decision.revision) == (State.DECIDED, 1)
    again = decided(done, Outcome.LET_THROUGH, at=NOON, shown=ADVICE, reason=None)
    assert again.decision.revision == 2


def test_an_open_crossing_cannot_be_decided():
    with pytest.raises(NotNow) as refused:
        decided(an_open(), Outcome.HOLD, at=NOON, shown=ADVICE, reason=None)
    assert refused.value.act is Act.DECIDE
    assert replace(an_open()).state is State.OPEN
