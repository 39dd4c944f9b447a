"""GL08, GL14 and GL15 with the register and earlier crossings, and what the registry adds to GL02, GL04, GL11."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from schemas.events.registry import NoticePublished
from schemas.passes.kinds import Confidence, PassKind
from schemas.rules.facts import OccupantFacts, TestFacts
from schemas.words import (
    Direction,
    FactState,
    OccupantRole,
    OrderedChange,
    Outcome,
    Severity,
    TestBasis,
    TestOutcome,
    TestStanding,
    VehicleClass,
)
from stream_processors.judging.context import (
    CERTIFICATE,
    PASS_NUMBER,
    PASS_TOKEN,
    PLATE_LOOK,
    VEHICLE,
    CrossingRef,
    KnownNotice,
    KnownPass,
    PersonMatch,
)
from stream_processors.judging.judge import judge
from stream_processors.judging.said import Kind
from tests.builders import NOON, a_green_lane_reading, a_test_reading, an_id, green_lane_claims
from tests.unit.schemas.test_crew_papers import PAPER, SAMPLED, a_paper
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

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
POLICY = {"between_posts": {"same_code_within": "P7D"}}
OUT = {"direction": Direction.OUT}
"""Nobody is asked for a test."""


def found(code, crossing, **facts_known):
    policy = POLICY | facts_known.pop("policy", {})
    said = [
        json.loads(one.content) | {"rests_on": one.rests_on}
        for one in judge(crossing, context(policy=policy, **facts_known)).others
        if one.kind is Kind.FINDING
    ]
    return next((one for one in said if one["code"] == code), None)


def evidence(finding):
    return [one["code"] for one in finding["evidence"]] if finding else []


# GL08


def of_plate(plate, *, look=None, token="pass", kind=PASS_NUMBER):
    return (
        CrossingRef(VEHICLE, ref(plate)),
        CrossingRef(PLATE_LOOK, ref(look or f"look of {plate}")),
        CrossingRef(kind, ref(token), reading=0),
    )


def a_truck(plate="plate", **changes):
    return crossing(refs=of_plate(plate, look=changes.pop("look", None)), **{**OUT, **changes})


def earlier(plate="another", *, before=HOUR, look=None, **changes):
    return a_neighbour(before=before, refs=of_plate(plate, look=look), **changes)


def a_pass(plate="plate", *, at=NOON - 20 * DAY, **changes):
    return KnownPass(
        **{
            "pass_id": an_id("pass"),
            "event_id": an_id("pass event"),
            "at": at,
            "state": FactState.IN_FORCE,
            "registered_crew": 2,
            "issuer": "BENTRE",
            "valid_from": NOON - 30 * DAY,
            "valid_until": NOON + 30 * DAY,
            "number_ref": ref("pass"),
            "token_ref": None,
            "plate_ref": ref(plate),
        }
        | changes
    )


def test_a_card_that_was_sold_is_on_several_plates():
    raised = found("GL08", a_truck(), neighbours=(earlier(),))
    assert (raised["finding_class"], raised["severity"]) == ("suspected_misuse", Severity.HIGH)
    assert (raised["subject"], raised["subject_ref"]) == ("pass", ref("pass"))
    assert set(raised["crossings"]) == {str(an_id("crossing")), str(an_id("earlier"))}
    assert raised["evidence"][0]["words"] == {"first": "co-chien"}
    assert an_id("earlier event") in raised["rests_on"]


def test_one_token_at_one_post_on_two_plates_counts_too():
    assert found("GL08", a_truck(), neighbours=(earlier(post_id="rach-mieu"),)) is not None


@pytest.mark.parametrize("outcome", [Outcome.LET_THROUGH, Outcome.TURN_BACK, Outcome.HOLD])
def test_whatever_was_decided_about_the_earlier_one_the_pass_was_there(outcome):
    assert found("GL08", a_truck(), neighbours=(earlier(decision=decided(outcome)),)) is not None


@pytest.mark.parametrize(
    "same",
    [
        earlier("plate"),  # its own plate
        earlier("p1ate", look="look of plate"),  # 8 read for B
        a_neighbour(before=HOUR, refs=(CrossingRef(PASS_NUMBER, ref("pass"), reading=0),)),  # nobody typed a plate
        earlier(shared=frozenset({(VEHICLE, ref("plate"))})),  # another pass
        earlier(before=-HOUR),  # it hangs on the later one of the two
    ],
)
def test_what_is_no_second_plate_or_no_same_pass_says_nothing(same):
    assert found("GL08", a_truck(), neighbours=(same,)) is None


@pytest.mark.parametrize(("before", "raised"), [(7 * DAY, True), (7 * DAY + timedelta(milliseconds=1), False)])
def test_two_plates_of_one_pass_count_within_the_policys_time(before, raised):
    assert (found("GL08", a_truck(), neighbours=(earlier(before=before),)) is not None) is raised


def test_a_policy_that_gives_no_time_asks_nothing():
    assert found("GL08", a_truck(), neighbours=(earlier(),), policy={"between_posts": {}}) is None


def test_the_nearest_other_plate_is_named_and_one_finding_is_enough():
    raised = found("GL08", a_truck(), neighbours=(earlier("b", before=3 * HOUR, name="far"), earlier("c")))
    assert set(raised["crossings"]) == {str(an_id("crossing")), str(an_id("earlier"))}


def test_of_the_vehicle_that_the_pass_is_for_it_says_to_look_for_the_other():
    raised = found("GL08", a_truck(), neighbours=(earlier(),), passes=(a_pass(),))
    assert raised["severity"] == Severity.MEDIUM
    assert evidence(raised) == ["PASS_ON_ANOTHER_PLATE_THIS_IS_ITS_OWN"]


@pytest.mark.parametrize(("at", "raised"), [(NOON - HOUR, True), (NOON - HOUR + timedelta(seconds=1), False)])
def test_a_carrier_that_replaced_its_vehicle_and_had_the_pass_registered_again_is_no_misuse(at, raised):
    known = a_pass(at=at)
    assert (found("GL08", a_truck(), neighbours=(earlier(),), passes=(known,)) is not None) is raised


def test_goods_that_were_ordered_onto_another_vehicle_take_their_card_along():
    truck = a_truck(ordered_change={"change": OrderedChange.TRANS_SHIPMENT})
    assert found("GL08", truck, neighbours=(earlier(),)) is None


@pytest.mark.parametrize(
    "silent",
    [{"practice": True}, {"emergency": {"reason": "AMBULANCE"}}, {"known": {"state": FactState.WITHDRAWN}}],
)
def test_practice_an_emergency_and_what_was_withdrawn_raise_none(silent):
    assert found("GL08", a_truck(**silent), neighbours=(earlier(),)) is None
    truck = a_truck(**silent, readings=(a_green_lane_reading(route=("co-chien",)),))
    assert found("GL11", truck) is None


def test_a_token_of_the_national_card_is_a_pass_like_any_other():
    truck = crossing(refs=of_plate("plate", kind=PASS_TOKEN), **OUT)
    other = earlier(shared=frozenset({(PASS_TOKEN, ref("pass"))}))
    assert found("GL08", truck, neighbours=(other,)) is not None


# GL14 beside the register


def with_paper(sampled_at=SAMPLED, *, certificate="XN-0123", person="driver", **paper):
    """The driver shows a paper without a code."""
    return crossing(
        refs=(
            CrossingRef(VEHICLE, ref("plate")),
            CrossingRef(NUMBER, ref(person), 1),
            CrossingRef(CERTIFICATE, ref(certificate), 1, 1),
        ),
        readings=(a_green_lane_reading(), PAPER),
        secrets={"claims": (green_lane_claims(), a_paper(sampled_at, number=certificate, **paper))},
    )


def in_register(sampled_at=SAMPLED, **changes):
    return a_result(
        **{
            "sampled_at": sampled_at,
            "resulted_at": sampled_at + 6 * HOUR,
            "outcome": TestOutcome.NEGATIVE,
            "certificate_ref": ref("XN-0123"),
        }
        | changes
    )


@pytest.mark.parametrize(
    ("registered", "raised"),
    [(SAMPLED, []), (SAMPLED - 3 * DAY, ["CERTIFICATE_DATE_NOT_REGISTERED"])],
)
def test_a_date_edited_by_hand_is_told_by_the_register(registered, raised):
    finding = found("GL14", with_paper(), results=(in_register(registered),))
    assert evidence(finding) == raised
    if finding:
        assert finding["finding_class"] == "paper"
        assert an_id("result event") in finding["rests_on"]


def test_a_certificate_that_the_laboratory_corrected_may_differ_from_before():
    corrected = in_register(SAMPLED - 3 * DAY, standing=TestStanding.CORRECTED)
    assert found("GL14", with_paper(), results=(corrected,)) is None


def test_one_paper_used_twice_is_of_another_in_the_register():
    of_another = in_register(persons=(PersonMatch({NUMBER: ref("another")}),))
    assert evidence(found("GL14", with_paper(), results=(of_another,))) == ["CERTIFICATE_OF_ANOTHER_IN_REGISTER"]


@pytest.mark.parametrize(
    "lawful",
    [
        {},  # the driver's own
        {"persons": (PersonMatch({NAME: ref("another's name")}),)},  # no number to compare
        {"persons": (PersonMatch({NUMBER: ref("another")}),), "basis": TestBasis.REPRESENTATIVE},  # of a household
        {"certificate_ref": ref("XN-9999"), "persons": (PersonMatch({NUMBER: ref("another")}),)},
    ],
)
def test_a_paper_that_may_be_ones_own_is_no_finding(lawful):
    assert found("GL14", with_paper(), results=(in_register(**lawful),)) is None


def test_a_signed_certificate_is_held_against_no_register():
    """What the laboratory entered late or mistyped is not the bearer's doing."""
    signed = crossing(
        refs=(CrossingRef(NUMBER, ref("driver"), 1), CrossingRef(CERTIFICATE, ref("XN-0123"), 1, 1)),
        readings=(a_green_lane_reading(), a_test_reading(1)),
    )
    assert found("GL14", signed, results=(in_register(SAMPLED - 3 * DAY),)) is None


# GL14 beside earlier crossings


def showing(sampled_at, *, person="driver", confidence=Confidence.PAPER_SEEN, issuer="TTYT Ba Tri", **changes):
    """An earlier crossing whose driver showed the same certificate."""
    test = TestFacts(
        reading=0,
        status="accepted",
        confidence=confidence,
        kind="pcr",
        outcome="negative",
        sampled_at=sampled_at,
        issuer=issuer,
    )
    return a_neighbour(
        **{
            "before": 2 * HOUR,
            "shared": frozenset({(CERTIFICATE, ref("XN-0123"))}),
            "refs": (CrossingRef(NUMBER, ref(person), 1), CrossingRef(CERTIFICATE, ref("XN-0123"), 1, 0)),
            "occupants": (OccupantFacts(occupant=1, role=OccupantRole.DRIVER, tests=(test,)),),
        }
        | changes
    )


@pytest.mark.parametrize(
    ("before", "raised"),
    [
        (showing(SAMPLED), []),
        (showing(SAMPLED - 3 * DAY), ["CERTIFICATE_DATES_DIFFER"]),
        (showing(SAMPLED - 3 * DAY, person="another"), ["CERTIFICATE_DATES_DIFFER"]),  # of one laboratory
        (showing(SAMPLED - 3 * DAY, person="another", issuer="BV Ba Tri"), []),  # number 123 of two laboratories
        (showing(SAMPLED, person="another", issuer="BV Ba Tri"), []),
        (showing(SAMPLED - 3 * DAY, person="another", issuer=None), []),
        (showing(SAMPLED - 3 * DAY, issuer=None), ["CERTIFICATE_DATES_DIFFER"]),  # of one person
        (showing(SAMPLED - 3 * DAY, confidence=Confidence.SIGNED, person="driver"), ["CERTIFICATE_DATES_DIFFER"]),
        (showing(SAMPLED - 3 * DAY, before=8 * DAY), []),  # longer ago than the policy looks
        (showing(SAMPLED - 3 * DAY, before=-HOUR), []),  # of two papers it hangs on the later one
        (showing(SAMPLED, person="another", confidence=Confidence.SIGNED), ["CERTIFICATE_SHOWN_BY_ANOTHER"]),
    ],
)
def test_one_certificate_with_other_dates_or_people_than_it_was_shown_with_before(before, raised):
    finding = found("GL14", with_paper(), neighbours=(before,))
    assert evidence(finding) == raised
    if finding:
        assert finding["crossings"] == [str(an_id("crossing"))]
        assert an_id("earlier event") in finding["rests_on"]


def test_what_several_sources_say_of_a_certificate_is_one_finding():
    finding = found(
        "GL14",
        with_paper(),
        neighbours=(showing(SAMPLED - 3 * DAY),),
        results=(in_register(persons=(PersonMatch({NUMBER: ref("another")}),)),),
    )
    assert evidence(finding) == ["CERTIFICATE_OF_ANOTHER_IN_REGISTER", "CERTIFICATE_DATES_DIFFER"]


# GL15 beside the register


@pytest.mark.parametrize(
    ("known", "raised"),
    [
        ({"sampled_at": NOON - 71 * HOUR}, False),
        ({"sampled_at": NOON - 72 * HOUR}, True),  # too old by this policy
        ({"persons": (PersonMatch({NAME: ref("driver's name")}),)}, True),  # may be another of that name
        ({"outcome": TestOutcome.INCONCLUSIVE}, True),
        ({"state": FactState.WITHDRAWN}, True),
        ({"resulted_at": NOON + HOUR}, True),  # was not known yet
        ({"kind": "self_test"}, True),
    ],
)
def test_a_paper_left_at_home_is_not_missing_where_the_register_holds_a_test_that_counts(known, raised):
    truck = crossing(readings=(a_green_lane_reading(),), secrets={"claims": (green_lane_claims(),)})
    result = in_register(**{"certificate_ref": None} | known)
    assert (found("GL15", truck, results=(result,)) is not None) is raised


# What the registry adds


def crew(*names, **kinds):
    return tuple({NUMBER: ref(name)} for name in names) + tuple({kind: ref(name)} for kind, name in kinds.items())


NAMELESS = {"readings": (a_green_lane_reading(),), "secrets": {"claims": (green_lane_claims(crew=()),)}, **OUT}
"""The pass itself names nobody."""


@pytest.mark.parametrize(
    ("registered", "raised"),
    [
        (crew("driver", "mate"), False),
        (crew("somebody", "mate"), True),
        ((*crew("mate"), {NAME: ref("driver's name")}), False),  # weak, and good enough not to accuse
        ((*crew("mate"), {NAME: ref("somebody's name")}), False),  # one name may be written in two ways
        ((), False),
        (crew("mate"), False),  # one place of two is free
    ],
)
def test_the_registrys_crew_is_told_by_numbers(registered, raised):
    known = a_pass(crew=registered)
    assert (found("GL02", crossing(**NAMELESS), passes=(known,)) is not None) is raised


def test_a_number_in_the_registry_decides_against_a_name_on_the_pass():
    misspelt = green_lane_claims(
        crew=({"name": "Nguyễn Vân Thứ Hai", "birth_date": "1990-02"},), registered_crew=1
    )
    truck = crossing(
        readings=(a_green_lane_reading(),),
        secrets={"claims": (misspelt,), "occupants": ({"occupant": 1, "person": {"name": "Nguyễn Văn Thử"}},)},
        **OUT,
    )
    assert found("GL02", truck)["weak"] is True
    assert found("GL02", truck, passes=(a_pass(crew=crew("driver"), registered_crew=1),)) is None


def test_class_and_route_of_a_card_come_from_the_registry():
    card = a_green_lane_reading(kind=PassKind.GREEN_LANE_CARD, confidence=Confidence.LOOKED_UP, vehicle_class=None)
    car = crossing(
        readings=(card,), secrets={"claims": ({"claims": "token", "token": "t"},)}, vehicle_class="car", **OUT
    )
    policy = {"class_covers": {VehicleClass.TRUCK: (VehicleClass.TRUCK,)}}
    assert found("GL04", car, policy=policy) is None
    known = a_pass(vehicle_class=VehicleClass.TRUCK, route=("co-chien",))
    assert found("GL04", car, policy=policy, passes=(known,)) is not None
    assert found("GL11", car, passes=(known,)) is not None
    assert found("GL11", car, passes=(a_pass(route=("rach-mieu",)),)) is None


# GL02 on the way from a post where the driver was changed by order

STRANGER_DRIVES = {
    "readings": (a_green_lane_reading(),),
    "secrets": {
        "claims": (green_lane_claims(registered_crew=2),),
        "occupants": ({"occupant": 1, "person": {"name": "Lê Văn Lạ", "number": "083091000003"}},),
    },
    **OUT,
}
OF_ITS_VEHICLE = {"shared": frozenset({(VEHICLE, ref("plate"))})}


def change_ordered_at(post_id):
    return NoticePublished.model_validate(
        {
            "event_id": an_id("order"),
            "occurred_at": NOON - DAY,
            "revision": 1,
            "notice_id": an_id("order"),
            "notice": "change_of_driver",
            "document": "VB-TEST",
            "issuer": "UBND",
            "effective_at": NOON - DAY,
            "ends_at": NOON - timedelta(minutes=30),
            "post_id": post_id,
        }
    )


@pytest.mark.parametrize(
    ("before", "ordered_at", "raised"),
    [
        ({"before": HOUR, **OF_ITS_VEHICLE}, "co-chien", False),  # changed there, an hour ago
        ({"before": HOUR, **OF_ITS_VEHICLE}, "dinh-khao", True),  # it did not come by there
        ({"before": timedelta(minutes=10), **OF_ITS_VEHICLE}, "co-chien", True),  # the order was over
        ({"before": HOUR, "shared": frozenset({(NUMBER, ref("driver"))})}, "co-chien", True),  # another vehicle
        ({"before": 25 * HOUR, **OF_ITS_VEHICLE}, "co-chien", True),  # another journey
        ({"before": HOUR, "ordered_change": OrderedChange.CHANGE_OF_DRIVER, **OF_ITS_VEHICLE}, None, False),
    ],
)
def test_a_driver_who_was_changed_by_order_is_no_stranger_at_the_next_post(before, ordered_at, raised):
    known = context(policy=POLICY, neighbours=(a_neighbour(**before),))
    notices = (KnownNotice(change_ordered_at(ordered_at)),) if ordered_at else ()
    known = replace(known, registry=replace(known.registry, notices=notices))
    codes = [json.loads(one.content)["code"] for one in judge(crossing(**STRANGER_DRIVES), known).others]
    assert ("GL02" in codes) is raised
