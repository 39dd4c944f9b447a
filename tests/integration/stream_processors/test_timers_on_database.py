"""Durable timers on a real PostgreSQL: decisions that never came, transit windows that wait, silent stations."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import timedelta

import pytest

from schemas.events.base import SealedBox
from schemas.events.crossing import CrossingClosed, HeadCount, OccupantSeen
from schemas.passes.claims import PersonClaims
from schemas.policy.between_posts import BetweenPosts, TransitWindow
from schemas.topics import CROSSINGS
from schemas.words import Direction, OccupantRole, Outcome, Purpose
from stream_processors.database import timers
from tests.builders import MATE, a_green_lane_reading
from tests.integration.stream_processors.conftest import FIRST_POLICY_AT
from tests.integration.stream_processors.judge_on_database import JudgeOnDatabase
from tests.integration.stream_processors.province import crossing_id_of, now

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
BRIDGE, FERRY = "rach-mieu", "co-chien"


@pytest.fixture
async def bridge_and_ferry(judge, centre, stations):
    """Two posts, and a policy that asks when a vehicle in transit comes out."""
    await judge.takes(
        *(centre.post(post_id) for post_id in stations),
        *(centre.enrolment(station) for station in stations.values()),
        centre.policy(
            effective_at=FIRST_POLICY_AT,
            transit_windows=(TransitWindow(lasts=HOUR),),
            between_posts=BetweenPosts(slow_percent=200, slow_within=timedelta(hours=10)),
        ),
    )
    judge.sent.clear()
    return stations[BRIDGE], stations[FERRY]


def in_transit(station, at, **changes):
    green = (a_green_lane_reading(valid_from=at - timedelta(days=5), valid_until=at + timedelta(days=5)),)
    return station.crossing(**{"at": at, "purpose": Purpose.TRANSIT, "readings": green} | changes)


def of_truck(number):
    """A truck of its own, with a pass of its own that nobody looked at."""
    return {
        "plate": f"71C-{number:05}",
        "person": PersonClaims(),
        "inside": {"claims": (None,)},
        "head_count": HeadCount(cab=1, cargo=0),
    }


async def waits(judge):
    async with judge.pool.acquire() as connection:
        return [one.waits_for for one in await timers.waiting(connection)]


async def set_timers(judge):
    async with judge.pool.acquire() as connection:
        rows = await connection.fetch("SELECT kind, crossing_id FROM timers ORDER BY kind")
    return [(row["kind"], row["crossing_id"]) for row in rows]


def codes(judge):
    """Of the rules between posts that stand."""
    return sorted(one.code for one in judge.findings() if one.code in ("GL09", "GL10", "GL12"))


# Decisions that never came


async def test_a_positive_person_nobody_decided_about_is_recalled_by_timer(judge, bridge_and_ferry, centre):
    bridge, _ = bridge_and_ferry
    at = now() - 2 * HOUR
    crossing = bridge.crossing(at=at)
    await judge.takes(centre.result(at=at - HOUR, sampled_at=at - HOUR), crossing)
    assert judge.recalls() == []
    assert await set_timers(judge) == [("decision", crossing_id_of(crossing))]
    await judge.takes(bridge.heartbeat())
    assert await judge.fires() == 1
    (recall,) = judge.recalls()
    assert recall.counted.none_in_time
    assert judge.verdicts()[-1].counted.none_in_time
    assert await set_timers(judge) == []
    # The decision was made in its time and came late: they were never let through.
    await judge.takes(bridge.decision(crossing, Outcome.REFER))
    assert judge.recalls() == []


async def test_a_decision_in_its_time_takes_the_timer_away(judge, bridge_and_ferry):
    bridge, _ = bridge_and_ferry
    crossing = bridge.crossing()
    await judge.takes(crossing)
    await judge.takes(bridge.decision(crossing))
    assert await set_timers(judge) == []
    assert await judge.fires(timedelta(days=1)) == 0


async def test_a_silent_station_is_given_patience_and_then_counts_as_having_let_through(judge, bridge_and_ferry):
    bridge, _ = bridge_and_ferry
    await judge.takes(bridge.crossing(at=now() - HOUR))
    assert await judge.fires() == 0
    assert await waits(judge) == [(BRIDGE,)]
    assert await judge.fires(10 * MINUTE) == 1
    assert judge.verdicts()[-1].counted.none_in_time


# Transit


async def test_it_waits_for_a_silent_exit_post_shows_it_and_is_found_when_the_post_has_spoken(
    judge, bridge_and_ferry
):
    bridge, ferry = bridge_and_ferry
    at = now() - 5 * HOUR
    entry = in_transit(bridge, at)
    await judge.takes(entry, bridge.decision(entry))
    assert judge.verdicts()[-1].marks == ("TRANSIT_NOT_OUT_YET",)
    await judge.takes(bridge.heartbeat())
    assert await judge.fires() == 0
    assert await waits(judge) == [(FERRY,)]
    # Heard, but not beyond the deadline.
    await judge.takes(ferry.heartbeat(at=at + HOUR))
    assert await judge.fires() == 0
    await judge.takes(ferry.heartbeat(at=at + HOUR + MINUTE))
    assert await judge.fires() == 1
    assert codes(judge) == ["GL10"]
    assert judge.verdicts()[-1].marks == ()
    assert await set_timers(judge) == []


async def test_a_late_record_of_its_leaving_withdraws_it(judge, bridge_and_ferry):
    bridge, ferry = bridge_and_ferry
    at = now() - 5 * HOUR
    entry = in_transit(bridge, at)
    await judge.takes(entry, bridge.decision(entry), bridge.heartbeat(), ferry.heartbeat())
    await judge.fires()
    assert codes(judge) == ["GL10"]
    # Written on a slip and entered later.
    leaving = in_transit(ferry, at + 40 * MINUTE, direction=Direction.OUT, slip_number="S-1")
    await judge.takes(leaving, ferry.decision(leaving))
    assert codes(judge) == []


async def test_missing_numbers_of_an_exit_post_hold_it_and_its_leaving_among_them_ends_the_wait(
    judge, bridge_and_ferry
):
    bridge, ferry = bridge_and_ferry
    at = now() - 5 * HOUR
    entry = in_transit(bridge, at)
    leaving = in_transit(ferry, at + 40 * MINUTE, direction=Direction.OUT)
    other = ferry.crossing(at=at + 50 * MINUTE, plate="64C-999.99", person=MATE, readings=())
    await judge.takes(entry, bridge.decision(entry), other, ferry.decision(other))
    await judge.takes(bridge.heartbeat(), ferry.heartbeat())
    assert await judge.fires() == 0
    assert await waits(judge) == [(FERRY,)]
    await judge.takes(leaving, ferry.decision(leaving))
    assert await judge.fires() == 0
    assert await set_timers(judge) == []
    assert codes(judge) == []


async def test_a_backlog_that_the_station_tells_of_holds_it(judge, bridge_and_ferry):
    bridge, ferry = bridge_and_ferry
    entry = in_transit(bridge, now() - 5 * HOUR)
    await judge.takes(entry, bridge.decision(entry), bridge.heartbeat())
    await judge.takes(ferry.heartbeat(last_number=3, unsent=3))
    assert await judge.fires() == 0
    assert await waits(judge) == [(FERRY,)]


async def test_a_record_that_could_not_be_read_may_have_been_its_leaving(judge, bridge_and_ferry):
    bridge, ferry = bridge_and_ferry
    at = now() - 5 * HOUR
    entry = in_transit(bridge, at)
    leaving = in_transit(ferry, at + 40 * MINUTE, direction=Direction.OUT)
    number, previous = ferry.number - 1, CrossingClosed.model_validate_json(leaving.value).previous
    broken = CrossingClosed.model_validate_json(leaving.value)
    ferry.number, ferry.previous = number, previous
    unreadable = ferry.chained(CROSSINGS, broken, sealed=SealedBox(key_id="k1", box="AAAA"))
    await judge.takes(entry, bridge.decision(entry), unreadable, bridge.heartbeat(), ferry.heartbeat())
    assert [letter.reason for letter in judge.dead_letters()] == ["BOX_BROKEN"]
    assert await judge.fires() == 0
    assert await waits(judge) == [(FERRY,)]


async def test_a_closure_that_is_announced_late_withdraws_it(judge, bridge_and_ferry, centre):
    bridge, ferry = bridge_and_ferry
    at = now() - 5 * HOUR
    entry = in_transit(bridge, at)
    await judge.takes(entry, bridge.decision(entry), bridge.heartbeat(), ferry.heartbeat())
    await judge.fires()
    assert codes(judge) == ["GL10"]
    closed = {"post_id": FERRY, "effective_at": at + 10 * MINUTE, "ends_at": at + 20 * MINUTE}
    await judge.takes(centre.notice("post_closed", **closed))
    assert codes(judge) == []
    assert judge.verdicts()[-1].marks == ("TRANSIT_CANNOT_BE_KNOWN",)


# Survives, and fires once


async def test_two_workers_fire_each_timer_once_in_effect(judge, bridge_and_ferry, migrated, keys_folder):
    bridge, ferry = bridge_and_ferry
    other = await JudgeOnDatabase.opened(migrated, keys_folder)
    entries = [in_transit(bridge, now() - 5 * HOUR, **of_truck(n)) for n in range(30)]
    for entry in entries:
        await judge.takes(entry, bridge.decision(entry))
    await judge.takes(bridge.heartbeat(), ferry.heartbeat())
    judge.sent.clear()
    fired = await asyncio.gather(judge.fires(), other.fires())
    await other.close()
    assert sum(fired) == 30
    sent = [one.output_id for one in (*judge.sent, *other.sent)]
    assert len(sent) == len(set(sent))
    found = [one for one in (*judge.findings(), *other.findings()) if one.code == "GL10"]
    assert len(found) == len(entries)
    assert {one.revision for one in found} == {1}
    assert await set_timers(judge) == []


async def test_a_worker_that_dies_before_it_judged_leaves_the_timer_to_another(
    judge, bridge_and_ferry, migrated, keys_folder
):
    bridge, ferry = bridge_and_ferry
    entry = in_transit(bridge, now() - 5 * HOUR)
    await judge.takes(entry, bridge.decision(entry), bridge.heartbeat(), ferry.heartbeat())
    judge.clock.later = MINUTE
    assert len(await judge.timing._found_passed()) == 1  # and here it dies
    other = await JudgeOnDatabase.opened(migrated, keys_folder)
    assert await other.fires(MINUTE) == 0  # it may still be at it
    assert await other.fires(2 * MINUTE) == 1
    assert codes(other) == ["GL10"]
    await other.close()


async def test_what_was_judged_and_not_sent_is_held_and_goes_out_later(judge, bridge_and_ferry):
    bridge, ferry = bridge_and_ferry
    entry = in_transit(bridge, now() - 5 * HOUR)
    await judge.takes(entry, bridge.decision(entry), bridge.heartbeat(), ferry.heartbeat())
    judge.clock.later = MINUTE
    due = await judge.timing._found_passed()
    unsent = await judge.timing.judging.judge_deadlines([one.crossing_id for one in due])  # and here it dies
    async with judge.pool.acquire() as connection:
        held = await connection.fetch("SELECT output_id FROM outputs WHERE held")
    assert {row["output_id"] for row in held} == {one.output_id for one in unsent} != set()
    await judge.timing._send(unsent)
    async with judge.pool.acquire() as connection:
        assert await connection.fetchval("SELECT count(*) FROM outputs WHERE held") == 0


async def test_while_nothing_is_due_one_look_is_all(judge, bridge_and_ferry, monkeypatch):
    bridge, _ = bridge_and_ferry
    await judge.takes(bridge.crossing())
    looked = []

    async def locks_rows(*_, **__):
        looked.append("rows")
        return []

    monkeypatch.setattr(timers, "claim_due", locks_rows)
    assert await judge.timing.fire_due() == 0
    assert looked == []
    judge.clock.later = HOUR
    assert await judge.timing.fire_due() == 0
    assert looked == ["rows"]


async def test_whoever_asks_is_told_what_waits_for_which_post(judge, bridge_and_ferry, migrated):
    bridge, ferry = bridge_and_ferry
    entry = in_transit(bridge, now() - 5 * HOUR)
    await judge.takes(entry, bridge.decision(entry), bridge.heartbeat(), ferry.heartbeat(last_number=5))
    await judge.fires()
    judge.clock.later = HOUR
    await judge.timing.call_silent()
    asked = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "stream_processors", "waiting"),
        env={**os.environ, "CHOTXANH_DATABASE_URL": migrated},
        stdout=asyncio.subprocess.PIPE,
    )
    said = (await asked.communicate())[0].decode().splitlines()
    assert said[0].startswith(f"transit of crossing {crossing_id_of(entry)}, due ")
    assert said[0].endswith("waits for co-chien")
    assert sorted(line.split()[1] for line in said[1:]) == ["co-chien-1", "rach-mieu-1"]


# Silent stations


async def test_a_station_is_called_silent_once_and_a_heartbeat_ends_it(judge, bridge_and_ferry):
    bridge, ferry = bridge_and_ferry
    await judge.takes(bridge.heartbeat(), ferry.heartbeat())
    assert await judge.timing._silent() == []
    judge.clock.later = 4 * MINUTE
    assert await judge.timing._silent() == []
    judge.clock.later = 6 * MINUTE
    assert await judge.timing._silent() == ["co-chien-1", "rach-mieu-1"]
    assert await judge.timing._silent() == []
    await judge.takes(bridge.heartbeat())
    async with judge.pool.acquire() as connection:
        rows = await connection.fetch("SELECT station_id FROM stations_heard WHERE silent_since IS NOT NULL")
    assert [row["station_id"] for row in rows] == ["co-chien-1"]


async def test_heartbeats_are_kept_only_as_far_as_they_still_prove_something(judge, bridge_and_ferry):
    bridge, _ = bridge_and_ferry
    for _ in range(5):
        crossing = bridge.crossing()
        await judge.takes(crossing, bridge.heartbeat())
    ahead = bridge.heartbeat(last_number=9)
    await judge.takes(ahead)
    await judge.timing._silent()
    async with judge.pool.acquire() as connection:
        rows = await connection.fetch("SELECT last_number FROM heartbeats ORDER BY last_number")
        facts = await connection.fetchval("SELECT count(*) FROM facts WHERE kind = 'other'")
    assert [row["last_number"] for row in rows] == [5, 9]
    assert facts == 0


# What others needed, and who rode along


async def test_a_jam_is_measured_by_those_who_came_the_same_way(judge, bridge_and_ferry):
    bridge, ferry = bridge_and_ferry
    at = now() - 5 * HOUR

    def way(number, gap, arrives):
        truck = of_truck(number) | {"purpose": Purpose.DESTINATION_HERE}
        one, other = in_transit(bridge, arrives - gap, **truck), in_transit(ferry, arrives, **truck)
        return [one, bridge.decision(one), other, ferry.decision(other)]

    slow = way(1, 100 * MINUTE, at)
    await judge.takes(*slow)
    assert codes(judge) == ["GL12"]
    others = [record for n in (2, 3) for record in way(n, 95 * MINUTE, at - n * MINUTE)]
    await judge.takes(*others)
    assert "GL12" not in [one.code for one in judge.findings() if crossing_id_of(slow[2]) in one.crossings]


async def test_whoever_rode_on_one_boat_with_a_positive_person_is_a_contact(judge, bridge_and_ferry, centre):
    _, ferry = bridge_and_ferry
    at = now() - HOUR
    sick = ferry.crossing(at=at, trip_id="pha-7-0730")
    beside = {"occupants": (OccupantSeen(occupant=1, role=OccupantRole.DRIVER),), "readings": ()}
    mate = ferry.crossing(at=at + 3 * MINUTE, plate="64B-111.11", person=MATE, trip_id="PHA-7-0730", **beside)
    another = ferry.crossing(at=at + 3 * MINUTE, plate="64B-222.22", person=MATE, trip_id="pha-7-0930", **beside)
    await judge.takes(sick, ferry.decision(sick), mate, ferry.decision(mate), another, ferry.decision(another))
    before = {one.crossing_id for one in judge.referrals()}
    assert before == set()
    result = centre.result(at=at + 20 * MINUTE, sampled_at=at + 10 * MINUTE)
    await judge.takes(result)
    because = {one.crossing_id: one.because for one in judge.referrals()}
    assert because == {crossing_id_of(sick): "verdict", crossing_id_of(mate): "companion"}
    # Corrected: the mate's crossing was on another boat.
    await judge.takes(ferry.correction(sick, trip_id="pha-7-0700"))
    assert {one.crossing_id for one in judge.referrals()} == {crossing_id_of(sick)}
