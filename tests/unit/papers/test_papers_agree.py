"""Card against QR against test pass against what was entered: what does not fit, and what is no contradiction."""

from datetime import timedelta

import pytest

from schemas.events.crossing import OccupantSecrets, OccupantSeen
from schemas.passes.claims import CitizenClaims, HealthClaims, PaperClaims, PersonClaims
from schemas.passes.kinds import Confidence, PassKind, ReadingReason, ReadingStatus
from schemas.passes.reading import Reading
from schemas.plain import as_kept
from schemas.rules.advice import advise
from schemas.rules.agreement import agree, may_be
from schemas.sentences import sentence
from schemas.words import OccupantRole, Outcome, TestBasis, TestOutcome
from tests.builders import NOON, a_policy, facts, test_claims

NUMBER = "083090001234"  # a man, registered in Bến Tre, born in 1990
CARD = PersonClaims(name="Nguyễn Văn Đạt", number=NUMBER, birth_date="1990-01-31", sex="male")
OTHER = PersonClaims(name="Trần Thị Mẫu", number="083190005678", birth_date="1990-04-05", sex="female")


def shown(person, *, status=ReadingStatus.ACCEPTED, reason=None, kind=PassKind.CITIZEN_CARD):
    reading = Reading(kind=kind, status=status, reason=reason, confidence=Confidence.UNSIGNED_TEXT, occupant=1)
    return reading, CitizenClaims(person=person)


def a_group(*covered, sampled=CARD):
    claims = test_claims(sampled, sampled_at=NOON - timedelta(hours=5), covered=covered, basis="representative")
    reading = Reading(
        kind=PassKind.HEALTH_PASS, status=ReadingStatus.ACCEPTED, confidence=Confidence.SIGNED, occupant=1
    )
    return reading, claims


@pytest.mark.parametrize(
    ("second", "codes"),
    [
        (CARD, ()),
        (PersonClaims(masked_number="******001234"), ()),  # the masked digits fit
        (PersonClaims(masked_number="******001235"), ("PAPERS_NUMBERS_DIFFER",)),
        (PersonClaims(number="083090001235"), ("PAPERS_NUMBERS_DIFFER",)),
        (PersonClaims(old_number="320123456"), ()),  # nothing to compare it with
        (PersonClaims(name="NGUYEN VAN DAT"), ()),  # as passports and EU passes write it
        (PersonClaims(name="Dat Nguyen Van"), ()),
        (PersonClaims(name="Nguyễn Văn Đạc"), ("PAPERS_NAMES_DIFFER",)),
        (PersonClaims(birth_date="1990"), ()),  # a year fits every day of it
        (PersonClaims(birth_date="1990-01-30"), ("PAPERS_BIRTH_DATES_DIFFER",)),
        (PersonClaims(birth_date="1991"), ("PAPERS_BIRTH_DATES_DIFFER", "PAPERS_NUMBER_IMPOSSIBLE")),
        (PersonClaims(sex="female"), ("PAPERS_SEXES_DIFFER", "PAPERS_NUMBER_IMPOSSIBLE")),
        (PersonClaims(), ()),
    ],
)
def test_a_card_and_a_second_paper_of_one_occupant(second, codes):
    assert agree([shown(CARD), shown(second)]) == codes
    assert agree([shown(second), shown(CARD)]) == codes
    assert agree([shown(CARD)], second) == codes  # entered by the officer instead


@pytest.mark.parametrize(
    ("number", "birth_date", "sex"),
    [
        ("083190001234", "1990-01-31", "male"),  # digit 4 says a woman
        ("083090001234", "1989-01-31", "male"),  # digits 5 and 6 say 1990
        ("083290001234", "1990-01-31", "male"),  # digit 4 says the 2000s
        ("099090001234", "1990-01-31", "male"),  # there is no place 099
    ],
)
def test_a_number_that_does_not_fit_sex_birth_year_or_place_is_named_wherever_these_were_said(
    number, birth_date, sex
):
    entered = PersonClaims(birth_date=birth_date, sex=sex)
    assert "PAPERS_NUMBER_IMPOSSIBLE" in agree([shown(PersonClaims(number=number))], entered)


def test_what_a_rejected_code_says_disagrees_with_nobody_and_an_expired_one_is_genuine():
    rejected = shown(OTHER, status=ReadingStatus.REJECTED, reason=ReadingReason.PASS_SIGNATURE_WRONG)
    expired = shown(OTHER, status=ReadingStatus.REJECTED, reason=ReadingReason.PASS_EXPIRED)
    assert agree([shown(CARD), rejected]) == ()
    assert "PAPERS_NUMBERS_DIFFER" in agree([shown(CARD), expired])


def test_every_code_has_a_sentence_in_both_languages():
    for code in agree([shown(CARD), shown(OTHER)], OTHER.model_copy(update={"sex": "male"})):
        assert sentence(code).vi != sentence(code).en != code


# --- group tests


def test_a_test_certificate_used_for_a_person_outside_its_covered_group_is_named_and_does_not_count():
    group = a_group(CARD.model_copy(update={"number": None, "masked_number": "******001234"}))
    assert agree([group], OTHER) == ("TEST_COVERS_OTHERS",)
    assert agree([group], CARD) == ()
    crossing = facts(
        readings=(group[0],),
        occupants=(OccupantSeen(occupant=1, role=OccupantRole.DRIVER),),
        secrets={"claims": (group[1],), "occupants": (OccupantSecrets(occupant=1, person=OTHER),)},
    )
    assert crossing.occupants[0].tests == ()
    _, reasons = advise(crossing, a_policy(), ()).conclusion.occupants[1]
    assert "TEST_COVERS_OTHERS" in reasons
    assert "TS_NONE_SHOWN" in reasons
    assert advise(crossing, a_policy(), ()).conclusion.outcome is Outcome.TURN_BACK


def test_a_group_test_counts_for_the_covered_whoever_of_them_showed_it():
    member = PersonClaims(name="Trần Thị Mẫu", birth_date="1990")
    group = a_group(member)
    crossing = facts(
        readings=(group[0],),
        occupants=(
            OccupantSeen(occupant=1, role=OccupantRole.DRIVER),
            OccupantSeen(occupant=2, role=OccupantRole.PASSENGER),
            OccupantSeen(occupant=3, role=OccupantRole.PASSENGER),
        ),
        secrets={
            "claims": (group[1],),
            "occupants": (
                OccupantSecrets(occupant=1, person=CARD),
                OccupantSecrets(occupant=2, person=OTHER),
                OccupantSecrets(occupant=3, person=PersonClaims(name="Trần Thị Mẫu", birth_date="1991")),
            ),
        },
    )
    assert [len(one.tests) for one in crossing.occupants] == [1, 1, 0]
    assert {test.basis for one in crossing.occupants for test in one.tests} == {TestBasis.REPRESENTATIVE}


def test_somebody_of_whom_nothing_is_known_is_not_said_to_be_outside_a_group():
    assert agree([a_group(OTHER)], PersonClaims()) == ()
    assert agree([a_group(OTHER)], PersonClaims(name="Nguyễn Văn Đạt")) == ()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (CARD, PersonClaims(number=NUMBER), True),
        (CARD, OTHER, False),
        (CARD, PersonClaims(masked_number="******001234", birth_date="1990"), True),
        (CARD, PersonClaims(masked_number="******001234"), False),  # six digits are shared by thousands
        (CARD, PersonClaims(masked_number="******001234", name="Nguyễn Văn Đạt"), True),
        (CARD, PersonClaims(name="Nguyễn Văn Đạt"), False),  # names collide
        (CARD, PersonClaims(name="Nguyễn Văn Đạt", birth_date="1990-01"), True),
        (CARD, PersonClaims(name="Nguyễn Văn Đạt", birth_date="1991"), False),
        (PersonClaims(), PersonClaims(), False),
    ],
)
def test_two_descriptions_may_be_one_person_by_more_than_a_name(one, other, same):
    assert may_be(one, other) is same
    assert may_be(other, one) is same


def test_a_paper_that_the_officer_saw_counts_with_its_own_confidence():
    reading = Reading(
        kind=PassKind.PAPER, status=ReadingStatus.ACCEPTED, confidence=Confidence.PAPER_SEEN, occupant=1
    )
    paper = PaperClaims(
        paper_kind="test",
        test_kind="pcr",
        test_outcome=TestOutcome.NEGATIVE,
        sampled_at=NOON - timedelta(hours=5),
        person=OTHER,
        seen_by="officer-1",
    )
    crossing = facts(
        readings=(reading,),
        secrets={"claims": (paper,), "occupants": (OccupantSecrets(occupant=1, person=CARD),)},
    )
    (one,) = crossing.occupants
    assert [test.confidence for test in one.tests] == [Confidence.PAPER_SEEN]
    assert "PAPERS_NUMBERS_DIFFER" in one.disagreements


def test_facts_name_nobody_though_their_papers_disagree():
    group = a_group(CARD)
    crossing = facts(
        readings=(group[0],),
        secrets={"claims": (group[1],), "occupants": (OccupantSecrets(occupant=1, person=OTHER),)},
    )
    said = as_kept(crossing)
    assert not any(secret in said for secret in (CARD.name, OTHER.name, NUMBER, "1990-01-31"))
    assert isinstance(group[1], HealthClaims)
