"""Decision 1570: a card ends when distancing ends where it must hold; also when that is announced for later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from deploy import policies
from schemas.events.registry import ZonesAssigned
from schemas.policy.matters import Distancing, Sentence
from schemas.policy.when import Place
from schemas.rules.advice import advise
from schemas.rules.placing import placed
from schemas.rules.validity import validity_of
from schemas.sentences import SENTENCES
from schemas.units import Unit, UnitLevel, Units
from schemas.zones import Zones
from tests.builders import a_green_lane_reading, a_policy, an_id, facts, green_lane_claims

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
SAYS = Sentence(vi="hết giãn cách", en="distancing ended")
UNITS = Units.of(
    [
        Unit(code="79", level=UnitLevel.PROVINCE, name="Thành phố Hồ Chí Minh"),
        Unit(code="83", level=UnitLevel.PROVINCE, name="Tỉnh Bến Tre"),
        Unit(code="831", level=UnitLevel.DISTRICT, name="Huyện Châu Thành", parent="83"),
        Unit(code="28810", level=UnitLevel.COMMUNE, name="Thị trấn Châu Thành", parent="831"),
        Unit(code="82", level=UnitLevel.PROVINCE, name="Tỉnh Tiền Giang"),
    ]
)


def local(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


MIDNIGHT = local("2021-08-25T00:00:00")


def assigned(at, **levels):
    return ZonesAssigned(
        event_id=an_id(f"{at} {levels}"),
        occurred_at=local("2021-08-01T00:00:00"),
        revision=1,
        document="QĐ 1",
        effective_at=at,
        levels={code.removeprefix("u"): level for code, level in levels.items()},
    )


BEFORE = assigned(local("2021-08-01T00:00:00"), u79=4, u83=3, u82=4)
TONIGHT = assigned(MIDNIGHT, u28810=2)
"""Announced before it takes effect."""


def a_truck(at, *, origin="79", destination="28810", route=(), until=None):
    return facts(
        occurred_at=at,
        opened_at=at,
        readings=(
            a_green_lane_reading(valid_from=at - timedelta(days=20), valid_until=until or at + timedelta(days=9))
            .model_copy(update={"route": route}),
        ),
        destination_commune=destination,
        secrets={"claims": (green_lane_claims(),), "origin_unit": origin},
    )  # fmt: skip


def a_demand(*at, **changes):
    return Distancing(at=at, sentence=SAYS, **changes)


def validity(crossing, *demands, zones=(BEFORE, TONIGHT), place=None, places=None):
    policy = a_policy(distancing=demands)
    known = placed(crossing, policy, place=place, areas=Zones.of(zones, UNITS), places=places)
    return validity_of(known, policy, ())


@pytest.mark.parametrize("at", [local("2021-08-24T08:00:00"), MIDNIGHT - SECOND, MIDNIGHT, MIDNIGHT + HOUR])
def test_the_level_announced_for_tonight_ends_the_card_at_local_midnight(at):
    found = validity(a_truck(at), a_demand("destination"))
    assert (found.until, found.code) == (MIDNIGHT, "ENDS_WITH_DISTANCING_DESTINATION")


@pytest.mark.parametrize(("at", "over"), [(MIDNIGHT - SECOND, False), (MIDNIGHT, True)])
def test_23_59_59_is_still_distancing_and_00_00_is_gl05(at, over):
    policy = a_policy(distancing=(a_demand("destination"),))
    advised = advise(a_truck(at), policy, (), areas=Zones.of((BEFORE, TONIGHT), UNITS))
    assert ("GL05" in advised.conclusion.reasons) is over
    assert advised.validity.until == MIDNIGHT
    if over:
        (found,) = [one for one in advised.found if one.code == "GL05"]
        assert found.evidence[0].code == "EXPIRED_DISTANCING_DESTINATION"
        assert found.evidence[0].instants == {"until": MIDNIGHT}


def test_whatever_ends_first_binds():
    at = local("2021-08-24T08:00:00")
    assert validity(a_truck(at, until=at + HOUR), a_demand("destination")).code == "ENDS_WITH_PASS"
    later = assigned(MIDNIGHT + HOUR, u79=1)
    both = (a_demand("origin"), a_demand("destination"))
    assert validity(a_truck(at), *both, zones=(BEFORE, TONIGHT, later)).until == MIDNIGHT
    assert validity(a_truck(at), *reversed(both), zones=(BEFORE, TONIGHT, later)).until == MIDNIGHT


def test_distancing_at_any_of_several_places_keeps_the_card_alive_until_the_last_ends():
    at, anywhere = local("2021-08-24T08:00:00"), a_demand("origin", "destination")
    assert validity(a_truck(at), anywhere).code == "ENDS_WITH_PASS"
    found = validity(a_truck(at), anywhere, zones=(BEFORE, TONIGHT, assigned(MIDNIGHT + HOUR, u79=1)))
    assert (found.until, found.code) == (MIDNIGHT + HOUR, "ENDS_WITH_DISTANCING_ORIGIN")


def test_the_most_specific_unit_counts_and_a_rise_again_gives_a_new_life():
    at = local("2021-08-24T08:00:00")
    # the province drops, the commune itself was assigned 3 and stays
    own = assigned(local("2021-08-10T00:00:00"), u28810=3)
    dropped = assigned(MIDNIGHT, u83=1)
    assert validity(a_truck(at), a_demand("destination"), zones=(BEFORE, own, dropped)).code == "ENDS_WITH_PASS"
    # ended yesterday, in force again from this morning
    ended = assigned(local("2021-08-23T00:00:00"), u28810=1)
    again = assigned(local("2021-08-24T00:00:00"), u28810=4)
    assert validity(a_truck(at), a_demand("destination"), zones=(BEFORE, ended, again)).code == "ENDS_WITH_PASS"
    # lowered twice: it ended with the first
    twice = (BEFORE, ended, assigned(local("2021-08-24T00:00:00"), u28810=2))
    assert validity(a_truck(at), a_demand("destination"), zones=twice).until == local("2021-08-23T00:00:00")


def test_a_place_that_is_not_known_proves_nothing_unless_the_policy_says_so():
    at = MIDNIGHT
    unknown = a_truck(at, origin=None)
    assert validity(unknown, a_demand("origin", "destination")).code == "ENDS_WITH_PASS"
    said = a_demand("origin", "destination", holds_when_unknown=False)
    assert validity(unknown, said).until == MIDNIGHT
    assert validity(a_truck(at, destination=None), a_demand("destination")).code == "ENDS_WITH_PASS"
    assert validity(a_truck(at, destination="nowhere"), a_demand("destination")).code == "ENDS_WITH_PASS"


def test_the_route_is_the_communes_of_its_posts_and_of_this_one():
    at, here = local("2021-08-24T08:00:00"), Place(post_id="rach-mieu", unit="28810")
    places = {"rach-mieu": here, "cay-lay": Place(post_id="cay-lay", unit="82")}
    on_route = a_demand("route")
    alone = validity(a_truck(at), on_route, place=here, places=places)
    assert (alone.until, alone.code) == (MIDNIGHT, "ENDS_WITH_DISTANCING_ROUTE")
    longer = a_truck(at, route=("cay-lay", "rach-mieu"))
    assert validity(longer, on_route, place=here, places=places).code == "ENDS_WITH_PASS"


def test_a_vehicle_without_a_pass_has_no_card_to_end():
    assert validity(facts(occurred_at=MIDNIGHT, opened_at=MIDNIGHT, readings=()), a_demand("destination")) is None


def test_a_card_that_ended_with_distancing_is_not_in_force():
    policy = a_policy(distancing=(a_demand("destination"),))
    areas = Zones.of((BEFORE, TONIGHT), UNITS)
    assert placed(a_truck(MIDNIGHT - SECOND), policy, areas=areas).card_valid is True
    assert placed(a_truck(MIDNIGHT), policy, areas=areas).card_valid is False


def test_case_2_says_it_with_its_document():
    (demand,) = policies.policy("02-card-dies-with-any-test").distancing
    assert demand.sentence.document == "Quyết định 1570/QĐ-BGTVT ngày 24-8-2021"
    assert set(demand.at) == {"origin", "destination"}


@pytest.mark.parametrize("place", ["ORIGIN", "DESTINATION", "ROUTE"])
def test_every_end_has_its_sentence(place):
    assert SENTENCES[f"ENDS_WITH_DISTANCING_{place}"].vi
    assert SENTENCES[f"EXPIRED_DISTANCING_{place}"].en
