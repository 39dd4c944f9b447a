"""An edited paper that crossed before its signed certificate was seen: found late, in every order of arrival."""

from __future__ import annotations

import random
from datetime import timedelta
from itertools import permutations

import pytest

from schemas.events.crossing import OccupantSecrets
from schemas.events.verdict import VerdictSecrets
from schemas.passes.claims import PersonClaims
from schemas.policy.policy import CodeOutcome
from schemas.trust.sealing import Opener
from schemas.words import FactState, Outcome, VehicleClass
from tests.builders import DRIVER, MATE, a_policy, a_test_reading, test_claims
from tests.integration.stream_processors.conftest import FIRST_POLICY_AT
from tests.integration.stream_processors.province import crossing_id_of, now
from tests.integration.stream_processors.test_order_of_arrival import TABLES, in_force_in
from tests.integration.stream_processors.test_order_of_pass_rules import inside_of, shown

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOLDS = {
    "between_posts": {"same_code_within": "P7D"},
    "codes": (*a_policy().codes, CodeOutcome(code="GL14", outcome=Outcome.HOLD)),
}
OTHER_TRUCK = {"plate": "51A-999.77", "vehicle_class": VehicleClass.TRUCK}


def signed(station, at, *, sampled_at, person=DRIVER, **changes):
    """The same number as on the paper, as the laboratory signed it."""
    claims = test_claims(person, sampled_at=sampled_at, certificate_id="XN-0123")
    inside = {"claims": (claims,), "occupants": (OccupantSecrets(occupant=1, person=person),)}
    return station.crossing(at=at, person=person, readings=(a_test_reading(1),), inside=inside, **changes)


def known_beforehand(centre, stations):
    return [
        *(centre.post(post_id) for post_id in stations),
        *(centre.enrolment(station) for station in stations.values()),
        centre.policy(effective_at=FIRST_POLICY_AT, **HOLDS),
    ]


@pytest.fixture
async def posts(judge, centre, stations):
    await judge.takes(*known_beforehand(centre, stations))
    judge.sent.clear()
    return stations["rach-mieu"], stations["co-chien"]


def with_gl14(judge):
    return [one for one in judge.findings() if one.code == "GL14"]


async def test_a_late_signed_certificate_recalls_who_was_let_through_with_an_edited_paper(judge, posts):
    bridge, ferry = posts
    at, sampled = now() - 10 * HOUR, now() - 40 * HOUR
    paper = shown(bridge, at, sampled_at=sampled + DAY)
    await judge.takes(paper, bridge.decision(paper))
    assert (with_gl14(judge), judge.recalls()) == ([], [])
    genuine = signed(ferry, at + 5 * HOUR, sampled_at=sampled, **OTHER_TRUCK)
    await judge.takes(genuine)
    (finding,) = with_gl14(judge)
    assert finding.crossings == (crossing_id_of(paper),)
    assert [one.code for one in finding.evidence] == ["CERTIFICATE_DATES_DIFFER"]
    (recall,) = judge.recalls()
    assert (recall.crossing_id, recall.outcome_now) == (crossing_id_of(paper), Outcome.HOLD)
    assert recall.occurred_at == at + 5 * HOUR
    # The reading of the certificate was a mistake: what it told is taken back.
    claims = test_claims(DRIVER, sampled_at=sampled, certificate_id="XN-9999")
    inside = {"claims": (claims,), "occupants": (OccupantSecrets(occupant=1, person=DRIVER),)}
    await judge.takes(ferry.correction(genuine, plate="51A-999.77", inside=inside))
    assert (with_gl14(judge), judge.recalls()) == ([], [])


@pytest.mark.parametrize("wrong_by", [-100 * DAY, 100 * DAY])
@pytest.mark.parametrize("result_first", [True, False])
async def test_a_result_whose_sampling_was_written_wrong_meets_the_certificate_that_was_shown(
    judge, posts, centre, wrong_by, result_first
):
    bridge, _ = posts
    at, sampled = now() - 10 * HOUR, now() - 40 * HOUR
    crossing = signed(bridge, at, sampled_at=sampled)
    stranger = PersonClaims(name="Lê Văn Lạ", number="083091000999", birth_date="1991-06-07")
    result = centre.result(certificate_id="XN-0123", person=stranger, sampled_at=sampled + wrong_by)
    for record in (result, crossing) if result_first else (crossing, result):
        await judge.takes(record)
    verdict = judge.verdicts()[-1]
    assert verdict.crossing_id == crossing_id_of(crossing)
    opener = Opener({bridge.station_id: bytes(bridge.sealing)})
    reasons = opener.open(verdict.health, verdict.event_id, VerdictSecrets)
    assert "TS_CERTIFICATE_CONTRADICTED" in reasons.occupants[0].reasons


async def test_whoever_crossed_longer_ago_than_the_policy_looks_is_not_judged_again(judge, posts):
    bridge, ferry = posts
    at, sampled = now() - 8 * DAY, now() - 10 * DAY
    paper = shown(bridge, at, sampled_at=sampled + DAY)
    await judge.takes(paper, bridge.decision(paper))
    await judge.takes(signed(ferry, at + 7 * DAY + HOUR, sampled_at=sampled, **OTHER_TRUCK))
    assert with_gl14(judge) == []


async def test_a_familys_paper_on_two_motorbikes_is_explained_and_recalls_nobody(judge, posts):
    bridge, ferry = posts
    at, sampled = now() - 10 * HOUR, now() - 40 * HOUR
    first = shown(bridge, at, sampled_at=sampled)
    second = shown(ferry, at + HOUR, sampled_at=sampled, person=MATE, plate="71B1-222.22")
    await judge.takes(second, ferry.decision(second), first, bridge.decision(first))
    (finding,) = with_gl14(judge)
    assert (finding.crossings, finding.weak) == ((crossing_id_of(second),), True)
    assert [one.code for one in finding.evidence] == ["PAPER_NUMBER_ALSO_SHOWN_BY_ANOTHER"]
    assert judge.recalls() == []
    # Of one convoy, as the officer enters it afterwards.
    slip = {"group_id": "family-7"}
    for station, one, person, plate in (
        (bridge, first, DRIVER, "71C-123.45"),
        (ferry, second, MATE, "71B1-222.22"),
    ):
        inside = inside_of(sampled, person)
        await judge.takes(station.correction(one, plate=plate, person=person, inside=inside, **slip))
    assert with_gl14(judge) == []


def a_day_of_papers(bridge, ferry):
    """Edited, borrowed, borne out, shared; with decisions, a correction and a withdrawal."""
    at, sampled = now() - 20 * HOUR, now() - 50 * HOUR
    stranger = PersonClaims(name="Lê Văn Lạ", number="083091000003", birth_date="1991-06-07")
    edited = shown(bridge, at, sampled_at=sampled + DAY)
    borrowed = shown(ferry, at + HOUR, sampled_at=sampled, person=stranger, plate="62C-111.22")
    true_one = shown(bridge, at + 2 * HOUR, sampled_at=sampled)
    certificate = signed(ferry, at + 4 * HOUR, sampled_at=sampled, **OTHER_TRUCK)
    mistaken = signed(bridge, at + 6 * HOUR, sampled_at=sampled - DAY, **OTHER_TRUCK)
    return [
        edited,
        borrowed,
        true_one,
        certificate,
        mistaken,
        bridge.decision(edited),
        ferry.decision(borrowed),
        bridge.decision(true_one),
        bridge.correction(mistaken, state=FactState.WITHDRAWN, reason="NEVER_HAPPENED"),
    ]


@pytest.mark.parametrize("seed", range(3))
async def test_whichever_of_paper_and_certificate_arrives_first_the_same_is_found(judge, centre, stations, seed):
    known = known_beforehand(centre, stations)
    facts = a_day_of_papers(*stations.values())
    await judge.takes(*known)
    await judge.takes(*facts)
    expected = await in_force_in(judge)
    told = {one.crossings[0]: [item.code for item in one.evidence] for one in with_gl14(judge)}
    assert told == {
        crossing_id_of(facts[0]): ["CERTIFICATE_DATES_DIFFER"],
        crossing_id_of(facts[1]): ["CERTIFICATE_SHOWN_BY_ANOTHER"],
    }
    chance = random.Random(seed)
    for order in chance.sample(list(permutations(range(5))), 3):
        async with judge.pool.acquire() as connection:
            await connection.execute(f"TRUNCATE {TABLES}")
            await connection.execute("UPDATE registry_changes SET times = times + 1")
        await judge.takes(*known)
        assert await in_force_in(judge) == ([], [])
        await judge.takes_one_by_one(*(facts[n] for n in order))
        await judge.takes(*facts[5:])
        assert await in_force_in(judge) == expected
    assert judge.dead_letters() == []
