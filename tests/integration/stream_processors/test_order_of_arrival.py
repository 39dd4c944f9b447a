"""Order does not matter in the end: shuffled facts on a real PostgreSQL leave the same findings and referrals."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from schemas.events.crossing import HeadCount, OccupantSecrets, OccupantSeen
from schemas.passes.claims import PersonClaims
from schemas.words import Direction, FactState, OccupantRole, Outcome, TestOutcome, TestStanding
from tests.builders import DRIVER, MATE, a_green_lane_reading
from tests.integration.stream_processors.province import now

LONG_AGO = datetime(2021, 1, 1, tzinfo=UTC)
TABLES = (
    "facts, chain, station_numbers, missing_numbers, crossings, crossing_refs, decisions, results, result_refs,"
    " passes, pass_refs, registry, conflicts, verdicts, statements, outputs, attempts, attempts_alone, deadlines,"
    " superseded_facts, superseded_judgements, superseded_statements"
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


async def in_force_in(judge):
    async with judge.pool.acquire() as connection:
        said = await connection.fetch(
            "SELECT kind, id, content FROM statements WHERE in_force AND kind <> 'recall' ORDER BY kind, id"
        )
        verdicts = await connection.fetch("SELECT crossing_id, content FROM verdicts ORDER BY crossing_id")
    return [tuple(row) for row in said], [tuple(row) for row in verdicts]


@pytest.mark.parametrize("seed", range(4))
async def test_every_order_of_arrival_ends_in_the_same_findings_and_referrals(judge, stations, centre, seed):
    facts = a_morning(centre, stations)
    # Signed facts are refused when they are older than what is there, and stations are known beforehand.
    known, rest = facts[:4], facts[4:]
    await judge.takes(*known)
    await judge.takes(*rest)
    expected = await in_force_in(judge)
    assert {row[0] for row in expected[0]} == {"finding", "referral"}
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
