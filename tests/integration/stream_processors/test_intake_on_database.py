"""Intake on a real PostgreSQL: chains, conflicts, revoked stations, gaps, and what redelivery does."""

from __future__ import annotations

from datetime import timedelta

from schemas.events.crossing import CrossingClosed
from schemas.events.operations import SendAgain
from schemas.topics import CROSSINGS
from schemas.words import FactState
from stream_processors.periodic import PATIENCE_S, Rounds
from tests.integration.stream_processors.province import Station, now


class ClockAt:
    def __init__(self, at):
        self.at = at

    def now(self):
        return self.at


def reasons(judge):
    return [letter.reason for letter in judge.dead_letters()]


async def test_the_same_record_again_changes_nothing_and_the_same_bytes_go_out(judge, province):
    crossing = province["rach-mieu"].crossing()
    await judge.takes(crossing)
    first = [one.value for one in judge.sent]
    judge.sent.clear()
    await judge.takes(crossing)
    assert [one.value for one in judge.sent] == first


async def test_a_dead_letter_that_comes_again_goes_out_with_the_same_bytes(judge, province):
    station = province["rach-mieu"]
    placed = await judge.takes(Station(station.centre, "nowhere").crossing())
    await judge.batches.handle(placed)
    assert reasons(judge) == ["STATION_UNKNOWN", "STATION_UNKNOWN"]
    assert judge.sent[0].value == judge.sent[1].value


async def test_the_same_crossing_with_other_content_is_a_conflict_and_the_first_one_counts(judge, province):
    station = province["rach-mieu"]
    crossing = station.crossing()
    event = CrossingClosed.model_validate_json(crossing.value)
    await judge.takes(crossing)
    await judge.takes(station.chained(CROSSINGS, event.model_copy(update={"officer_id": "another"})))
    assert reasons(judge) == ["CONFLICT"]
    async with judge.pool.acquire() as connection:
        assert await connection.fetchval("SELECT count(*) FROM conflicts") == 1
    assert [one.revision for one in judge.verdicts()] == [1]


async def test_a_broken_link_is_shown_and_the_fact_is_taken_in_either_order(judge, province):
    for post_id, turn in (("rach-mieu", 1), ("co-chien", -1)):
        station = province[post_id]
        one = station.crossing()
        station.previous = "f" * 64
        other = station.crossing()
        await judge.takes_one_by_one(*(one, other)[::turn])
    assert reasons(judge) == ["CHAIN_BROKEN", "CHAIN_BROKEN"]
    assert len(judge.verdicts()) == 4


async def test_what_a_revoked_station_sends_is_kept_apart(judge, province, centre):
    station = province["rach-mieu"]
    await judge.takes(centre.enrolment(station, revision=2, state=FactState.WITHDRAWN))
    await judge.takes(station.crossing())
    assert reasons(judge) == ["STATION_REVOKED"]
    assert judge.verdicts() == []


async def test_an_older_list_that_is_played_back_is_refused(judge, province, centre):
    station = province["rach-mieu"]
    await judge.takes(centre.enrolment(station, revision=3, state=FactState.WITHDRAWN))
    await judge.takes(centre.enrolment(station, revision=2))
    await judge.takes(station.crossing())
    assert reasons(judge) == ["REVISION_OLDER", "STATION_REVOKED"]


async def test_a_gap_is_asked_for_once_its_time_has_come_a_few_times_and_delays_nobody(judge, province):
    station = province["rach-mieu"]
    missing = [station.crossing(), station.crossing()]
    await judge.takes(station.crossing())
    assert len(judge.verdicts()) == 1
    judge.sent.clear()
    clock = ClockAt(now())
    rounds = Rounds(judge.pool, judge.sender, clock, None)
    await rounds.ask_for_missing()
    assert judge.sent == []  # it may still be on its way by another topic
    for _ in range(12):
        clock.at += timedelta(seconds=PATIENCE_S * 33)
        await rounds.ask_for_missing()
    asked = judge.said(SendAgain, "station-requests.rach-mieu")
    assert [one.numbers for one in asked] == [((1, 2),)] * 5
    await judge.takes(*missing)
    async with judge.pool.acquire() as connection:
        assert await connection.fetchval("SELECT count(*) FROM missing_numbers") == 0


async def test_two_judges_at_once_find_a_pair_that_reaches_each_of_them_halfway(
    judge, province, migrated, keys_folder
):
    import asyncio

    from tests.integration.stream_processors.judge_on_database import JudgeOnDatabase

    other = await JudgeOnDatabase.opened(migrated, keys_folder)
    at = now() - timedelta(hours=1)
    pairs = 15
    for index in range(pairs):
        plate = f"71C-{index:05d}"
        early = province["rach-mieu"].crossing(at=at, plate=plate, readings=(), inside={"claims": ()})
        late = province["co-chien"].crossing(
            at=at + timedelta(minutes=3), plate=plate, readings=(), inside={"claims": ()}
        )
        await asyncio.gather(judge.takes(early), other.takes(late))
        at -= timedelta(hours=3)
    async with judge.pool.acquire() as connection:
        found = await connection.fetchval("SELECT count(*) FROM statements WHERE kind = 'finding' AND in_force")
    await other.close()
    assert found == pairs
