"""What comes from Kafka, believed and unbelieved, over a real database."""

from __future__ import annotations

import pytest

from schemas.events.operations import StationHealth
from schemas.events.registry import PostRegistered, StationEnrolled
from schemas.topics import CROSSINGS, DEAD_LETTERS, FINDINGS, POSTS, STATION_HEALTH, STATIONS
from schemas.words import FactState
from services.audit import chain
from services.desk import store as desk
from services.intake.records import Record
from tests.builders import NOON, a_crossing, an_id
from tests.integration.services.centre_parts import a_finding, with_key


def a_station(**changes):
    return StationEnrolled.model_validate(
        {
            "event_id": an_id("station"),
            "occurred_at": NOON,
            "revision": 1,
            "station_id": "rach-mieu-1",
            "enrolment": 1,
            "post_id": "rach-mieu",
            "lane": 1,
            "signing_key": "AAAA",
            "sealing_key": "AAAA",
            "sealing_key_id": "s1",
        }
        | changes
    )


@pytest.fixture
async def station(judge):
    """Enrolled, as the centre itself published it."""
    await judge.sends(STATIONS, a_station())


async def count(centre, table):
    async with centre.pool.acquire() as conn:
        return await conn.fetchval(f"SELECT count(*) FROM {table}")


async def the_dead_letters(centre):
    async with centre.pool.acquire() as conn:
        return [row["reason"] for row in await desk.dead_letters(conn)]


async def test_garbage_is_buried_and_the_next_record_taken(judge, keys, centre):
    await judge.takes(
        Record("findings.v1", 0, 1000, None, b"{not json", ()), judge.record(FINDINGS, a_finding(keys))
    )
    assert await the_dead_letters(centre) == ["RECORD_TYPE_UNKNOWN"]
    assert await count(centre, "alerts") == 1


async def test_a_dead_letter_is_sent_unchanged_in_a_box_and_shown_once(judge, centre):
    record = Record("findings.v1", 0, 1000, b"key", b"secret bytes", (("ce_type", b"x"),))
    await judge.takes(record)
    await judge.takes(record)
    async with centre.pool.acquire() as conn:
        (row,) = await conn.fetch("SELECT value FROM outbox WHERE topic = 'dead-letters.v1'")
    assert b"secret bytes" not in row["value"]
    model, *_ = DEAD_LETTERS.events
    await judge.sends(DEAD_LETTERS, model.model_validate_json(row["value"]))
    assert await count(centre, "dead_letters") == 1


async def test_a_crossing_counts_and_its_number_closes_the_chain(judge, station, centre):
    for number in (1, 2, 5):
        await judge.sends(CROSSINGS, a_crossing(f"crossing {number}", number=number))
    async with centre.pool.acquire() as conn:
        gaps = [(row["first"], row["last"]) for row in await desk.gaps(conn)]
    assert gaps == [(3, 4)]
    for number in (4, 3):
        await judge.sends(CROSSINGS, a_crossing(f"crossing {number}", number=number))
    async with centre.pool.acquire() as conn:
        assert await desk.gaps(conn) == []
        assert await conn.fetchval("SELECT gapless_to FROM station_chains") == 5
        (traffic,) = await desk.traffic(conn) or [None]
    assert traffic is None  # the crossings of these tests are years old


async def test_numbers_missing_at_the_very_start_and_beyond_the_last_are_gaps_too(judge, station, centre):
    await judge.sends(CROSSINGS, a_crossing(number=3))
    health = StationHealth(
        event_id=an_id("health"),
        occurred_at=NOON,
        station_id="rach-mieu-1",
        post_id="rach-mieu",
        lane=1,
        enrolment=1,
        unsent=0,
        last_number=6,
        version="1",
    )
    await judge.sends(STATION_HEALTH, health)
    async with centre.pool.acquire() as conn:
        assert [(row["first"], row["last"]) for row in await desk.gaps(conn)] == [(1, 2), (4, 6)]


async def test_a_repeated_number_with_other_content_is_refused_and_shown(judge, station, centre):
    await judge.sends(CROSSINGS, a_crossing("one", number=1))
    await judge.sends(CROSSINGS, a_crossing("other", number=1))
    assert await the_dead_letters(centre) == ["STATION_NUMBER_REPEATED"]
    async with centre.pool.acquire() as conn:
        (refused,) = await desk.refused_stations(conn)
    assert (refused["station_id"], refused["records"]) == ("rach-mieu-1", 1)
    assert await count(centre, "crossings") == 1


@pytest.mark.parametrize(
    ("enrolment", "reason"),
    [
        (None, "STATION_NOT_ENROLLED"),
        (a_station(post_id="co-chien"), "STATION_OF_ANOTHER_POST"),
        (a_station(state=FactState.WITHDRAWN), "STATION_REVOKED"),
    ],
)
async def test_a_station_that_may_not_speak_is_not_believed(judge, centre, enrolment, reason):
    if enrolment:
        await judge.sends(STATIONS, enrolment)
    await judge.sends(CROSSINGS, a_crossing())
    assert await the_dead_letters(centre) == [reason]


async def test_a_record_with_a_wrong_mac_is_not_believed(judge, station, centre):
    record = judge.record(CROSSINGS, a_crossing())
    moved = Record("crossings.v1", 0, 7, record.key, (record.value or b"") + b" ", record.headers)
    await judge.takes(moved)
    assert await the_dead_letters(centre) == ["STATION_MAC_WRONG"]


async def test_what_the_centre_did_not_sign_is_not_believed(judge, centre):
    post = PostRegistered(
        event_id=an_id("post"),
        occurred_at=NOON,
        revision=1,
        post_id="gia",
        name="Giả",
        mode="road",
        level="province",
        records=("in",),
    )
    record = judge.record(POSTS, post)
    unsigned = [header for header in record.headers if header[0] != "chotxanh-signature"]
    await judge.takes(Record("posts.v1", 0, 1, record.key, record.value, unsigned))
    assert await the_dead_letters(centre) == ["SIGNATURE_WRONG"]
    assert await count(centre, "registry") == 0


async def test_the_same_id_and_revision_with_other_content_is_kept_as_a_conflict(judge, keys, centre, centre_url):
    await judge.sends(FINDINGS, a_finding(keys, severity="high"))
    await judge.sends(FINDINGS, a_finding(keys, severity="low"))
    async with await with_key(centre, centre_url, "watch", "desk:read") as watch:
        (conflict,) = (await watch.get("/v1/desk")).json()["conflicts"]
    assert conflict["event_id"] == str(an_id("finding"))
    async with centre.pool.acquire() as conn:
        assert await conn.fetchval("SELECT severity FROM alerts") == "high"


async def test_a_record_that_ended_the_process_twice_is_buried_as_our_fault(judge, keys, centre, monkeypatch):
    async def fails(conn, event, at):
        raise RuntimeError("a bug")

    monkeypatch.setitem(
        __import__("services.intake.apply", fromlist=["HANDLERS"]).HANDLERS, type(a_finding(keys)), fails
    )
    record = judge.record(FINDINGS, a_finding(keys))
    for _ in range(2):
        with pytest.raises(RuntimeError):
            await judge.takes(record)
    await judge.takes(record)
    assert await the_dead_letters(centre) == ["OUR_FAULT"]


async def test_the_audit_trail_is_one_chain_that_shows_what_was_changed(judge, keys, centre):
    for number in range(3):
        await judge.sends(FINDINGS, a_finding(keys, f"finding {number}"))
    async with centre.pool.acquire() as conn, conn.transaction():
        assert await chain.first_broken(conn) is None
        await conn.execute("ALTER TABLE audit DISABLE TRIGGER audit_is_never_edited")
        await conn.execute("""UPDATE audit SET details = '{"applied": 7}' WHERE number = 2""")
        assert await chain.first_broken(conn) == 2


async def test_the_audit_trail_cannot_be_edited(judge, keys, centre):
    await judge.sends(FINDINGS, a_finding(keys))
    async with centre.pool.acquire() as conn:
        with pytest.raises(Exception, match="never edited"):
            await conn.execute("DELETE FROM audit")
