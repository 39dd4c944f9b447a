"""Papers without a code, and people whom no code names: entered at the page, believed as an officer's eyes are."""

from datetime import UTC, datetime, timedelta

import pytest

from checkpoint_agent.crossing.building import Crossing, new_occupant, with_occupant, with_reading
from checkpoint_agent.crossing.papers import paper_digest, paper_read
from checkpoint_agent.page import by_hand
from checkpoint_agent.page.actions import FieldWrong, fields_of
from schemas.passes.claims import PersonClaims
from schemas.passes.kinds import Confidence, PassKind, ReadingStatus
from schemas.words import Direction, OccupantRole, TestKind, TestOutcome
from tests.builders import NOON, an_id

SLIP = {
    "paper_kind": "test_slip",
    "paper_number": "17/XN",
    "issuer": "Trạm Y tế Tân Phú",
    "sampled_at": "2021-10-05T08:30",
    "test_kind": "rapid_accredited",
    "test_outcome": "negative",
    "paper_name": "Trần Thị Mẫu",
}


def a_paper(**changes):
    return by_hand._paper(SLIP | changes, seen_by="minh", at=NOON)


@pytest.fixture
def crossing():
    empty = Crossing(crossing_id=an_id("crossing"), opened_at=NOON, counter=1, direction=Direction.IN)
    return with_occupant(empty, new_occupant(empty))


def test_a_slip_says_kind_number_issuer_time_and_who_saw_it():
    claims = a_paper()
    assert claims.sampled_at == datetime(2021, 10, 5, 1, 30, tzinfo=UTC)  # 08:30 in Bến Tre
    assert (claims.test_kind, claims.test_outcome) == (TestKind.RAPID_ACCREDITED, TestOutcome.NEGATIVE)
    assert (claims.paper_number, claims.issuer, claims.seen_by) == ("17/XN", "Trạm Y tế Tân Phú", "minh")


def test_its_confidence_is_paper_seen_and_nothing_of_it_stands_in_the_clear():
    read = paper_read(a_paper())
    assert (read.reading.kind, read.reading.status) == (PassKind.PAPER, ReadingStatus.ACCEPTED)
    assert read.reading.confidence is Confidence.PAPER_SEEN
    said = read.reading.model_dump_json()
    assert not any(secret in said for secret in ("Tân Phú", "17/XN", "Mẫu", "minh"))


def test_only_the_test_of_a_test_slip_is_taken_and_only_the_doses_of_a_vaccination_slip():
    form = {"doses": "2", "doses_needed": "2", "last_dose_on": "2021-09-01", "recovered_on": "2021-08-01"}
    vaccination = a_paper(paper_kind="vaccination_slip", **form)
    assert (vaccination.doses, vaccination.last_dose_on) == (2, "2021-09-01")
    assert vaccination.test_outcome is None
    assert vaccination.recovered_on == ""
    assert a_paper(paper_kind="discharge_paper", **form).recovered_on == "2021-08-01"
    assert a_paper(**form).doses is None


def test_nothing_of_a_paper_is_required():
    claims = by_hand._paper({}, seen_by="minh", at=NOON)
    assert (claims.paper_kind, claims.person) == ("other_paper", None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"sampled_at": "yesterday"},
        {"sampled_at": "2021-10-06T12:11"},  # after now, by more than clocks differ
        {"sampled_at": "2019-12-31T00:00"},
        {"test_kind": "guess"},
        {"paper_kind": "visa"},
        {"issuer": "x" * 101},
        {"birth_year": "1066"},
    ],
)
def test_what_cannot_be_is_refused_by_its_field(wrong):
    with pytest.raises(FieldWrong) as refused:
        a_paper(**wrong)
    assert refused.value.field == next(iter(wrong))
    assert next(iter(wrong.values())) not in str(refused.value)


def test_the_same_paper_counts_once_and_one_of_somebody_new_opens_an_occupant(crossing):
    claims = a_paper()
    number = by_hand._whose({"whose": "new"}, crossing)
    for _ in range(2):
        crossing = with_reading(crossing, paper_digest(claims, number), paper_read(claims), occupant=number)
    assert len(crossing.readings) == 1
    assert crossing.occupants[-1].person.name == "Trần Thị Mẫu"
    assert [one.number for one in crossing.occupants] == [1, 2]


@pytest.mark.parametrize(("whose", "number"), [("", None), ("1", 1), ("new", 2)])
def test_a_paper_is_the_vehicles_an_occupants_or_of_somebody_new(crossing, whose, number):
    assert by_hand._whose({"whose": whose}, crossing) == number


def test_a_paper_of_nobody_there_is_refused(crossing):
    with pytest.raises(FieldWrong):
        by_hand._whose({"whose": "9"}, crossing)


def test_a_person_is_changed_only_where_something_was_filled_in(crossing):
    known = crossing.occupant(1)
    card = PersonClaims(name="Nguyễn Văn Thử", number="083090000001", birth_date="1990-02-03")
    crossing = with_occupant(crossing, by_hand.replace(known, person=card))
    form = {"number": "1", "birth_year": "1990", "telephone": "0900000001", "role": "passenger"}
    changed = by_hand._with_particulars(crossing, 1, form, by_hand._particulars(form)).occupant(1)
    assert changed.person == card
    assert (changed.telephone, changed.role) == ("0900000001", OccupantRole.PASSENGER)
    form = {"name": "Nguyễn Văn Thụ", "birth_year": "1991"}
    changed = by_hand._with_particulars(crossing, 1, form, {}).occupant(1)
    assert (changed.person.name, changed.person.birth_date) == ("Nguyễn Văn Thụ", "1991")
    assert changed.person.number == card.number


def test_somebody_without_papers_and_without_a_name_is_recorded(crossing):
    form = {"no_papers": "1", "acted_for_by": "bác Ba, ấp 3"}
    after = by_hand._with_particulars(crossing, None, form, by_hand._particulars(form))
    assert after.occupants[-1].no_papers
    assert after.occupants[-1].person == PersonClaims()
    assert after.occupants[-1].acted_for_by == "bác Ba, ấp 3"


def test_nobody_is_changed_who_is_not_there(crossing):
    with pytest.raises(FieldWrong):
        by_hand._with_particulars(crossing, 9, {}, {})


def test_the_commune_of_destination_is_a_code_of_five_digits():
    assert fields_of({"destination_commune": "28810"}) == {"destination_commune": "28810"}
    assert fields_of({"destination_commune": ""}) == {"destination_commune": None}
    with pytest.raises(FieldWrong):
        fields_of({"destination_commune": "Tân Phú"})


@pytest.mark.parametrize("code", ["79", "760", "26740"])
def test_where_they_come_from_is_the_code_of_a_province_district_or_commune(code):
    assert fields_of({"origin_unit": code}) == {"origin_unit": code}
    assert fields_of({"origin_unit": ""}) == {"origin_unit": None}
    with pytest.raises(FieldWrong):
        fields_of({"origin_unit": "Sài Gòn"})


def test_a_sample_taken_minutes_ahead_of_our_clock_is_believed():
    ahead = (NOON + timedelta(hours=7, minutes=9)).strftime("%Y-%m-%dT%H:%M")
    assert a_paper(sampled_at=ahead).sampled_at > NOON
