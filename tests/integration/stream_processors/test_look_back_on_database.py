"""A positive result looks back over the policy's period, on a real PostgreSQL, whichever fact comes last."""

from __future__ import annotations

import random
from datetime import timedelta
from uuid import uuid4

import pytest

from schemas.events.crossing import HeadCount, OccupantSecrets, OccupantSeen
from schemas.passes.claims import PersonClaims
from schemas.replay import Conclusion
from schemas.words import Direction, FactState, OccupantRole, TestOutcome, TestStanding
from tests.builders import DRIVER, MATE, a_green_lane_reading, green_lane_claims
from tests.integration.stream_processors.conftest import FIRST_POLICY_AT
from tests.integration.stream_processors.province import crossing_id_of, now
from tests.integration.stream_processors.test_order_of_arrival import TABLES, in_force_in
from tests.integration.stream_processors.test_replay_on_database import replay as replay

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OTHER_DRIVER = PersonClaims(name="Lê Văn Lạ", number="083091000003", birth_date="1991-06-07")
TRUCK, SECOND, THIRD, FOREIGN = "71C-123.45", "71C-200.00", "71C-300.00", "51A-999.77"
PASS_OF = {TRUCK: "BT-000001", SECOND: "BT-000002", THIRD: "BT-000003", FOREIGN: "BT-000004"}


def known_beforehand(centre, stations, **policy):
    return [
        *(centre.post(post_id) for post_id in stations),
        *(centre.enrolment(station) for station in stations.values()),
        centre.policy(effective_at=FIRST_POLICY_AT, **{"look_back": 5 * DAY, **policy}),
    ]


def registered(centre, plate, carrier, **changes):
    inside = {"pass_number": PASS_OF[plate], "plate": plate, "registered_crew": 4}
    return centre.vehicle_pass(carrier_id=carrier, secrets=inside, **changes)


def truck(station, at, *people, plate=TRUCK, count=None, **changes):
    """In the green lane, with its own pass; ``people`` begin with the driver."""
    reading = a_green_lane_reading(valid_from=at - 30 * DAY, valid_until=at + 30 * DAY)
    claims = green_lane_claims(pass_number=PASS_OF[plate], plate=plate, registered_crew=4, crew=())
    roles = [OccupantRole.DRIVER, *[OccupantRole.CREW] * (len(people) - 1)]
    return station.crossing(
        at=at,
        plate=plate,
        direction=Direction.OUT,
        readings=(reading,),
        head_count=HeadCount(cab=count or len(people), cargo=0),
        occupants=tuple(OccupantSeen(occupant=n, role=role) for n, role in enumerate(roles, 1)),
        inside={
            "claims": (claims,),
            "occupants": tuple(OccupantSecrets(occupant=n, person=one) for n, one in enumerate(people, 1)),
        },
        **changes,
    )


def gl13(judge, of):
    (found,) = [one for one in judge.findings() if one.code == "GL13" and crossing_id_of(of) in one.crossings]
    return {item.code: dict(item.numbers) or dict(item.words) for item in found.evidence}


@pytest.fixture
async def posts(judge, centre, stations):
    await judge.takes(*known_beforehand(centre, stations))
    judge.sent.clear()
    return stations["rach-mieu"], stations["co-chien"]


async def test_the_person_companions_vehicle_driver_and_carrier_are_looked_back_to(judge, centre, posts):
    bridge, ferry = posts
    at = now() - 4 * DAY
    with_mate = truck(bridge, at, DRIVER, MATE)
    sick_elsewhere = truck(ferry, at - HOUR, MATE, plate=FOREIGN)
    with_others = truck(ferry, at + DAY, OTHER_DRIVER, count=4)
    by_driver = truck(bridge, at + 2 * DAY, DRIVER, plate=THIRD)
    of_carrier = [truck(ferry, at + n * HOUR, PersonClaims(), plate=SECOND) for n in (1, 5)]
    crossings = [with_mate, sick_elsewhere, with_others, by_driver, *of_carrier]
    await judge.takes(*(registered(centre, plate, "vt-001") for plate in (TRUCK, SECOND)), *crossings)
    await judge.takes(*(bridge.decision(one) for one in (with_mate, by_driver)))
    await judge.takes(*(ferry.decision(one) for one in (sick_elsewhere, with_others, *of_carrier)))
    assert judge.findings() == []
    await judge.takes(centre.result(person=MATE, sampled_at=at + 3 * DAY))
    # The person: both crossings. The companion: as a contact. Nobody else is referred or recalled.
    referred = {(one.crossing_id, one.occupant): one.because for one in judge.referrals()}
    assert referred == {
        (crossing_id_of(with_mate), 1): "companion",
        (crossing_id_of(with_mate), 2): "verdict",
        (crossing_id_of(sick_elsewhere), 1): "verdict",
    }
    assert {one.crossing_id for one in judge.recalls()} == {
        crossing_id_of(with_mate),
        crossing_id_of(sick_elsewhere),
    }
    assert gl13(judge, with_mate) == {
        "POSITIVE_IN_LOOK_BACK": {"occupant": 2, "days": 3},
        "VEHICLE_ALSO_PASSED": {"times": 1, "people": 4},
        "DRIVER_ALSO_PASSED": {"times": 1, "people": 1},
        "CARRIER_TO_ASK": {"carrier": "vt-001"},
    }
    assert gl13(judge, sick_elsewhere) == {
        "POSITIVE_IN_LOOK_BACK": {"occupant": 1, "days": 3},
        "DRIVER_ALSO_PASSED": {"times": 1, "people": 2},
    }
    verdict = [one for one in judge.verdicts() if one.crossing_id == crossing_id_of(with_mate)][-1]
    assert {crossing_id_of(with_others), crossing_id_of(by_driver)} <= set(verdict.facts)


@pytest.mark.parametrize(
    ("before_sample", "found"), [(5 * DAY, True), (5 * DAY + timedelta(milliseconds=1), False)]
)
async def test_the_vehicle_is_looked_back_to_for_as_long_as_the_policy_says(
    judge, centre, posts, before_sample, found
):
    bridge, ferry = posts
    sampled = now() - HOUR
    hub = truck(bridge, sampled - DAY, DRIVER)
    await judge.takes(hub, truck(ferry, sampled - before_sample, OTHER_DRIVER))
    await judge.takes(centre.result(sampled_at=sampled))
    assert ("VEHICLE_ALSO_PASSED" in gl13(judge, hub)) is found


async def test_a_journey_of_the_vehicle_that_arrives_late_a_corrected_plate_and_a_withdrawal_are_followed(
    judge, centre, posts
):
    bridge, ferry = posts
    at = now() - 2 * DAY
    hub = truck(bridge, at, DRIVER)
    await judge.takes(hub, centre.result(sampled_at=at + DAY))
    assert set(gl13(judge, hub)) == {"POSITIVE_IN_LOOK_BACK"}
    late = truck(ferry, at - HOUR, OTHER_DRIVER)
    await judge.takes(late)
    assert gl13(judge, hub)["VEHICLE_ALSO_PASSED"] == {"times": 1, "people": 1}
    inside = {"occupants": (OccupantSecrets(occupant=1, person=OTHER_DRIVER),)}
    await judge.takes(ferry.correction(late, plate=FOREIGN, inside=inside))
    assert "VEHICLE_ALSO_PASSED" not in gl13(judge, hub)
    await judge.takes(ferry.correction(late, revision=3, inside=inside))
    assert "VEHICLE_ALSO_PASSED" in gl13(judge, hub)
    withdrawn = {"state": FactState.WITHDRAWN, "reason": "NEVER_HAPPENED"}
    await judge.takes(ferry.correction(late, revision=4, inside=inside, **withdrawn))
    assert "VEHICLE_ALSO_PASSED" not in gl13(judge, hub)


async def test_a_pass_that_is_registered_late_or_moves_to_another_carrier_is_followed(judge, centre, posts):
    bridge, _ = posts
    at, mine = now() - 2 * DAY, uuid4()
    hub = truck(bridge, at, DRIVER)
    await judge.takes(hub, centre.result(sampled_at=at + DAY))
    assert "CARRIER_TO_ASK" not in gl13(judge, hub)
    await judge.takes(registered(centre, TRUCK, "vt-001", pass_id=mine))
    assert gl13(judge, hub)["CARRIER_TO_ASK"] == {"carrier": "vt-001"}
    await judge.takes(registered(centre, TRUCK, "vt-002", pass_id=mine, revision=2))
    assert gl13(judge, hub)["CARRIER_TO_ASK"] == {"carrier": "vt-002"}


async def test_the_carriers_other_crossings_judge_nobody_again(judge, centre, posts):
    bridge, ferry = posts
    at = now() - 2 * DAY
    hub = truck(bridge, at, DRIVER)
    await judge.takes(*(registered(centre, plate, "vt-001") for plate in (TRUCK, SECOND)))
    await judge.takes(hub, centre.result(sampled_at=at + DAY))
    judge.sent.clear()
    await judge.takes(truck(ferry, at + HOUR, OTHER_DRIVER, plate=SECOND))
    assert {one.crossing_id for one in judge.verdicts()}.isdisjoint({crossing_id_of(hub)})


async def test_a_result_that_was_corrected_ends_all_that_was_looked_back_to(judge, centre, posts):
    bridge, ferry = posts
    at, id_ = now() - 2 * DAY, uuid4()
    await judge.takes(truck(bridge, at, DRIVER), truck(ferry, at + HOUR, OTHER_DRIVER))
    await judge.takes(centre.result(result_id=id_, sampled_at=at + DAY))
    assert judge.findings() != []
    negative = {"outcome": TestOutcome.NEGATIVE, "standing": TestStanding.CORRECTED}
    await judge.takes(centre.result(result_id=id_, revision=2, sampled_at=at + DAY, **negative))
    assert (judge.findings(), judge.referrals(), judge.recalls()) == ([], [], [])


@pytest.mark.parametrize("seed", range(4))
async def test_every_order_of_arrival_looks_back_to_the_same(judge, centre, stations, seed):
    known = known_beforehand(centre, stations)
    bridge, ferry = stations.values()
    at, result, moved = now() - 4 * DAY, uuid4(), uuid4()
    hub = truck(bridge, at, DRIVER, MATE)
    mistyped = truck(ferry, at + 2 * HOUR, OTHER_DRIVER, plate=THIRD)
    facts = [
        hub,
        mistyped,
        truck(ferry, at + DAY, OTHER_DRIVER, count=3),
        truck(bridge, at + DAY + HOUR, DRIVER, plate=FOREIGN),
        truck(ferry, at + 5 * HOUR, PersonClaims(), plate=SECOND),
        bridge.decision(hub),
        ferry.correction(mistyped, inside={"occupants": (OccupantSecrets(occupant=1, person=OTHER_DRIVER),)}),
        centre.result(result_id=result, person=OTHER_DRIVER, sampled_at=at + 2 * DAY),
        centre.result(result_id=result, revision=2, person=MATE, sampled_at=at + 2 * DAY),
        registered(centre, TRUCK, "vt-001"),
        registered(centre, SECOND, "vt-002", pass_id=moved),
        registered(centre, SECOND, "vt-001", pass_id=moved, revision=2),
    ]
    await judge.takes(*known)
    await judge.takes(*facts)
    expected = await in_force_in(judge)
    assert set(gl13(judge, hub)) == {
        *("POSITIVE_IN_LOOK_BACK", "VEHICLE_ALSO_PASSED", "DRIVER_ALSO_PASSED", "CARRIER_TO_ASK")
    }
    async with judge.pool.acquire() as connection:
        await connection.execute(f"TRUNCATE {TABLES}")
        await connection.execute("UPDATE registry_changes SET times = times + 1")
    chance = random.Random(seed)
    chance.shuffle(facts)
    await judge.takes(*known)
    while facts:
        many = chance.randint(1, 3)
        await judge.takes(*facts[:many])
        facts = facts[many:]
    assert await in_force_in(judge) == expected
    assert judge.dead_letters() == []


async def test_what_was_looked_back_to_is_repeated_byte_for_byte(judge, centre, posts, replay):
    bridge, ferry = posts
    at = now() - 2 * HOUR
    hub = truck(bridge, at, DRIVER)
    await judge.takes(hub, centre.result(sampled_at=at + HOUR), registered(centre, TRUCK, "vt-001"))
    await judge.takes(registered(centre, SECOND, "vt-001"))
    await judge.takes(truck(ferry, at - HOUR, OTHER_DRIVER))
    await judge.takes(truck(ferry, at - 3 * HOUR, PersonClaims(), plate=SECOND))
    assert {"VEHICLE_ALSO_PASSED", "CARRIER_TO_ASK"} <= set(gl13(judge, hub))
    answer = await replay(revisions="all")
    assert answer.conclusion is Conclusion.SAME, answer.report
