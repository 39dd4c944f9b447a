"""A store full of crossings, for measuring: one simulated morning taken in as it comes, then copied in the store.

The copies have ids, instants and refs of their own, so that none is a neighbour of another's vehicle. Their
boxes are empty: what is measured here opens none.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from deploy.demo.policy import demo_policy
from deploy.demo.posts import LANES, SIMULATED
from deploy.keys import KeyFolder, make_keys
from deploy.simulator.plan import plan
from deploy.simulator.plan_model import Counts
from deploy.simulator.registry_stream import Registry
from deploy.simulator.stream import Record, events_of
from stream_processors.batches import Batches
from stream_processors.clock import SystemClock
from stream_processors.database.bearing import read_bearings
from stream_processors.database.digests import digest_of
from stream_processors.database.migrate import migrate
from stream_processors.database.pool import Connection, Pool, open_pool
from stream_processors.database.registry import RegistryInForce
from stream_processors.database.statements import Judgement, Output, judgements_kept, lock_verdicts
from stream_processors.database.writing import write
from stream_processors.intake.records import RawRecord
from stream_processors.intake.shell import TOPICS, Intake
from stream_processors.judging.changes import changes
from stream_processors.judging.context import Registry as Rules
from stream_processors.judging.given import given_of, text_of
from stream_processors.judging.judge import judge
from stream_processors.judging_shell import Judging
from stream_processors.keys import read_keys
from stream_processors.outputs.sending import Sender, Sent

MORNING = datetime(2021, 10, 7, 0, 0, tzinfo=UTC)
LASTS = timedelta(hours=6)
OF_A_MORNING = 500
AT_ONCE = 200


async def fill(url: str, keys: KeyFolder, crossings: int) -> int:
    """Migrate an empty database and put at least ``crossings`` in; how many there are."""
    await take_in_a_morning(url, keys)
    pool = await open_pool(url)
    try:
        async with pool.acquire() as connection:
            return await _copied(connection, crossings)
    finally:
        await pool.close()


async def take_in_a_morning(url: str, keys: KeyFolder) -> None:
    """Migrate an empty database and have it take in, and judge, one simulated morning."""
    make_keys(keys, LANES)
    pool = await open_pool(url)
    try:
        async with pool.acquire() as connection:
            await migrate(connection)
        for records in _morning(keys):
            await _take_in(pool, keys, records)
    finally:
        await pool.close()


def _morning(keys: KeyFolder) -> tuple[list[Record], ...]:
    """What must be known before the first crossing, and what happened then."""
    policy = demo_policy()
    planned = plan(1, SIMULATED, policy, MORNING, MORNING + LASTS, Counts.of(OF_A_MORNING))
    registry = Registry(keys, MORNING)
    happened = [*events_of(planned, keys, [policy]), *(registry.result(result) for result in planned.results)]
    return list(registry.records(planned, LANES, [policy])), happened


class _SendsNothing(Sender):
    async def send(self, outputs: Sequence[Output]) -> Sent:
        return Sent()


async def _take_in(pool: Pool, keys: KeyFolder, records: Iterable[Record]) -> None:
    ours, in_force = read_keys(keys.root), RegistryInForce()
    intake = Intake(pool, ours, SystemClock(), in_force, wait_for_station_s=0)
    batches = Batches(pool, intake, Judging(pool, ours, in_force), _SendsNothing(""))
    known = [
        RawRecord(one.topic, 0, offset, one.key, one.value, tuple(one.headers))
        for offset, one in enumerate(records)
        if one.topic in TOPICS
    ]
    for start in range(0, len(known), AT_ONCE):
        await batches.handle(known[start : start + AT_ONCE])


_NEW_ID = "md5({column}::text || n::text)::uuid"
_NEW_REF = "sha256({column} || n::text::bytea)"
_LATER = "{column} + n * interval '6 hours'"

_COPIES = (
    f"""
    INSERT INTO crossings SELECT {_NEW_ID.format(column="crossing_id")}, revision,
        {_NEW_ID.format(column="event_id")}, station_id, post_id, {_LATER.format(column="occurred_at")}, state,
        practice, abandoned, ahead_ms, doubted, clock_error_ms, {_LATER.format(column="printed_until")},
        facts || jsonb_build_object('crossing_id', {_NEW_ID.format(column="crossing_id")}, 'occurred_at',
            to_char(({_LATER.format(column="occurred_at")}) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')),
        NULL, NULL
    FROM crossings, generate_series(1, $1::int) AS n
    """,
    f"""
    INSERT INTO crossing_refs SELECT {_NEW_REF.format(column="ref")}, {_LATER.format(column="occurred_at")},
        {_NEW_ID.format(column="crossing_id")}, revision, kind, occupant, reading
    FROM crossing_refs, generate_series(1, $1::int) AS n
    """,
    f"""
    INSERT INTO decisions SELECT {_NEW_ID.format(column="crossing_id")}, revision,
        {_NEW_ID.format(column="event_id")}, station_id, {_LATER.format(column="occurred_at")}, state, outcome,
        occupants
    FROM decisions, generate_series(1, $1::int) AS n
    """,
    f"""
    INSERT INTO result_refs SELECT {_NEW_REF.format(column="ref")}, result_id, revision,
        {_LATER.format(column="sampled_at")}, crossing_id
    FROM result_refs, generate_series(1, $1::int) AS n
    """,
    f"""
    INSERT INTO pass_refs SELECT {_NEW_REF.format(column="ref")}, pass_id, revision
    FROM pass_refs, generate_series(1, $1::int) AS n
    """,
)


async def _copied(connection: Connection, crossings: int) -> int:
    there: int = await connection.fetchval("SELECT count(*) FROM crossings")
    copies = max(0, -(-crossings // there) - 1)
    for statement in _COPIES:
        await connection.execute(statement, copies, timeout=600)
    await connection.execute("ANALYZE", timeout=600)
    total: int = await connection.fetchval("SELECT count(*) FROM crossings")
    return total


async def judge_all(url: str) -> float:
    """Judge the copies as they are judged in their time, but for what is sent; the seconds that it took."""
    began = time.perf_counter()
    pool = await open_pool(url)
    try:
        async with pool.acquire() as connection:
            for table in ("crossings", "decisions"):
                await connection.execute(
                    f"UPDATE {table} SET digest = {digest_of(table, table)} WHERE digest IS NULL", timeout=600
                )
            in_force = RegistryInForce()
            await in_force.refresh(connection)
            waiting = await connection.fetch(
                """
                SELECT crossing_id FROM crossings LEFT JOIN verdicts USING (crossing_id)
                WHERE verdicts.crossing_id IS NULL AND NOT abandoned ORDER BY crossing_id
                """
            )
            ids = [row["crossing_id"] for row in waiting]
            for start in range(0, len(ids), AT_ONCE):
                async with connection.transaction():
                    await _judge(connection, ids[start : start + AT_ONCE], in_force.registry)
            await connection.execute("ANALYZE", timeout=600)
    finally:
        await pool.close()
    return time.perf_counter() - began


async def _judge(connection: Connection, ids: Sequence[UUID], registry: Rules) -> None:
    locked = await lock_verdicts(connection, ids)
    judgements = [
        Judgement(
            id_,
            1,
            text_of(given_of(crossing, context)),
            tuple(changes(judge(crossing, context), locked[id_].verdict, ())),
        )
        for crossing, context in await read_bearings(connection, ids, registry)
        for id_ in [crossing.facts.crossing_id]
    ]
    await write(connection, judgements_kept(judgements))
