"""What a batch reads does not grow with what came before it, in tables without statistics."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import timedelta
from itertools import pairwise

from schemas.passes.claims import PersonClaims
from tests.integration.stream_processors.judge_on_database import JudgeOnDatabase
from tests.integration.stream_processors.province import now

A_BATCH = 20
MINUTE = timedelta(minutes=1)


async def rows_read(judge):
    """By index and without one, by every connection of the judge, up to now."""
    async with AsyncExitStack() as held:
        connections = [await held.enter_async_context(judge.pool.acquire()) for _ in range(judge.pool.get_size())]
        for connection in connections:
            await connection.execute("SELECT pg_stat_force_next_flush()")
        total = await connections[0].fetchval(
            """
            SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))
                 + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes)
            FROM pg_stat_user_tables
            """
        )
    return int(total)


async def test_a_stations_fifteenth_batch_reads_no_more_than_its_fifth(province, judge: JudgeOnDatabase):
    station = next(iter(province.values()))
    begins = now() - timedelta(hours=20)
    read = [await rows_read(judge)]
    for batch in range(15):
        records = []
        for place in range(batch * A_BATCH, (batch + 1) * A_BATCH):
            stranger = PersonClaims(name="Lê Văn Lạ", number=f"{83091000100 + place:012}", birth_date="1991-06-07")
            crossing = station.crossing(
                at=begins + place * MINUTE,
                plate=f"51C-{place // 100:03}.{place % 100:02}",
                person=stranger,
                inside={"claims": ()},
                readings=(),
            )
            records += [crossing, station.decision(crossing)]
        await judge.takes(*records)
        read.append(await rows_read(judge))
    assert len(judge.verdicts()) >= 15 * A_BATCH
    of_each = [after - before for before, after in pairwise(read)]
    assert of_each[14] <= 1.1 * of_each[4]
