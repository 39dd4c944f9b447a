from datetime import timedelta

import pytest

from schemas.events.crossing import HeadCount
from schemas.passes.kinds import ReadingReason, ReadingStatus
from schemas.rules.advice import advise
from schemas.rules.codes import Note, Rule
from schemas.rules.green_lane import rules_of_one_crossing
from schemas.rules.plates import PlateMatch, compare_plates
from schemas.rules.validity import validity_of
from schemas.words import Direction, FindingClass, Outcome, Severity
from tests.builders import (
    DRIVER,
    NOON,
    a_green_lane_reading,
    a_policy,
    a_test_reading,
    an_extension,
    facts,
    green_lane_claims,
    test_claims,
)

POLICY = a_policy()


def codes(crossing, policy=POLICY, notices=()):
    return [found.code for found in rules_of_one_crossing(crossing, policy, notices)]


def test_a_clean_truck_raises_nothing_and_is_let_through():
    advised = advise(facts(), POLICY, ())
    assert advised.found == ()
    assert advised.conclusion.outcome is Outcome.LET_THROUGH


@pytest.mark.parametrize(
    ("cab", "cargo", "raised"),
    [
        (2, 0, False),  # just the registered crew
        (2, 1, True),
        (3, None, True),  # what was seen is enough, though the cargo space was not opened
        (2, None, False),  # unknown proves nothing
        (None, None, False),
        (None, 10, True),  # ten people in a vegetable truck's cargo space
    ],
)
def test_gl01_counts_only_people_who_were_seen(cab, cargo, raised):
    assert (Rule.GL01 in codes(facts(head_count=HeadCount(cab=cab, cargo=cargo)))) is raised


def test_gl01_is_high_when_people_were_in_the_cargo_space():
    (found,) = rules_of_one_crossing(facts(head_count=HeadCount(cab=2, cargo=10)), POLICY, ())
    assert found.severity is Severity.HIGH
    assert found.finding_class is FindingClass.SUSPECTED_MISUSE
    assert found.evidence[0].numbers == {"seen": 12, "registered": 2, "cab": 2, "cargo": 10}


def test_gl01_believes_no_crew_on_a_forged_pass():
    forged = a_green_lane_reading(
        status=ReadingStatus.REJECTED, reason=ReadingReason.PASS_SIGNATURE_WRONG, valid_until=None
    )
    crossing = facts(
        readings=(forged,),
        secrets={"claims": (None,)},
        head_count=HeadCount(cab=9, cargo=0),
        direction=Direction.OUT,
    )
    assert codes(crossing) == [Rule.GL06]


@pytest.mark.parametrize(
    ("seen", "on_pass", "match", "misread"),
    [
        ("71C-123.45", "71C 12345", PlateMatch.SAME, None),
        ("71C-128.45", "71C-12B.45", PlateMatch.ONE_MISREAD, "8/B"),
        ("71C-123.45", "71C-123.46", PlateMatch.DIFFERENT, None),  # 5 and 6 are not confused
        ("71C-188.45", "71C-1BB.45", PlateMatch.DIFFERENT, None),  # two misreads are not one
        ("71C-123.4", "71C-123.45", PlateMatch.DIFFERENT, None),
        (None, "71C-123.45", PlateMatch.NOT_COMPARABLE, None),
    ],
)
def test_one_misread_letter_is_allowed_and_named(seen, on_pass, match, misread):
    assert compare_plates(seen, on_pass) == (match, misread)


def test_gl03_when_the_plate_is_another():
    assert Rule.GL03 in codes(facts(secrets={"plate": "51D-999.99"}))


def test_a_misread_is_a_note_for_the_officer_and_no_finding():
    reading = a_green_lane_reading()
    crossing = facts(
        readings=(reading,),
        secrets={"plate": "71C-12B.45", "claims": (green_lane_claims(plate="71C-128.45"),)},
        direction=Direction.OUT,
    )
    advised = advise(crossing, POLICY, ())
    assert advised.found == ()
    assert Note.PLATE_MISREAD_POSSIBLE in advised.conclusion.reasons
    assert advised.conclusion.outcome is not Outcome.LET_THROUGH


@pytest.mark.parametrize(
    ("valid_until", "raised"),
    [(NOON + timedelta(milliseconds=1), False), (NOON, True), (NOON - timedelta(days=1), True)],
)
def test_gl05_from_the_instant_of_expiry(valid_until, raised):
    crossing = facts(readings=(a_green_lane_reading(valid_until=valid_until), a_test_reading(1)))
    assert (Rule.GL05 in codes(crossing)) is raised


@pytest.mark.parametrize(("hours", "raised"), [(71.99, False), (72, True)])
def test_gl05_the_card_dies_with_the_test_of_any_one_person(hours, raised):
    claims = (green_lane_claims(), test_claims(DRIVER, sampled_at=NOON - timedelta(hours=hours)))
    lasting = a_green_lane_reading(valid_until=NOON + timedelta(days=30))
    crossing = facts(readings=(lasting, a_test_reading(1)), secrets={"claims": claims})
    assert (Rule.GL05 in codes(crossing)) is raised
    assert validity_of(crossing, POLICY, ()).occupant == 1


def test_an_announcement_extends_expired_cards():
    expired = a_green_lane_reading(
        status=ReadingStatus.REJECTED, reason=ReadingReason.PASS_EXPIRED, valid_until=NOON - timedelta(hours=1)
    )
    crossing = facts(readings=(expired, a_test_reading(1)))
    assert codes(crossing) == [Rule.GL05]
    advised = advise(crossing, POLICY, (an_extension(),))
    assert advised.found == ()
    assert Note.VALID_BY_NOTICE in advised.conclusion.reasons
    assert advised.conclusion.outcome is Outcome.LET_THROUGH


@pytest.mark.parametrize(
    "changes",
    [
        {"effective_at": NOON + timedelta(milliseconds=1)},  # not yet announced
        {"ends_at": NOON},
        {"state": "withdrawn"},
        {"of_issuer": "LONG AN"},
        {"expiring_before": NOON - timedelta(days=3)},
    ],
)
def test_an_announcement_that_does_not_cover_it_extends_nothing(changes):
    expired = a_green_lane_reading(
        status=ReadingStatus.REJECTED, reason=ReadingReason.PASS_EXPIRED, valid_until=NOON - timedelta(hours=1)
    )
    crossing = facts(readings=(expired, a_test_reading(1)))
    assert codes(crossing, notices=(an_extension(**changes),)) == [Rule.GL05]


@pytest.mark.parametrize(
    ("reason", "raised"),
    [
        (ReadingReason.PASS_SIGNATURE_WRONG, True),
        (ReadingReason.PASS_REVOKED, True),
        (ReadingReason.TOKEN_REVOKED, True),
        (ReadingReason.PASS_EXPIRED, False),
        (ReadingReason.PASS_BASE45_BROKEN, False),  # a scratched card is nobody's crime
    ],
)
def test_gl06_for_forged_and_revoked_passes_only(reason, raised):
    reading = a_green_lane_reading(status=ReadingStatus.REJECTED, reason=reason)
    assert (Rule.GL06 in codes(facts(readings=(reading, a_test_reading(1))))) is raised


def test_what_is_our_fault_is_never_misuse():
    reading = a_green_lane_reading(status=ReadingStatus.COULD_NOT_CHECK, reason=ReadingReason.KEY_UNKNOWN)
    assert Rule.GL06 not in codes(facts(readings=(reading, a_test_reading(1))))


def test_without_a_policy_nobody_is_let_through():
    conclusion = advise(facts(), None, ()).conclusion
    assert (conclusion.outcome, conclusion.binding) == (Outcome.COULD_NOT_CHECK, Note.POLICY_NONE_IN_FORCE)


def test_whatever_the_policy_does_not_name_is_checked_by_a_person():
    policy = a_policy(codes=())
    assert advise(facts(readings=(), secrets={"claims": ()}), policy, ()).conclusion.outcome is Outcome.CHECK_MORE


def test_an_ambulance_passes_without_a_reading():
    crossing = facts(readings=(), secrets={"claims": ()}, emergency={"reason": "PATIENT"}, occupants=())
    assert advise(crossing, POLICY, ()).conclusion.outcome is Outcome.LET_THROUGH


def test_health_reasons_stand_in_the_clear_as_one_code_only():
    crossing = facts(readings=(a_green_lane_reading(),), secrets={"claims": (green_lane_claims(),)})
    conclusion = advise(crossing, POLICY, ()).conclusion
    assert conclusion.outcome is Outcome.TURN_BACK
    assert conclusion.binding == Note.OCCUPANT_HEALTH
    # That a crew member's paper is missing is said of the vehicle; whose, and what it would say, is not.
    assert conclusion.public_reasons == (Rule.GL15, Note.OCCUPANT_HEALTH)
    assert not any(code.startswith("TS_") for code in conclusion.public_reasons)


def test_refer_comes_before_turn_back():
    claims = (
        green_lane_claims(),
        test_claims(DRIVER, sampled_at=NOON - timedelta(hours=80), test_outcome="positive"),
    )
    assert advise(facts(secrets={"claims": claims}), POLICY, ()).conclusion.outcome is Outcome.REFER
