"""Order does not matter in the end: shuffled facts on a real PostgreSQL leave the same findings and referrals."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from schemas.events.crossing import ChangeOrdered, HeadCount, Inspection, OccupantSecrets, OccupantSeen
from schemas.passes.claims import PersonClaims
from schemas.policy.between_posts import BetweenPosts, TransitWindow
from schemas.words import (
    CargoSpace,
    Direction,
    FactState,
    OccupantRole,
    OrderedChange,
    Outcome,
    Purpose,
    TestOutcome,
    TestStanding,
)
from tests.builders import DRIVER, MATE, a_green_lane_reading
from tests.integration.stream_processors.province import now

LONG_AGO = datetime(2021, 1, 1, tzinfo=UTC)
TABLES = (
    "facts, chain, station_numbers, missing_numbers, crossings, crossing_refs, decisions, results, result_refs,"
    " passes, pass_refs, registry, conflicts, verdicts, statements, outputs, attempts, attempts_alone, deadlines,"
    " timers, stations_heard, heartbeats, unread_numbers,"
    " exposed, chain_heads, draws, superseded_facts, superseded_judgements, superseded_statements"
)


def a_morning(centre, stations):
    """Facts that bear on one another: clones, a correction, a late decision, results and their corrections."""
    bridge, ferry = stations["rach-mieu"], stations["co-chien"]
    at = now() - timedelta(hours=5)
    green = (a_green_lane_reading(valid_from=at - timedelta(days=5), valid_until=at + timedelta(days=5)),)
    leaving = {"direction": Direction.OUT, "readings": green}
    weak = PersonClaims(name=DRIVER.name, birth_date=DRIVER.birth_date)
    two = {
        "occupants": (
            OccupantSeen(occupant=1, role=OccupantRole.DRIVER),
            OccupantSeen(occupant=2, role=OccupantRole.PASSENGER),
        ),
        "inside": {
            "occupants": (OccupantSecrets(occupant=1, person=DRIVER), OccupantSecrets(occupant=2, person=MATE))
        },
    }
    first = bridge.crossing(at=at, **two, **leaving)
    clone = ferry.crossing(at=at + timedelta(minutes=4), plate="71C-777.77", person=weak, **leaving)
    third = bridge.crossing(at=at + timedelta(minutes=9), head_count=HeadCount(cab=2, cargo=7), **leaving)
    mistyped = ferry.crossing(at=at + timedelta(minutes=12), plate="71C-123.45", person=weak, **leaving)
    never = bridge.crossing(at=at + timedelta(minutes=20), head_count=HeadCount(cab=9, cargo=0), **leaving)
    result, moved, pool = (UUID(int=n) for n in (1, 2, 3))
    sampled = at + timedelta(hours=1)
    return [
        *(centre.post(post_id) for post_id in stations),
        *(centre.enrolment(station) for station in stations.values()),
        centre.policy(effective_at=LONG_AGO),
        centre.policy(version=2, effective_at=at + timedelta(minutes=10), decision_time=timedelta(minutes=5)),
        centre.vehicle_pass(secrets={"registered_crew": 5}),
        first,
        clone,
        third,
        mistyped,
        never,
        bridge.decision(first),
        bridge.decision(third, Outcome.TURN_BACK, reason="TOLD_SO", at=at + timedelta(hours=2)),
        ferry.decision(clone),
        ferry.correction(mistyped, plate="71C-555.55", person=weak),
        bridge.correction(never, state=FactState.WITHDRAWN, reason="NEVER_HAPPENED"),
        centre.result(result_id=result, sampled_at=sampled),
        centre.result(result_id=moved, sampled_at=sampled),
        centre.result(result_id=moved, revision=2, sampled_at=sampled, person=MATE),
        centre.result(result_id=pool, sampled_at=sampled),
        centre.result(
            result_id=pool,
            revision=2,
            sampled_at=sampled,
            outcome=TestOutcome.NEGATIVE,
            standing=TestStanding.CORRECTED,
        ),
    ]


def between_posts(centre, stations):
    """Facts that only together say something: counts, seals, transits, closures, trips, and who was heard when."""
    bridge, ferry = stations["rach-mieu"], stations["co-chien"]
    at = now() - timedelta(hours=9)
    minute = timedelta(minutes=1)

    def truck(station, after, number, count, **changes):
        green = (a_green_lane_reading(valid_from=at - timedelta(days=5), valid_until=at + timedelta(days=5)),)
        own = {"plate": f"71C-{number:05}", "person": PersonClaims(), "inside": {"claims": (None,)}}
        return station.crossing(
            **{"at": at + after * minute, "readings": green, "head_count": HeadCount(cab=count, cargo=0), **own}
            | changes
        )

    def sealed(space, seal):
        return {"inspection": Inspection(cargo_space=space, seal_number=seal)}

    transit = {"purpose": Purpose.TRANSIT}
    out = {"direction": Direction.OUT, **transit}
    boarded = [truck(bridge, 0, 1, 2), truck(ferry, 60, 1, 5)]
    undecided = [truck(bridge, 5, 2, 2), truck(ferry, 70, 2, 5)]
    turned_back = [truck(bridge, 6, 3, 1), truck(ferry, 80, 3, 1)]
    ordered = [
        truck(bridge, 7, 4, 2),
        truck(ferry, 81, 4, 1, ordered_change=ChangeOrdered(change=OrderedChange.CHANGE_OF_DRIVER)),
    ]
    seals = [
        truck(bridge, 8, 5, 1, **sealed(CargoSpace.SEAL_PUT_ON, "A1")),
        truck(ferry, 82, 5, 1, **sealed(CargoSpace.SEAL_CHECKED, "A2")),
    ]
    slow = [[truck(bridge, n, 10 + n, 1), truck(ferry, 300 + 5 * n, 10 + n, 1)] for n in range(4)]
    inside = truck(bridge, 9, 6, 1, **transit)
    passed_through = [truck(bridge, 10, 7, 1, **transit), truck(ferry, 40, 7, 1, **out)]
    left_late = [truck(bridge, 11, 8, 1, **transit), truck(ferry, 200, 8, 1, **out)]
    closed_for = truck(bridge, 300, 9, 1, **transit)
    miscounted = [truck(bridge, 12, 20, 2), truck(ferry, 83, 20, 6)]
    sick = truck(ferry, 84, 21, 1, person=DRIVER, trip_id="pha-7", plate="71C-123.99")
    beside = truck(ferry, 85, 22, 1, person=MATE, trip_id="pha-7")
    pairs = [boarded, seals, *slow, passed_through, left_late, miscounted]
    decided = [(bridge if n == 0 else ferry).decision(one) for pair in pairs for n, one in enumerate(pair)]
    return [
        *(one for pair in (*pairs, undecided, turned_back, ordered) for one in pair),
        *(inside, closed_for, sick, beside),
        *decided,
        bridge.decision(inside),
        bridge.decision(closed_for),
        bridge.decision(turned_back[0], Outcome.TURN_BACK),
        bridge.decision(ordered[0]),
        ferry.correction(
            miscounted[1], plate="71C-00020", person=PersonClaims(), inside={"claims": (None,)},
            head_count=HeadCount(cab=2, cargo=0),
        ),
        centre.result(sampled_at=at + 100 * minute, at=at + 200 * minute),
        centre.notice(
            "post_closed", post_id="co-chien", effective_at=at + 320 * minute, ends_at=at + 330 * minute
        ),
        *(station.heartbeat(at=at + hours * 60 * minute) for station in (bridge, ferry) for hours in (1, 3)),
        *(station.heartbeat() for station in (bridge, ferry)),
    ]  # fmt: skip


BETWEEN = {"GL09", "GL10", "GL12", "GL16", "GL17"}


def with_what_is_between_posts(centre, stations):
    hour = timedelta(hours=1)
    policy = centre.policy(
        effective_at=LONG_AGO,
        transit_windows=(TransitWindow(lasts=2 * hour),),
        between_posts=BetweenPosts(
            count_within=6 * hour, slow_percent=200, turned_back_within=6 * hour, seal_within=6 * hour
        ),
    )
    known = [
        *(centre.post(post_id) for post_id in stations),
        *(centre.enrolment(station) for station in stations.values()),
    ]
    return [*known, policy, *between_posts(centre, stations)]


async def in_force_in(judge):
    async with judge.pool.acquire() as connection:
        said = await connection.fetch(
            "SELECT kind, id, content FROM statements WHERE in_force AND kind <> 'recall' ORDER BY kind, id"
        )
        verdicts = await connection.fetch("SELECT crossing_id, content FROM verdicts ORDER BY crossing_id")
    return [tuple(row) for row in said], [tuple(row) for row in verdicts]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("told", [a_morning, with_what_is_between_posts], ids=["one post", "between posts"])
async def test_every_order_of_arrival_ends_in_the_same_findings_and_referrals(judge, stations, centre, seed, told):
    facts = told(centre, stations)
    # Signed facts are refused when they are older than what is there, and stations are known beforehand.
    known, rest = facts[:4], facts[4:]
    await judge.takes(*known)
    await judge.takes(*rest)
    await judge.fires(timedelta(hours=1))
    expected = await in_force_in(judge)
    assert {row[0] for row in expected[0]} == {"finding", "referral"}
    async with judge.pool.acquire() as connection:
        await connection.execute(f"TRUNCATE {TABLES}")
        await connection.execute("UPDATE registry_changes SET times = times + 1")
    chance = random.Random(seed)
    chance.shuffle(rest)
    await judge.takes(*known)
    while rest:
        many = chance.randint(1, 8)
        await judge.takes(*rest[:many])
        rest = rest[many:]
        if chance.random() < 0.3:
            await judge.fires(timedelta(minutes=chance.randint(0, 20)))
    await judge.fires(timedelta(hours=1))
    assert await in_force_in(judge) == expected
    assert judge.dead_letters() == []


async def test_what_is_between_posts_is_found_and_its_look_alikes_are_not(judge, stations, centre):
    """So that the orders above agree about something."""
    facts = with_what_is_between_posts(centre, stations)
    await judge.takes(*facts[:4])
    await judge.takes(*facts[4:])
    await judge.fires(timedelta(hours=1))
    found = Counter(one.code for one in judge.findings() if one.code in BETWEEN)
    # Of four slow trucks in one jam the first two had nobody to measure the wait by.
    assert found == {"GL09": 2, "GL10": 2, "GL12": 4, "GL16": 1, "GL17": 1}
    slow = sorted(one.severity for one in judge.findings() if one.code == "GL12")
    assert slow == ["information", "information", "information", "medium"]
    assert {one.because for one in judge.referrals()} >= {"verdict", "companion"}
