"""GL14 and GL15 as one crossing shows them: papers of others, dates edited by hand, tests that are missing."""

from datetime import timedelta

import pytest

from schemas.events.crossing import OccupantSecrets, OccupantSeen
from schemas.passes.claims import PaperClaims, PersonClaims
from schemas.passes.kinds import Confidence, PassKind, ReadingReason, ReadingStatus
from schemas.policy.matters import Exemption, Sentence
from schemas.policy.policy import TestDemand
from schemas.rules.codes import Rule
from schemas.rules.green_lane import rules_of_one_crossing
from schemas.words import Direction, FindingClass, OccupantRole, Severity, TestKind, TestOutcome
from tests.builders import (
    DRIVER,
    MATE,
    NOON,
    a_green_lane_reading,
    a_policy,
    a_test_reading,
    facts,
    green_lane_claims,
    test_claims,
)

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
SAMPLED = NOON - 30 * HOUR  # 06:00 local, the day before
PAPER = a_test_reading(1, kind=PassKind.PAPER, confidence=Confidence.PAPER_SEEN, issuer=None)


def a_paper(sampled_at=SAMPLED, *, number="XN-0123", issuer="TTYT Ba Tri", **changes):
    return PaperClaims(
        paper_kind="test_slip",
        paper_number=number,
        issuer=issuer,
        sampled_at=sampled_at,
        test_kind=TestKind.PCR,
        test_outcome=TestOutcome.NEGATIVE,
        **changes,
    )


def a_truck(*shown, people=(DRIVER,), roles=(OccupantRole.DRIVER, OccupantRole.CREW), **changes):
    """``shown``: pairs of a reading and its claims, beside the green-lane pass."""
    return facts(
        readings=(a_green_lane_reading(), *(reading for reading, _ in shown)),
        occupants=tuple(OccupantSeen(occupant=n, role=roles[n - 1]) for n in range(1, len(people) + 1)),
        secrets={
            "claims": (green_lane_claims(), *(claims for _, claims in shown)),
            "occupants": tuple(OccupantSecrets(occupant=n, person=one) for n, one in enumerate(people, 1)),
        },
        **changes,
    )


def found(code, crossing, *, tested=frozenset(), **policy):
    raised = rules_of_one_crossing(crossing, a_policy(**policy), (), tested=tested)
    return next((one for one in raised if one.code is code), None)


def codes_of(found):
    return [one.code for one in found.evidence] if found else []


# GL14


@pytest.mark.parametrize(
    ("other", "differs"),
    [
        (SAMPLED, False),
        (SAMPLED + DAY, True),  # the day on the paper was edited by hand
        (SAMPLED + 10 * HOUR, False),  # the same local day
        (SAMPLED - 6 * HOUR - MINUTE, True),  # 23:59 of the day before
    ],
)
def test_dates_edited_by_hand(other, differs):
    """The code and the paper of one certificate, shown together."""
    signed = test_claims(DRIVER, sampled_at=SAMPLED, certificate_id="XN-0123")
    crossing = a_truck((a_test_reading(1), signed), (PAPER, a_paper(other)))
    raised = found(Rule.GL14, crossing)
    assert codes_of(raised) == (["CERTIFICATE_DATES_DIFFER"] if differs else [])
    if raised:
        assert (raised.finding_class, raised.severity) == (FindingClass.PAPER, Severity.LOW)
        assert raised.evidence[0].instants == dict(zip(("first", "second"), sorted((SAMPLED, other)), strict=True))


@pytest.mark.parametrize(("gap", "differs"), [(2 * HOUR, False), (2 * HOUR + MINUTE, True)])
def test_two_readings_of_one_time_around_midnight_are_one_date(gap, differs):
    late = NOON - 13 * HOUR  # 23:00 local
    signed = test_claims(DRIVER, sampled_at=late, certificate_id="XN-0123")
    crossing = a_truck((a_test_reading(1), signed), (PAPER, a_paper(late + gap)))
    assert bool(codes_of(found(Rule.GL14, crossing))) is differs


def test_a_certificate_that_was_signed_again_with_another_date_was_issued_again():
    one, other = (test_claims(DRIVER, sampled_at=at, certificate_id="XN-0123") for at in (SAMPLED, SAMPLED - DAY))
    assert found(Rule.GL14, a_truck((a_test_reading(1), one), (a_test_reading(1), other))) is None


def test_two_certificates_may_have_two_dates_and_an_unreadable_date_says_nothing():
    one = test_claims(DRIVER, sampled_at=SAMPLED, certificate_id="XN-0123")
    assert found(Rule.GL14, a_truck((a_test_reading(1), one), (PAPER, a_paper(SAMPLED - DAY, number="7")))) is None
    assert found(Rule.GL14, a_truck((a_test_reading(1), one), (PAPER, a_paper(None)))) is None
    unnumbered = (PAPER, a_paper(SAMPLED, number=None)), (PAPER, a_paper(SAMPLED - DAY, number=None))
    assert found(Rule.GL14, a_truck(*unnumbered)) is None


STRANGER = PersonClaims(name="Lê Văn Lạ", number="083091000003", birth_date="1991-06-07")
OF_THE_MATE = test_claims(MATE, sampled_at=SAMPLED)


@pytest.mark.parametrize(
    ("bearer", "evidence"),
    [
        (MATE, []),
        (DRIVER, ["TEST_OF_ANOTHER"]),
        (PersonClaims(name=DRIVER.name, birth_date=DRIVER.birth_date), ["TEST_OF_ANOTHER_BY_NAME"]),
        (PersonClaims(), []),  # nobody knows who holds it
    ],
)
def test_one_paper_used_twice_is_of_another_for_whoever_it_does_not_name(bearer, evidence):
    raised = found(Rule.GL14, a_truck((a_test_reading(1), OF_THE_MATE), people=(bearer,)))
    assert codes_of(raised) == evidence
    if raised:
        assert raised.weak is evidence[0].endswith("_BY_NAME")
        assert raised.severity is (Severity.INFORMATION if raised.weak else Severity.LOW)


@pytest.mark.parametrize(("bearer", "outside"), [(MATE, False), (DRIVER, False), (STRANGER, True)])
def test_a_groups_test_is_of_those_whom_it_covers_and_of_nobody_else(bearer, outside):
    group = test_claims(MATE, sampled_at=SAMPLED, basis="representative", covered=(DRIVER,))
    raised = found(Rule.GL14, a_truck((a_test_reading(1), group), people=(bearer,)))
    assert (raised is not None) is outside


def test_a_household_on_one_paper_is_no_paper_used_twice():
    """Nobody knows whom a paper without a code covers."""
    two = (PAPER, a_paper()), (PAPER.model_copy(update={"occupant": 2}), a_paper())
    assert found(Rule.GL14, a_truck(*two, people=(DRIVER, MATE))) is None


def test_a_forged_test_is_forged_and_names_nobody():
    forged = a_test_reading(1, status=ReadingStatus.REJECTED, reason=ReadingReason.PASS_SIGNATURE_WRONG)
    assert found(Rule.GL14, a_truck((forged, OF_THE_MATE))) is None


# GL15


@pytest.mark.parametrize(
    ("age", "evidence"),
    [
        (72 * HOUR - MINUTE, []),
        (72 * HOUR, ["CREW_TEST_TOO_OLD"]),
        (None, ["CREW_TEST_MISSING"]),
    ],
)
def test_a_crew_members_test_is_missing_or_too_old(age, evidence):
    shown = [] if age is None else [(a_test_reading(1), test_claims(DRIVER, sampled_at=NOON - age))]
    raised = found(Rule.GL15, a_truck(*shown))
    assert codes_of(raised) == evidence
    if raised:
        assert (raised.finding_class, raised.severity) == (FindingClass.PAPER, Severity.LOW)
        assert raised.evidence[0].numbers == {"occupant": 1}


def test_each_of_the_crew_is_asked_and_each_who_lacks_one_is_named():
    raised = found(
        Rule.GL15, a_truck((a_test_reading(1), test_claims(DRIVER, sampled_at=SAMPLED)), people=(DRIVER, MATE))
    )
    assert [(one.code, one.numbers) for one in raised.evidence] == [("CREW_TEST_MISSING", {"occupant": 2})]


def test_a_kind_of_test_that_is_not_taken_is_said_so():
    self_test = test_claims(DRIVER, sampled_at=SAMPLED, test_kind=TestKind.SELF_TEST)
    assert codes_of(found(Rule.GL15, a_truck((a_test_reading(1), self_test)))) == ["CREW_TEST_NOT_ACCEPTED"]


@pytest.mark.parametrize(
    "silent",
    [
        {"direction": Direction.OUT},  # the policy asks nobody who leaves
        {"roles": (OccupantRole.PASSENGER,)},  # a passenger is no crew: GL01 and GL02 are about them
        {"emergency": {"reason": "AMBULANCE"}},
    ],
)
def test_who_is_not_asked_lacks_nothing(silent):
    assert found(Rule.GL15, a_truck(**silent)) is None


def test_an_ordinary_traveller_without_a_test_is_no_finding():
    assert found(Rule.GL15, facts(readings=(), secrets={"claims": ()})) is None


def test_a_demand_that_was_abolished_leaves_no_finding():
    assert found(Rule.GL15, a_truck(), test_demands=()) is None
    assert found(Rule.GL15, a_truck(), test_demands=(TestDemand(only_green_lane=True),)) is not None


def test_what_is_waived_for_these_people_is_no_finding():
    waiving = Exemption(code="CARD_EXEMPT", waives=("TS_NONE_SHOWN",), sentence=Sentence(vi="miễn", en="exempt"))
    assert found(Rule.GL15, a_truck(), exemptions=(waiving,)) is None


def test_what_could_not_be_checked_is_our_fault():
    unchecked = a_test_reading(1, status=ReadingStatus.COULD_NOT_CHECK, reason=ReadingReason.KEY_UNKNOWN)
    assert found(Rule.GL15, a_truck((unchecked, test_claims(DRIVER, sampled_at=SAMPLED)))) is None


def test_a_positive_test_is_healths_affair():
    positive = test_claims(DRIVER, sampled_at=SAMPLED, test_outcome=TestOutcome.POSITIVE)
    assert found(Rule.GL15, a_truck((a_test_reading(1), positive))) is None


def test_whoever_left_the_paper_at_home_and_is_in_the_register_lacks_nothing():
    assert found(Rule.GL15, a_truck(), tested=frozenset({1})) is None
    assert found(Rule.GL15, a_truck(people=(DRIVER, MATE)), tested=frozenset({1})).evidence[0].numbers == {
        "occupant": 2
    }
