"""The ten real cases of 2021 as bundles, on both sides of each boundary. Times are local, as in the documents."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from deploy import policies
from schemas.events.crossing import OccupantSeen
from schemas.events.registry import NoticePublished
from schemas.passes.claims import HealthClaims, HealthEntry, PersonClaims
from schemas.policy.in_force import policy_at
from schemas.policy.matters import AcceptanceRule
from schemas.policy.when import When
from schemas.rules.advice import advise
from schemas.rules.green_lane import rules_of_one_crossing
from schemas.rules.inspection import exemptions, without_waived
from schemas.rules.limits import check_limits
from schemas.rules.measures import measure_for
from schemas.rules.placing import placed
from schemas.rules.validity import validity_of
from schemas.words import OccupantRole, Outcome, VehicleClass
from tests.builders import (
    DRIVER,
    MATE,
    a_green_lane_reading,
    a_test_reading,
    facts,
    green_lane_claims,
    test_claims,
)

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NAMES = {name[:2]: name for name in policies.names()}
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def local(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


def case(number):
    return policies.policy(NAMES[number])


class Levels:
    """Every commune code is a province's; its level is given."""

    def __init__(self, **levels):
        self.levels = {name.removeprefix("p"): level for name, level in levels.items()}

    def level_of(self, unit, at):
        return self.levels.get(unit)

    def is_within(self, unit, ancestor):
        return unit == ancestor

    def turns_of(self, unit):
        return ()


def a_truck(at, *, tests=(), card=True, until=None, origin=None, **changes):
    """``tests``: the age of each occupant's negative test, or None; the driver first."""
    people = (DRIVER, MATE)[: max(1, len(tests))]
    readings, claims = [], []
    if card:
        readings.append(
            a_green_lane_reading(valid_from=at - timedelta(days=20), valid_until=until or at + 240 * HOUR)
        )
        claims.append(green_lane_claims())
    for number, (person, age) in enumerate(zip(people, tests, strict=False), 1):
        if age is not None:
            readings.append(a_test_reading(number))
            claims.append(test_claims(person, sampled_at=at - age))
    if until is not None and until <= at:
        readings[0] = a_green_lane_reading(
            valid_from=at - timedelta(days=20), valid_until=until, status="rejected", reason="PASS_EXPIRED"
        )
    seen = tuple(
        OccupantSeen(occupant=number, role=OccupantRole.DRIVER if number == 1 else OccupantRole.CREW)
        for number in range(1, len(people) + 1)
    )
    return facts(
        occurred_at=at,
        opened_at=at,
        readings=tuple(readings),
        occupants=changes.pop("occupants", seen),
        secrets={
            "claims": tuple(claims),
            "occupants": tuple({"occupant": n, "person": p} for n, p in enumerate(people, 1)),
            "origin_unit": origin,
        },
        **changes,
    )


def judged(policy, crossing, *, areas=None, notices=()):
    return advise(crossing, policy, notices, areas=areas).conclusion


def test_there_are_ten_and_each_says_what_the_officer_can_read_out_in_both_languages():
    assert sorted(NAMES) == [f"{number:02}" for number in range(1, 11)]
    for name in policies.names():
        policy = policies.policy(name)
        rules = (*policy.acceptance, *policy.exemptions, *policy.quarantine)
        for rule in rules:
            assert rule.sentence.vi
            assert rule.sentence.en
            assert rule.sentence.document
            assert rule.code in {entry.code for entry in policy.codes}, (name, rule.code)
        assert all(policy.sentence_of(entry.code) for entry in policy.codes), name


@pytest.mark.parametrize(
    ("number", "day"),
    [
        ("01", "2021-07-30"),
        ("02", "2021-08-24"),
        ("03", "2021-08-08"),
        ("04", "2021-10-06"),
        ("05", "2021-07-29"),
        ("06", "2021-10-15"),
        ("07", "2021-10-12"),
        ("08", "2021-07-22"),
        ("09", "2021-10-12"),
        ("10", "2021-08-23"),
    ],
)
def test_each_is_in_force_from_local_midnight(number, day):
    midnight = local(f"{day}T00:00:00")
    assert policy_at([case(number)], midnight) == case(number)
    assert policy_at([case(number)], midnight - SECOND) is None  # 23:59:59 of the day before


# 1. No checks with a valid card; people on board still hold a negative test under 72 hours.


@pytest.mark.parametrize(
    ("truck", "outcome"),
    [
        ({"tests": ()}, Outcome.LET_THROUGH),  # not checked
        ({"tests": (72 * HOUR - SECOND,)}, Outcome.LET_THROUGH),
        ({"tests": (72 * HOUR,)}, Outcome.TURN_BACK),  # shown, and over: they do not hold one
        ({"tests": (), "card": False}, Outcome.TURN_BACK),  # no card: asked like others
        ({"tests": (HOUR,), "card": False}, Outcome.LET_THROUGH),
    ],
)
def test_case_1_a_valid_card_is_not_checked(truck, outcome):
    assert judged(case("01"), a_truck(local("2021-07-30T00:00:00"), **truck)).outcome is outcome


def test_case_1_a_card_that_ended_at_midnight_is_checked():
    policy, until = case("01"), local("2021-08-01T00:00:00")
    assert judged(policy, a_truck(until - SECOND, until=until)).outcome is Outcome.LET_THROUGH
    assert judged(policy, a_truck(until, until=until)).outcome is Outcome.TURN_BACK


# 2. The card dies when the test of any one person expires, or when distancing ends locally.


def test_case_2_the_first_test_to_end_ends_the_card_and_is_named():
    policy, at = case("02"), local("2021-08-24T23:59:00")
    crossing = placed(a_truck(at, tests=(10 * HOUR, 72 * HOUR - SECOND)), policy)
    validity = validity_of(crossing, policy, ())
    assert (validity.occupant, validity.until) == (2, at + SECOND)
    assert judged(policy, crossing).outcome is Outcome.LET_THROUGH
    over = judged(policy, a_truck(at, tests=(10 * HOUR, 72 * HOUR)))
    assert over.outcome is Outcome.TURN_BACK
    assert "GL05" in over.reasons


@pytest.mark.parametrize(("levels", "ended"), [((2, 2), True), ((3, 2), False), ((2, 3), False)])
def test_case_2_the_card_ends_where_distancing_ended(levels, ended):
    areas = Levels(p79=levels[0], p83=levels[1])
    crossing = a_truck(local("2021-08-25T00:00:00"), tests=(HOUR,), origin="79", destination_commune="83")
    assert ("CARD_ENDED_WITH_DISTANCING" in judged(case("02"), crossing, areas=areas).reasons) is ended


# 3. All expired cards extended by announcement.


def extension():
    (sent,) = policies.notices(NAMES["03"])
    fields = sent.model_dump(exclude={"plate", "pass_number", "reason"})
    return NoticePublished(event_id=sent.notice_id, occurred_at=sent.effective_at, **fields)


@pytest.mark.parametrize(
    ("at", "valid"),
    [
        ("2021-08-07T23:59:59", False),  # before the announcement
        ("2021-08-08T00:00:00", True),
        ("2021-08-31T23:59:59", True),
        ("2021-09-01T00:00:00", False),
    ],
)
def test_case_3_printed_expiry_is_not_the_legal_one(at, valid):
    crossing = a_truck(local(at), tests=(HOUR,), until=local("2021-08-01T00:00:00"))
    conclusion = judged(case("03"), crossing, notices=(extension(),))
    assert (conclusion.outcome is Outcome.LET_THROUGH) is valid
    assert ("VALID_BY_NOTICE" in conclusion.reasons) is valid


# 4. From four provinces: by immunity. 6. Except those who pass through.


def vaccinated(doses, on, *, recovered_on=None):
    fields = {"certificate_id": "URN:1", "disease": "840539006"}
    entries = []
    if doses:
        entries.append(HealthEntry(entry="vaccination", dose=doses, doses_needed=2, on=on, **fields))
    if recovered_on:
        entries.append(HealthEntry(entry="recovery", on=recovered_on, **fields))
    return HealthClaims(person=PersonClaims(), entries=tuple(entries))


def a_motorbike(at, claims=None, *, origin="79", **changes):
    return facts(
        occurred_at=at,
        opened_at=at,
        vehicle_class=VehicleClass.MOTORBIKE,
        readings=(a_test_reading(1),) if claims else (),
        secrets={"claims": (claims,) if claims else (), "origin_unit": origin},
        **changes,
    )


def measured(number, crossing):
    policy = case(number)
    known = placed(crossing, policy)
    measure = measure_for(known, known.occupants[0], policy)
    return (measure.code if measure else None), judged(policy, crossing).outcome


@pytest.mark.parametrize(
    ("at", "claims", "code"),
    [
        ("2021-10-06T00:00:00", vaccinated(2, "2021-09-22"), "MEASURE_SELF_MONITORING"),  # the 14th day begins
        ("2021-10-06T23:59:59", vaccinated(2, "2021-09-23"), "MEASURE_HOME_7"),
        ("2021-10-07T00:00:00", vaccinated(2, "2021-09-23"), "MEASURE_SELF_MONITORING"),
        ("2021-10-06T23:59:59", vaccinated(0, None, recovered_on="2021-04-06"), "MEASURE_SELF_MONITORING"),
        (
            "2021-10-07T00:00:00",
            vaccinated(0, None, recovered_on="2021-04-06"),
            "MEASURE_HOME_14",
        ),  # over 6 months
        ("2021-10-06T00:00:00", vaccinated(1, "2021-09-22"), "MEASURE_HOME_7"),
        ("2021-10-06T00:00:00", vaccinated(1, "2021-09-23"), "MEASURE_HOME_14"),
        ("2021-10-06T00:00:00", None, "MEASURE_HOME_14"),  # nothing shown proves nothing
    ],
)
def test_case_4_the_matrix_is_by_immunity_on_the_local_day(at, claims, code):
    assert measured("04", a_motorbike(local(at), claims))[0] == code


def test_case_4_says_stages_and_test_days_and_asks_nothing_of_others():
    policy = case("04")
    crossing = placed(a_motorbike(local("2021-10-06T08:00:00")), policy)
    measure = measure_for(crossing, crossing.occupants[0], policy)
    assert [(stage.where, stage.days) for stage in measure.stages] == [("home", 14)]
    assert (measure.self_monitoring_days, measure.test_days) == (14, (1, 7, 14))
    assert measure.sentence.document == "Công văn 8399/BYT-MT ngày 06-10-2021"
    for origin in ("74", "75", "80"):
        assert measured("04", a_motorbike(local("2021-10-06T08:00:00"), origin=origin))[0] == "MEASURE_HOME_14"
    assert measured("04", a_motorbike(local("2021-10-06T08:00:00"), origin="92"))[0] is None
    assert measured("04", a_motorbike(local("2021-10-06T08:00:00"), direction="out"))[0] is None


@pytest.mark.parametrize(
    ("purpose", "code"),
    [("destination_here", "MEASURE_HOME"), ("unknown", "MEASURE_HOME"), ("transit", None), ("leaving", None)],
)
def test_case_6_whoever_passes_through_without_stopping_is_exempt(purpose, code):
    crossing = a_motorbike(local("2021-10-15T00:00:00"), purpose=purpose)
    assert measured("06", crossing)[0] == code


def test_case_6_is_for_those_from_the_city_only():
    assert measured("06", a_motorbike(local("2021-10-15T00:00:00"), origin="80"))[0] is None


# 5. Organised returns: a negative test of at most three days, then a centre.


def a_bus(at, sampled_at, role=OccupantRole.PASSENGER, **test):
    return facts(
        occurred_at=at,
        opened_at=at,
        vehicle_class=VehicleClass.BUS,
        occupants=(OccupantSeen(occupant=1, role=role),),
        readings=(a_test_reading(1),) if sampled_at else (),
        secrets={"claims": (test_claims(DRIVER, sampled_at=sampled_at, **test),) if sampled_at else ()},
    )


@pytest.mark.parametrize(
    ("sampled_at", "enough"),
    [("2021-07-29T00:00:00", True), ("2021-07-28T23:59:59", False), ("2021-07-31T20:00:00", True), (None, False)],
)
def test_case_5_three_days_are_local_days(sampled_at, enough):
    conclusion = judged(case("05"), a_bus(local("2021-08-01T23:59:59"), local(sampled_at) if sampled_at else None))
    assert ("TEST_OVER_THREE_DAYS" in conclusion.occupants[1][1]) is not enough
    assert conclusion.outcome is Outcome.REFER  # to the centre either way


def test_case_5_a_positive_test_is_not_enough_and_the_driver_goes_home():
    at = local("2021-08-01T08:00:00")
    positive = judged(case("05"), a_bus(at, at - HOUR, test_outcome="positive"))
    assert "TEST_OVER_THREE_DAYS" in positive.occupants[1][1]
    assert judged(case("05"), a_bus(at, at - HOUR, OccupantRole.DRIVER)).outcome is Outcome.LET_THROUGH


def test_case_5_seven_days_in_a_centre_and_seven_at_home():
    policy = case("05")
    crossing = placed(a_bus(local("2021-08-01T08:00:00"), None), policy)
    measure = measure_for(crossing, crossing.occupants[0], policy)
    assert [(stage.where, stage.days) for stage in measure.stages] == [("centre", 7), ("home", 7)]
    assert measure.test_days == (1, 7, 14)


# 7. Goods are never banned.


def test_case_7_the_bundle_keeps_the_limit_and_a_ban_breaks_it():
    policy, above = case("07"), policies.limits(NAMES["07"])
    assert check_limits(policy, [above]) == ()
    ban = AcceptanceRule(
        code="PASSENGERS_FROM_LEVEL_4", about="crossing", when=When(origin_levels=(4,)), logic=False,
        sentence=policy.acceptance[0].sentence,
    )  # fmt: skip
    (broken,) = check_limits(policy.model_copy(update={"acceptance": (ban,)}), [above])
    assert (broken.field, broken.limit.code) == ("acceptance.0", "GOODS_NEVER_BANNED")
    assert "2686/QĐ-BCĐQG" in broken.document


@pytest.mark.parametrize(("level", "outcome"), [(3, Outcome.LET_THROUGH), (4, Outcome.TURN_BACK)])
def test_case_7_passengers_from_level_4_may_be_stopped_and_goods_may_not(level, outcome):
    at, areas = local("2021-10-12T00:00:00"), Levels(p79=level)
    bus = a_truck(at, tests=(HOUR,), origin="79", vehicle_class=VehicleClass.BUS)
    assert judged(case("07"), bus, areas=areas).outcome is outcome
    assert judged(case("07"), a_truck(at, tests=(HOUR,), origin="79"), areas=areas).outcome is Outcome.LET_THROUGH


# 8. Exempt, but for a random sample.


@pytest.mark.parametrize(
    ("inspection", "outcome", "code"),
    [
        ({"drawn": False}, Outcome.LET_THROUGH, "CARD_EXEMPT_BY_SAMPLE"),
        ({"drawn": None}, Outcome.LET_THROUGH, "CARD_EXEMPT_BY_SAMPLE"),
        ({"drawn": True}, Outcome.CHECK_MORE, "INSPECTION_DRAWN"),
        ({"drawn": True, "cargo_space": "opened"}, Outcome.LET_THROUGH, "INSPECTION_DONE"),
    ],
)
def test_case_8_the_sample_is_inspected_and_the_rest_is_exempt(inspection, outcome, code):
    conclusion = judged(case("08"), a_truck(local("2021-07-22T00:00:00"), tests=(HOUR,), inspection=inspection))
    assert conclusion.outcome is outcome
    assert code in conclusion.reasons


# 9. Nobody is asked for a test merely for moving, except from level 4.


@pytest.mark.parametrize(
    ("level", "outcome"), [(3, Outcome.LET_THROUGH), (4, Outcome.TURN_BACK), (None, Outcome.LET_THROUGH)]
)
def test_case_9_only_those_from_level_4_are_asked(level, outcome):
    crossing = a_motorbike(local("2021-10-12T00:00:00"), vaccinated(1, "2021-09-01"))
    assert judged(case("09"), crossing, areas=Levels(p79=level)).outcome is outcome


def test_case_9_a_demand_that_is_abolished_ends_the_findings_that_rest_on_it():
    before, after = case("02"), case("09")
    for at, policy, found in (
        ("2021-10-11T23:59:59", before, ["GL05", "GL15"]),
        ("2021-10-12T00:00:00", after, []),
    ):
        assert policy_at([before, after], local(at)) == policy
        crossing = placed(a_truck(local(at), tests=(100 * HOUR,)), policy)
        assert [one.code.value for one in rules_of_one_crossing(crossing, policy, ())] == found


def test_case_9_a_province_that_still_asks_everybody_breaks_the_limit():
    above = policies.limits(NAMES["09"])
    assert check_limits(case("09"), [above]) == ()
    stricter = case("01").model_copy(update={"effective_at": case("09").effective_at, "exemptions": ()})
    assert [one.limit.code for one in check_limits(stricter, [above])] == ["NO_TEST_FOR_MOVING"]


# 10. An ordered change of driver is no misuse.


@pytest.mark.parametrize(("origin", "waived"), [("92", True), ("79", False), (None, False)])
def test_case_10_a_change_of_driver_that_was_ordered_is_waived(origin, waived):
    policy = case("10")
    crossing = placed(a_truck(local("2021-08-23T00:00:00"), tests=(HOUR,), origin=origin), policy)
    exempt = exemptions(crossing, policy)
    assert without_waived(["GL01", "GL02"], exempt) == (("GL01",) if waived else ("GL01", "GL02"))
    assert ("CHANGE_OF_DRIVER_ORDERED" in judged(policy, crossing).reasons) is waived
