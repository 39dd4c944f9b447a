"""What is past its retention goes, with all that hangs on it; the rest, and what it rests on, stays."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from schemas.events.crossing import HeadCount
from stream_processors.clock import SystemClock
from stream_processors.database import partitions
from stream_processors.keeping import Keeping
from tests.integration.stream_processors.province import crossing_id_of, now

KEEP = timedelta(days=60)
OLD, YOUNG = timedelta(days=61), timedelta(days=59)
OF_CROSSINGS = ("crossings", "crossing_refs", "decisions", "verdicts", "statements")


@pytest.fixture
def keeping(judge):
    return Keeping(judge.pool, SystemClock(), judge.batches.intake.in_force, KEEP)


async def crossings_in(judge, table):
    rows = await judge.pool.fetch(f"SELECT DISTINCT crossing_id FROM {table}")
    return {row["crossing_id"] for row in rows}


async def test_a_crossing_past_its_retention_goes_with_all_that_hangs_on_it_and_a_younger_one_stays(
    judge, province, keeping
):
    station = province["rach-mieu"]
    pairs = []
    for age in (OLD, YOUNG):
        crossing = station.crossing(at=now() - age, head_count=HeadCount(cab=9, cargo=0))
        pairs += [crossing, station.decision(crossing)]
    await judge.takes(*pairs)
    old, young = crossing_id_of(pairs[0]), crossing_id_of(pairs[2])
    for table in OF_CROSSINGS:
        assert await crossings_in(judge, table) == {old, young}, table
    await judge.pool.execute("UPDATE facts SET recorded_at = occurred_at WHERE kind IN ('crossing', 'decision')")
    await keeping.once()
    for table in OF_CROSSINGS:
        assert await crossings_in(judge, table) == {young}, table
    facts = await judge.pool.fetch("SELECT subject FROM facts WHERE kind IN ('crossing', 'decision')")
    assert {row["subject"] for row in facts} == {str(young)}
    assert await judge.pool.fetchval("SELECT count(*) FROM facts WHERE kind = 'policy'") == 1
    kept = await judge.pool.fetchval("SELECT at FROM kept_since")
    assert now() - KEEP - timedelta(minutes=5) < kept <= now() - KEEP


async def test_what_happened_before_all_that_is_kept_is_buried_with_its_reason(judge, province):
    judge.batches.intake.keep = KEEP
    station = province["rach-mieu"]
    await judge.takes(station.crossing(at=now() - OLD), station.crossing(at=now() - YOUNG))
    assert [letter.reason for letter in judge.dead_letters()] == ["TIME_PAST_RETENTION"]
    assert len(judge.verdicts()) == 1


async def test_what_a_policy_still_looks_back_to_stays_whatever_the_setting_says(judge, province, keeping):
    keeping.keep = timedelta(days=1)
    station = province["rach-mieu"]
    crossing = station.crossing(at=now() - timedelta(days=20))
    await judge.takes(crossing)
    await keeping.once()
    assert crossing_id_of(crossing) in await crossings_in(judge, "crossings")


async def test_without_a_setting_everything_stays(judge, province, keeping):
    keeping.keep = None
    crossing = province["rach-mieu"].crossing(at=now() - timedelta(days=1000))
    await judge.takes(crossing)
    await keeping.once()
    assert crossing_id_of(crossing) in await crossings_in(judge, "crossings")


async def test_outputs_go_by_whole_days_and_what_waits_for_its_topic_stays(judge, province):
    async with judge.pool.acquire() as connection:
        made = await partitions.make_ahead(connection)
        assert len(made) == partitions.AHEAD - 1  # today is in what was there before
        assert await partitions.make_ahead(connection) == []
        for day in ("20211005", "20211006", "20211007"):
            await connection.execute(f"CREATE TABLE outputs_{day} (LIKE outputs INCLUDING DEFAULTS)")
        await _move_the_past(connection)
        dropped = await partitions.drop_past(connection, datetime(2021, 10, 7, tzinfo=UTC))
        assert dropped == ["outputs_20211005"]
        held = await connection.fetchval("SELECT count(*) FROM outputs WHERE held")
    assert held == 1


async def test_partitions_are_made_later_where_somebody_holds_the_table(judge, province):
    async with judge.pool.acquire() as connection, judge.pool.acquire() as another:
        async with another.transaction():
            await another.execute("LOCK TABLE outputs IN ROW EXCLUSIVE MODE")  # as a batch that writes
            async with asyncio.timeout(60):
                assert await partitions.make_ahead(connection) == []
            await another.execute("SELECT count(*) FROM outputs")  # and goes on
        assert len(await partitions.make_ahead(connection)) == partitions.AHEAD - 1


async def _move_the_past(connection):
    """Three days of 2021 as partitions, one output in each; the one of the second day waits for its topic."""
    until = await connection.fetchval("SELECT relname FROM pg_class WHERE relname LIKE 'outputs_until_%'")
    await connection.execute(f"ALTER TABLE outputs DETACH PARTITION {until}")
    for day, held in (("20211005", False), ("20211006", True), ("20211007", False)):
        at = datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC)
        await connection.execute(
            f"ALTER TABLE outputs ATTACH PARTITION outputs_{day} "
            f"FOR VALUES FROM ('{at.isoformat()}') TO ('{(at + timedelta(days=1)).isoformat()}')"
        )
        await connection.execute(
            """
            INSERT INTO outputs (output_id, cause, topic, key, value, headers, written_at, held)
            VALUES (gen_random_uuid(), gen_random_uuid(), 'findings.v1', '', '', '[]', $1, $2)
            """,
            at + timedelta(hours=1),
            held,
        )


async def test_a_dead_letter_that_comes_again_keeps_its_bytes(judge, province):
    station = province["rach-mieu"]
    bad = station.crossing(at=now() + timedelta(hours=30))
    placed = await judge.takes(bad)
    await judge.batches.handle(placed)
    values = {one.value for one in judge.sent if one.topic == "dead-letters.v1"}
    assert len(values) == 1
    assert await judge.pool.fetchval("SELECT count(*) FROM outputs WHERE topic = 'dead-letters.v1'") == 1
