"""What a pass and a certificate cover, whatever the order of arrival: late registry, notices, corrections."""

from __future__ import annotations

import random
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from schemas.events.crossing import OccupantSecrets, OccupantSeen
from schemas.events.registry import NoticePublished
from schemas.passes.claims import PaperClaims, PersonClaims, TokenClaims
from schemas.passes.kinds import Confidence, PassKind, ReadingStatus
from schemas.passes.token_list import token_hash
from schemas.topics import NOTICES
from schemas.words import Direction, OccupantRole, TestOutcome, TestStanding, VehicleClass
from tests.builders import DRIVER, MATE, a_green_lane_reading, a_test_reading
from tests.integration.stream_processors.province import now
from tests.integration.stream_processors.test_order_of_arrival import LONG_AGO, TABLES, in_force_in

TOKEN = "a" * 40
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STRANGER = PersonClaims(name="Lê Văn Lạ", number="083091000003", birth_date="1991-06-07")
POLICY = {
    "between_posts": {"same_code_within": "P7D"},
    "class_covers": {"truck": ("truck",)},
    "decision_time": timedelta(hours=1),
}


def notice(centre, **fields):
    id_ = uuid4()
    event = NoticePublished.model_validate(
        {
            "event_id": id_,
            "notice_id": id_,
            "occurred_at": now(),
            "revision": 1,
            "document": "VB-TEST",
            "issuer": "UBND",
        }
        | fields
    )
    return centre.signed(NOTICES, event)


def shown(station, at, *, person=DRIVER, sampled_at, plate="71C-123.45", **changes):
    """A vehicle with the national card, its driver with a paper."""
    card = a_green_lane_reading(
        kind=PassKind.GREEN_LANE_CARD,
        status=ReadingStatus.ACCEPTED,
        confidence=Confidence.LOOKED_UP,
        vehicle_class=None,
        valid_from=None,
        valid_until=None,
    )
    paper = a_test_reading(1, kind=PassKind.PAPER, confidence=Confidence.PAPER_SEEN, issuer=None)
    return station.crossing(
        at=at,
        plate=plate,
        person=person,
        readings=(card, paper),
        occupants=(OccupantSeen(occupant=1, role=OccupantRole.DRIVER),),
        inside=inside_of(sampled_at, person),
        **{"direction": Direction.IN} | changes,
    )


def inside_of(sampled_at, person=DRIVER):
    slip = PaperClaims(
        paper_kind="test_slip",
        paper_number="XN-0123",
        issuer="TTYT Ba Tri",
        sampled_at=sampled_at,
        test_kind="pcr",
        test_outcome="negative",
    )
    return {
        "claims": (TokenClaims(token=TOKEN), slip),
        "occupants": (OccupantSecrets(occupant=1, person=person),),
    }


def a_morning(centre, stations):
    bridge, ferry = stations["rach-mieu"], stations["co-chien"]
    at = now() - 10 * HOUR
    sampled = at - 30 * HOUR
    first = shown(bridge, at, sampled_at=sampled)
    car = shown(ferry, at + 2 * HOUR, sampled_at=sampled, plate="51A-999.77", vehicle_class=VehicleClass.CAR)
    edited = shown(bridge, at + 4 * HOUR, sampled_at=sampled + DAY, person=STRANGER)
    ordered = shown(ferry, at + 5 * HOUR, sampled_at=sampled, person=STRANGER)
    mistyped = shown(bridge, at + 6 * HOUR, sampled_at=sampled, plate="62C-111.22")
    untested = shown(bridge, at + 7 * HOUR, sampled_at=at - 100 * HOUR, person=MATE)
    result, own = UUID(int=1), UUID(int=2)
    return [
        *(centre.post(post_id) for post_id in stations),
        *(centre.enrolment(station) for station in stations.values()),
        centre.policy(effective_at=LONG_AGO, **POLICY),
        centre.policy(
            version=2,
            effective_at=at + 3 * HOUR,
            route_hours=({"begins": "00:00", "ends": "00:01", "grace": "PT0S", "when": {"posts": ["co-chien"]}},),
            **POLICY,
        ),
        centre.vehicle_pass(
            token_sha256=token_hash(TOKEN),
            route=("co-chien",),
            secrets={"registered_crew": 2, "crew": (DRIVER, MATE)},
        ),
        notice(
            centre,
            notice="post_closed",
            post_id="co-chien",
            effective_at=at - HOUR,
            ends_at=at + HOUR,
        ),
        notice(
            centre,
            notice="change_of_driver",
            post_id="co-chien",
            effective_at=at + 5 * HOUR,
        ),
        first,
        car,
        edited,
        ordered,
        mistyped,
        untested,
        bridge.decision(first),
        ferry.decision(car),
        bridge.correction(mistyped, plate="71C-123.45", inside=inside_of(sampled)),
        centre.result(
            result_id=result,
            sampled_at=sampled - 2 * DAY,
            outcome=TestOutcome.NEGATIVE,
            certificate_id="XN-0123",
        ),
        centre.result(
            result_id=result,
            revision=2,
            sampled_at=sampled,
            outcome=TestOutcome.NEGATIVE,
            certificate_id="XN-0123",
            standing=TestStanding.CONFIRMED,
        ),
        centre.result(result_id=own, sampled_at=at, person=MATE, outcome=TestOutcome.NEGATIVE),
    ]


@pytest.mark.parametrize("seed", range(4))
async def test_late_passes_notices_results_and_corrections_end_in_the_same_findings(judge, stations, centre, seed):
    facts = a_morning(centre, stations)
    known, rest = facts[:4], facts[4:]
    await judge.takes(*known)
    await judge.takes(*rest)
    expected = await in_force_in(judge)
    found = {one.code for one in judge.findings()}
    assert {"GL02", "GL04", "GL08", "GL11", "GL14"} <= found
    async with judge.pool.acquire() as connection:
        await connection.execute(f"TRUNCATE {TABLES}")
        await connection.execute("UPDATE registry_changes SET times = times + 1")
    chance = random.Random(seed)
    chance.shuffle(rest)
    await judge.takes(*known)
    while rest:
        many = chance.randint(1, 4)
        await judge.takes(*rest[:many])
        rest = rest[many:]
    assert await in_force_in(judge) == expected
    assert judge.dead_letters() == []


async def test_a_closed_post_that_is_announced_late_ends_the_finding_off_the_route(judge, stations, centre):
    facts = a_morning(centre, stations)
    late = facts.pop(7)
    await judge.takes(*facts[:4])
    await judge.takes(*facts[4:])
    before = [one for one in judge.findings() if one.code == "GL11" and one.post_id == "rach-mieu"]
    await judge.takes(late)
    after = [one for one in judge.findings() if one.code == "GL11" and one.post_id == "rach-mieu"]
    # The first passed while the post was closed; the next there, at 4 h, three hours after it opened again.
    assert len(before) - len(after) == 1


async def test_a_change_of_driver_that_is_announced_late_ends_its_finding(judge, stations, centre):
    facts = a_morning(centre, stations)
    late = facts.pop(8)
    await judge.takes(*facts[:4])
    await judge.takes(*facts[4:])
    assert {one.post_id for one in judge.findings() if one.code == "GL02"} == {"rach-mieu", "co-chien"}
    await judge.takes(late)
    assert {one.post_id for one in judge.findings() if one.code == "GL02"} == {"rach-mieu"}
