"""GL02: a number decides who is on the pass; names are weak; nobody unnamed is a stranger."""

from datetime import timedelta

import pytest

from schemas.events.crossing import OccupantSecrets, OccupantSeen
from schemas.events.registry import NoticePublished
from schemas.passes.claims import PersonClaims
from schemas.passes.kinds import ReadingReason, ReadingStatus
from schemas.policy.matters import Exemption, Sentence
from schemas.policy.when import When
from schemas.rules.codes import Rule
from schemas.rules.crew import Fit, fit
from schemas.rules.green_lane import rules_of_one_crossing
from schemas.words import FactState, FindingClass, OccupantRole, OrderedChange, Severity
from tests.builders import (
    DRIVER,
    MATE,
    NOON,
    a_green_lane_reading,
    a_policy,
    an_id,
    facts,
    green_lane_claims,
)

POLICY = a_policy(test_demands=())
STRANGER = PersonClaims(name="Lê Văn Lạ", number="083091000003", birth_date="1991-06-07")
ON_THE_PASS = PersonClaims(name=DRIVER.name, masked_number="******000001", birth_date=DRIVER.birth_date)
"""As the province's passes name people: the number shows its last six digits only."""


def aboard(*people, roles=(OccupantRole.DRIVER, OccupantRole.CREW, OccupantRole.PASSENGER), crew=None, **changes):
    """A truck whose pass names ``crew`` (the driver and the mate), with ``people`` on board."""
    crew = (DRIVER, MATE) if crew is None else crew
    claims = green_lane_claims(crew=crew, registered_crew=changes.pop("registered", len(crew)))
    return facts(
        readings=(changes.pop("reading", a_green_lane_reading()),),
        occupants=tuple(OccupantSeen(occupant=n, role=roles[n - 1]) for n in range(1, len(people) + 1)),
        secrets={
            "claims": (claims,),
            "occupants": tuple(OccupantSecrets(occupant=n, person=one) for n, one in enumerate(people, 1)),
        },
        **changes,
    )


def gl02(crossing, notices=(), policy=POLICY):
    return next((one for one in rules_of_one_crossing(crossing, policy, notices) if one.code is Rule.GL02), None)


def an_order(**changes):
    return NoticePublished.model_validate(
        {
            "event_id": an_id("order"),
            "occurred_at": NOON - timedelta(days=2),
            "revision": 1,
            "notice_id": an_id("order"),
            "notice": "change_of_driver",
            "document": "VB-TEST",
            "issuer": "UBND",
            "effective_at": NOON - timedelta(hours=1),
            "post_id": "rach-mieu",
        }
        | changes
    )


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ({"number": "083090000001"}, {"number": "083090000001"}, Fit.SAME),
        ({"number": "083090000001"}, {"number": "083090000002", "name": "A"}, Fit.OTHER),
        ({"number": "083090000001", "old_number": "123456789"}, {"old_number": "123456789"}, Fit.SAME),
        ({"number": "083090000001"}, {"old_number": "123456789"}, Fit.UNKNOWN),  # two kinds of number
        ({"number": "083090000001"}, {"masked_number": "******000001"}, Fit.PERHAPS),
        ({"number": "083090000001"}, {"masked_number": "******000009"}, Fit.OTHER),  # no digit can be hidden there
        (
            {"name": "Đỗ Văn An", "birth_date": "1990-01-02"},
            {"name": "DO VAN AN", "birth_date": "1990"},
            Fit.PERHAPS,
        ),
        ({"name": "Đỗ Văn An"}, {"name": "Đỗ Văn An"}, Fit.UNKNOWN),  # names collide
        ({"name": "Đỗ Văn An", "birth_date": "1990"}, {"name": "Đỗ Văn An", "birth_date": "1991"}, Fit.UNKNOWN),
        ({"name": "Đỗ Văn An", "birth_date": "1990"}, {"name": "Văn An", "birth_date": "1990"}, Fit.OTHER_BY_NAME),
        (
            {"name": "Đỗ Văn Ah", "birth_date": "1990-01-02"},
            {"name": "Đỗ Văn An", "birth_date": "1990-01-02"},
            Fit.UNKNOWN,  # one day of birth: a name that was mistyped
        ),
        ({"name": "Đỗ Văn An"}, {}, Fit.UNKNOWN),
        ({}, {}, Fit.UNKNOWN),
    ],
)
def test_a_number_decides_and_part_of_a_name_is_nobody(one, other, found):
    assert fit(PersonClaims(**one), PersonClaims(**other)) is found
    assert fit(PersonClaims(**other), PersonClaims(**one)) is found


def test_a_change_of_driver_needs_a_new_card():
    found = gl02(aboard(STRANGER))
    assert (found.finding_class, found.severity, found.weak) == (
        FindingClass.SUSPECTED_MISUSE,
        Severity.MEDIUM,
        False,
    )
    assert [(one.code, one.numbers) for one in found.evidence] == [("DRIVER_NOT_ON_PASS", {"occupant": 1})]


def test_someone_else_aboard_is_named_by_the_place_in_the_crossing_only():
    found = gl02(aboard(DRIVER, MATE, STRANGER))
    assert [(one.code, one.numbers) for one in found.evidence] == [("PERSON_NOT_ON_PASS", {"occupant": 3})]
    assert STRANGER.name not in repr(found)


@pytest.mark.parametrize(
    "people",
    [
        (DRIVER, MATE),
        (DRIVER,),  # fewer than named
        (MATE,),  # the registered driver fell ill alone; the co-driver drives, and is on the pass
        (MATE, DRIVER),  # they took turns
        (DRIVER, MATE, PersonClaims()),  # a passenger whom nobody named
        (PersonClaims(birth_date="1990"),),  # a year is nobody
        (),
    ],
)
def test_who_is_on_the_pass_or_is_not_known_is_no_stranger(people):
    assert gl02(aboard(*people)) is None


@pytest.mark.parametrize(
    ("registered", "people", "raised"),
    [
        (1, (STRANGER,), True),
        (2, (STRANGER,), False),  # the pass registers one more than it names
        (2, (STRANGER, MATE), True),  # but not two more
    ],
)
def test_a_pass_that_names_fewer_than_it_registers_has_room(registered, people, raised):
    crossing = aboard(*people, crew=(DRIVER,), registered=registered)
    assert (gl02(crossing) is not None) is raised


def test_a_pass_that_names_nobody_says_nothing():
    assert gl02(aboard(STRANGER, crew=(), registered=2)) is None


def test_the_last_six_digits_are_enough_to_be_on_the_pass_and_enough_not_to_be():
    assert gl02(aboard(DRIVER, crew=(ON_THE_PASS,))) is None
    assert gl02(aboard(STRANGER, crew=(ON_THE_PASS,))).weak is False


def test_by_name_only_it_is_weak_and_information_by_itself():
    found = gl02(aboard(PersonClaims(name="Lê Văn Lạ", birth_date="1991-06-07")))
    assert (found.weak, found.severity) == (True, Severity.INFORMATION)
    assert found.evidence[0].code == "DRIVER_NOT_ON_PASS_BY_NAME"


def test_beside_somebody_sure_a_weak_one_makes_nothing_weak():
    found = gl02(aboard(STRANGER, PersonClaims(name="Ai Đó", birth_date="1980-01-01")))
    assert found.weak is False
    assert [one.code for one in found.evidence] == ["DRIVER_NOT_ON_PASS", "PERSON_NOT_ON_PASS_BY_NAME"]


def test_a_forged_or_revoked_pass_names_nobody():
    for reason in (ReadingReason.PASS_SIGNATURE_WRONG, ReadingReason.PASS_REVOKED):
        reading = a_green_lane_reading(status=ReadingStatus.REJECTED, reason=reason)
        assert gl02(aboard(STRANGER, reading=reading)) is None


def test_an_expired_pass_still_names_its_crew():
    reading = a_green_lane_reading(
        status=ReadingStatus.REJECTED, reason=ReadingReason.PASS_EXPIRED, valid_until=NOON - timedelta(days=1)
    )
    assert gl02(aboard(STRANGER, reading=reading)) is not None
    assert gl02(aboard(DRIVER, reading=reading)) is None


@pytest.mark.parametrize(
    ("order", "raised"),
    [
        ({}, False),
        ({"effective_at": NOON}, False),  # from its instant
        ({"effective_at": NOON + timedelta(milliseconds=1)}, True),
        ({"ends_at": NOON}, True),  # until just before its end
        ({"ends_at": NOON + timedelta(milliseconds=1)}, False),
        ({"post_id": "co-chien"}, True),  # at that post
        ({"state": FactState.WITHDRAWN, "revision": 2}, True),
    ],
)
def test_a_change_of_driver_that_was_ordered_at_this_post_is_no_misuse(order, raised):
    assert (gl02(aboard(STRANGER, MATE), (an_order(**order),)) is not None) is raised


def test_an_ordered_change_of_driver_covers_the_driver_and_nobody_else():
    found = gl02(aboard(STRANGER, MATE, STRANGER.model_copy(update={"number": "083091000009"})), (an_order(),))
    assert [one.numbers["occupant"] for one in found.evidence] == [3]


@pytest.mark.parametrize(
    ("change", "raised"),
    [
        (OrderedChange.CHANGE_OF_DRIVER, False),
        (OrderedChange.TRANS_SHIPMENT, False),
        (OrderedChange.DIVERSION, True),
    ],
)
def test_a_change_that_the_officer_entered_as_ordered_is_no_misuse(change, raised):
    assert (gl02(aboard(STRANGER, ordered_change={"change": change})) is not None) is raised


def test_a_change_of_driver_that_the_policy_waives_is_no_misuse():
    waiving = Exemption(
        code="CHANGE_OF_DRIVER_ORDERED",
        when=When(green_lane=True),
        waives=("GL02",),
        sentence=Sentence(vi="đổi lái", en="change"),
    )
    assert gl02(aboard(STRANGER), policy=a_policy(test_demands=(), exemptions=(waiving,))) is None


def test_an_emergency_raises_none_of_it():
    assert gl02(aboard(STRANGER, emergency={"reason": "AMBULANCE"})) is None
