"""Refs lie in partitions by month: found whatever a correction did to the time, and dropped by the month."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from deploy.benchmarks.judge.months import refs_by_month
from schemas.words import Direction
from stream_processors.clock import SystemClock
from stream_processors.database import migrate as migrating
from stream_processors.database import partitions
from stream_processors.database.migrate import SCHEMA, migrate, migrations
from stream_processors.database.partitions import REFS
from stream_processors.database.refs import of_any_revision
from stream_processors.keeping import Keeping
from tests.builders import DRIVER, MATE
from tests.integration.stream_processors.province import crossing_id_of, now

BY_MONTH = "0042_refs_by_month.sql"
LEAVING = {"direction": Direction.OUT}


@pytest.fixture
async def months(judge):
    """A year of months before this one."""
    async with judge.pool.acquire() as connection:
        return await refs_by_month(connection, now() - timedelta(days=365))


async def months_of(judge, crossing):
    rows = await judge.pool.fetch(
        "SELECT DISTINCT tableoid::regclass::text AS month FROM crossing_refs WHERE crossing_id = $1",
        crossing_id_of(crossing),
    )
    return {row["month"] for row in rows}


async def seen_of_all(judge, crossing):
    """How many refs, of any revision, are found through the crossing's row."""
    return await judge.pool.fetchval(
        f"""
        SELECT count(*) FROM crossings AS here JOIN crossing_refs AS seen ON {of_any_revision("seen", "here")}
        WHERE here.crossing_id = $1
        """,
        crossing_id_of(crossing),
    )


async def partitions_there(judge):
    return {row["relname"] for row in await judge.pool.fetch("SELECT relname FROM pg_class WHERE relkind = 'r'")}


def month_of(at):
    return f"crossing_refs_{at.astimezone(UTC):%Y%m}01"


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (1, 0, 2)])
@pytest.mark.parametrize("together", [True, False])
async def test_refs_of_every_revision_are_found_in_whatever_months_they_lie(
    judge, province, months, order, together
):
    station = province["rach-mieu"]
    times = [now() - timedelta(days=days) for days in (100, 60, 140)]
    first = station.crossing(at=times[0])
    second = station.correction(first, occurred_at=times[1])
    third = station.correction(first, revision=3, occurred_at=times[2])
    records = [(first, second, third)[n] for n in order]
    await (judge.takes if together else judge.takes_one_by_one)(*records)
    assert judge.dead_letters() == []
    assert await months_of(judge, first) == {month_of(at) for at in times}
    everything = await judge.pool.fetchval(
        "SELECT count(*) FROM crossing_refs WHERE crossing_id = $1", crossing_id_of(first)
    )
    assert await seen_of_all(judge, first) == everything > 0


async def test_a_crossing_whose_time_never_changed_says_nothing_of_its_refs_times(judge, province, months):
    await judge.takes(province["rach-mieu"].crossing(at=now() - timedelta(days=100)))
    assert await judge.pool.fetchval("SELECT count(*) FROM crossings WHERE refs_from IS NULL") == 1


@pytest.mark.parametrize("late_first", [True, False])
async def test_two_crossings_on_either_side_of_a_months_end_meet(judge, province, months, late_first):
    end = now().replace(day=1, hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    end = end.replace(day=1)
    early = province["rach-mieu"].crossing(
        at=end - timedelta(minutes=2), plate="71C-111.11", person=DRIVER, **LEAVING
    )
    late = province["co-chien"].crossing(at=end + timedelta(minutes=3), plate="71C-222.22", person=MATE, **LEAVING)
    await judge.takes_one_by_one(*((late, early) if late_first else (early, late)))
    assert await months_of(judge, early) != await months_of(judge, late)
    (finding,) = [one for one in judge.findings() if one.code == "GL07"]
    assert set(finding.crossings) == {crossing_id_of(early), crossing_id_of(late)}


async def test_a_crossing_whose_time_was_corrected_into_another_month_still_wakes_whom_it_met(
    judge, province, months
):
    at = now() - timedelta(days=100)
    alike = {"readings": (), "inside": {"claims": ()}}
    early = province["rach-mieu"].crossing(at=at, person=DRIVER, **alike, **LEAVING)
    late = province["co-chien"].crossing(at=at + timedelta(minutes=5), person=MATE, **alike, **LEAVING)
    await judge.takes(early, late)
    assert [one.code for one in judge.findings()] == ["GL07"]
    moved = province["rach-mieu"].correction(early, occurred_at=at - timedelta(days=40), inside={"claims": ()})
    await judge.takes(moved)
    assert judge.findings() == []


async def test_whoever_names_the_time_looks_into_one_month(judge, province, months):
    await judge.takes(province["rach-mieu"].crossing(at=now() - timedelta(days=100)))
    plan = await judge.pool.fetchval(
        f"""
        EXPLAIN (ANALYZE, TIMING off, FORMAT json)
        SELECT count(*) FROM crossings AS here
        JOIN crossing_refs AS mine ON {of_any_revision("mine", "here")}
        CROSS JOIN LATERAL (SELECT FROM crossing_refs AS other WHERE other.ref = mine.ref
            AND other.occurred_at BETWEEN mine.occurred_at - interval '1 hour' AND mine.occurred_at
            ORDER BY other.occurred_at DESC LIMIT 5) AS met
        """
    )
    scans = list(_of_refs(json.loads(plan)[0]["Plan"]))
    ran = [one for one in scans if one["Actual Loops"]]
    assert len(scans) >= 2 * len(months)
    assert {one["Relation Name"] for one in ran} <= set(months)
    assert len(ran) <= 4  # the month, or, where the hour began in another, both, for each of the two


def _of_refs(node):
    if node.get("Relation Name", "").startswith("crossing_refs"):
        yield node
    for inner in node.get("Plans", ()):
        yield from _of_refs(inner)


async def test_a_month_that_is_past_is_dropped_whole_and_a_younger_crossing_keeps_its_refs(
    judge, province, months
):
    keeping = Keeping(judge.pool, SystemClock(), judge.batches.intake.in_force, timedelta(days=60))
    station = province["rach-mieu"]
    old, young = (station.crossing(at=now() - timedelta(days=days)) for days in (100, 59))
    await judge.takes(old, young)
    assert await months_of(judge, old) == {month_of(now() - timedelta(days=100))}
    await keeping.once()
    there = await partitions_there(judge)
    first = now() - timedelta(days=60)
    assert {name for name in months if name < month_of(first)}.isdisjoint(there)
    assert {name for name in months if name >= month_of(first)} <= there
    rows = await judge.pool.fetch("SELECT DISTINCT crossing_id FROM crossing_refs")
    assert [row["crossing_id"] for row in rows] == [crossing_id_of(young)]


async def test_a_month_stays_while_a_crossing_that_is_kept_had_its_time_there_before(judge, province, months):
    keeping = Keeping(judge.pool, SystemClock(), judge.batches.intake.in_force, timedelta(days=60))
    station, then = province["rach-mieu"], now() - timedelta(days=100)
    moved = station.crossing(at=then)
    await judge.takes(moved, station.correction(moved, occurred_at=now() - timedelta(days=10)))
    await keeping.once()
    assert month_of(then) in await months_of(judge, moved)
    assert month_of(now() - timedelta(days=140)) not in await partitions_there(judge)


async def test_a_pass_that_only_forgotten_crossings_showed_wakes_nobody(judge, province, centre, months):
    keep = timedelta(days=60 if (now() - timedelta(days=60)).day > 1 else 61)
    keeping = Keeping(judge.pool, SystemClock(), judge.batches.intake.in_force, keep)
    then = now() - keep - timedelta(days=1)
    old = province["rach-mieu"].crossing(at=then)
    await judge.takes(old)
    await keeping.once()
    # The rest of its month is still kept, and with it what it showed.
    assert await months_of(judge, old) == {month_of(then)}
    await judge.takes(centre.vehicle_pass())
    assert await judge.pool.fetchval("SELECT count(*) FROM verdicts") == 0


async def test_several_workers_make_the_same_months_once(judge, province):
    async def make():
        async with judge.pool.acquire() as connection:
            return await partitions.make_ahead(connection, REFS, now())

    made = await asyncio.gather(*(make() for _ in range(4)))
    assert sum(map(len, made)) == len({name for names in made for name in names}) == REFS.ahead - 1


async def test_a_time_of_no_month_finds_its_place_and_goes_with_its_crossing(judge, province, months):
    keeping = Keeping(judge.pool, SystemClock(), judge.batches.intake.in_force, timedelta(days=60))
    ancient = province["rach-mieu"].crossing(at=now() - timedelta(days=800))
    await judge.takes(ancient)
    assert await months_of(judge, ancient) == {"crossing_refs_rest"}
    await keeping.once()
    assert await months_of(judge, ancient) == set()


async def test_refs_that_were_there_before_are_still_found_with_the_times_of_their_revisions(
    database, monkeypatch
):
    whole = migrations()
    connection = await asyncpg.connect(database, server_settings={"search_path": SCHEMA})
    monkeypatch.setattr(migrating, "migrations", lambda: [one for one in whole if one[0] < BY_MONTH])
    await migrate(connection)
    at, before = datetime(2021, 10, 7, tzinfo=UTC), datetime(2021, 8, 7, tzinfo=UTC)
    moved, still = UUID(int=1), UUID(int=2)
    for crossing_id in (moved, still):
        await connection.execute(
            """
            INSERT INTO crossings (crossing_id, revision, event_id, station_id, post_id, occurred_at, state,
                                   practice, abandoned, ahead_ms, doubted)
            VALUES ($1, 2, gen_random_uuid(), 's', 'p', $2, 'in_force', false, false, 0, false)
            """,
            crossing_id,
            at,
        )
    for crossing_id, revision, then in ((moved, 1, before), (moved, 2, at), (still, 1, at), (still, 2, at)):
        await connection.execute(
            "INSERT INTO crossing_refs VALUES ('\\x01', $3, $1, $2, 'vehicle', 0, 0)", crossing_id, revision, then
        )
    monkeypatch.setattr(migrating, "migrations", lambda: whole)
    await migrate(connection)
    rows = await connection.fetch("SELECT crossing_id, refs_from, refs_until FROM crossings ORDER BY 1")
    assert [tuple(row) for row in rows] == [(moved, before, at), (still, None, None)]
    assert await connection.fetchval("SELECT count(*) FROM crossing_refs WHERE ref = '\\x01'") == 4
    await connection.close()
