"""Every statement of a batch finds its rows by key, whatever the planner knows of the tables.

A worker keeps one plan a statement (``BY_INDEX``). A plan that was made while a table was empty is kept while it
fills, and one that reads an index from end to end is as slow as one that reads the table.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from stream_processors.database.pool import open_pool
from tests.builders import DRIVER, MATE
from tests.integration.stream_processors.province import now
from tests.integration.stream_processors.test_look_back_on_database import (
    TRUCK,
    known_beforehand,
    registered,
    truck,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
GROWS = {
    "chain",
    "crossing_refs",
    "crossings",
    "decisions",
    "deadlines",
    "draws",
    "exposed",
    "facts",
    "missing_numbers",
    "outputs",
    "passes",
    "pass_refs",
    "result_refs",
    "results",
    "statements",
    "timers",
    "verdicts",
}
SPOKEN = {"SELECT", "WITH", "INSERT", "UPDATE", "DELETE"}
SCANS = {"Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan"}


@pytest.fixture
async def batches_statements(judge, centre, stations, monkeypatch) -> dict[str, int]:
    """Of batches in which much is found: somebody positive, a vehicle seen again, a boat's trip, a timer."""
    said: dict[str, int] = {}
    for name in ("fetch", "fetchrow", "fetchval", "execute"):
        asked = getattr(asyncpg.Connection, name)

        async def noting(connection, sql, *arguments, _asked=asked, **how):
            said[sql] = len(arguments)
            return await _asked(connection, sql, *arguments, **how)

        monkeypatch.setattr(asyncpg.Connection, name, noting)
    bridge, ferry = stations.values()
    at = now() - 2 * DAY
    hub = truck(bridge, at, DRIVER, trip_id="pha-7")
    companion = truck(ferry, at + HOUR, MATE, trip_id="pha-7", plate="71C-300.00")
    again = truck(ferry, at + 2 * HOUR, DRIVER)
    await judge.takes(*known_beforehand(centre, stations), registered(centre, TRUCK, "vt-001"))
    await judge.takes(hub, companion, again, centre.result(sampled_at=at + DAY))
    await judge.fires()
    await judge.takes(bridge.decision(hub), ferry.decision(companion), ferry.decision(again))
    monkeypatch.undo()
    return {sql: arguments for sql, arguments in said.items() if sql.split()[0] in SPOKEN}


def scans_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for inner in plan.get("Plans", ()):
        if not (plan["Node Type"] == "Limit" and is_the_first_of_an_index(inner)):
            yield from scans_of(inner)
    if plan["Node Type"] in SCANS and plan["Relation Name"] in GROWS:
        yield plan


def is_the_first_of_an_index(scan: dict[str, Any]) -> bool:
    return scan["Node Type"] == "Index Only Scan" and "Filter" not in scan


def looked_up_by(scan: dict[str, Any]) -> str:
    """The condition by which rows are found, and not the one by which found rows are left out."""
    below = scan.get("Plans", ())
    return scan.get("Index Cond", "") + "".join(one.get("Index Cond", "") for one in below)


async def assert_found_by_key(url: str, statements: dict[str, int]) -> None:
    """By the plan that a worker keeps, which is made for no values."""
    pool = await open_pool(url)
    wrong = []
    try:
        async with pool.acquire() as connection:
            for number, (sql, arguments) in enumerate(sorted(statements.items())):
                for scan in scans_of(await plan_kept(connection, f"kept_{number}", sql, arguments)):
                    found_by = looked_up_by(scan)
                    by_week = "week" in found_by or "crossing_refs_by_ref" not in json.dumps(scan)
                    if not found_by or not by_week:
                        wrong.append((scan["Relation Name"], " ".join(sql.split())[:160]))
    finally:
        await pool.close()
    assert wrong == [], "\n".join(f"{table}: {sql}" for table, sql in wrong)


async def plan_kept(connection: Any, name: str, sql: str, arguments: int) -> dict[str, Any]:
    await connection.execute(f"PREPARE {name} AS {sql}")
    given = f"({', '.join(['NULL'] * arguments)})" if arguments else ""
    text = await connection.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE {name}{given}")
    plan: dict[str, Any] = json.loads(text)[0]["Plan"]
    return plan


async def test_on_empty_tables(batches_statements, judge, database):
    async with judge.pool.acquire() as connection:
        await connection.execute(
            "TRUNCATE crossings, crossing_refs, facts, decisions, results, result_refs, outputs"
        )
        await connection.execute("ANALYZE")
    await assert_found_by_key(database, batches_statements)


async def test_on_tables_that_were_never_looked_at(batches_statements, database):
    await assert_found_by_key(database, batches_statements)


async def test_on_large_tables(batches_statements, judge, database):
    """What it is told of them is of millions of rows; the rows are not there."""
    async with judge.pool.acquire() as connection:
        await connection.execute("ANALYZE")
        await connection.execute(
            "UPDATE pg_class SET reltuples = 5e6, relpages = 2e5 WHERE relnamespace = 'processors'::regnamespace"
        )
    await assert_found_by_key(database, batches_statements)
