"""SQL of the counted attempts: how often a batch, or a record alone, was begun and not finished."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from stream_processors.database.claims import claim
from stream_processors.database.pool import Connection
from stream_processors.database.registry import CHANGES
from stream_processors.intake.records import RawRecord

LIFE = uuid4()
"""Of this process: however often it takes from what was begun before, it is one attempt."""
AT_ONCE, CAREFULLY, ONE_BY_ONE = 1, 2, 3
CLAIM = "processors life "


@dataclass(frozen=True)
class Counted:
    life: int
    """In which life these records are tried now. In the third they go one by one."""
    registry_changes: int


async def claim_life(connection: Connection, life: UUID = LIFE) -> bool:
    """True when this connection says that ``life`` goes on, for as long as there is this connection.

    False while an earlier one of the same life says so.
    """
    return await claim(connection, f"{CLAIM}{life}")


async def count_batch(connection: Connection, records: Sequence[RawRecord], *, life: UUID = LIFE) -> Counted:
    """Count an attempt at these records.

    Records behind what was counted last begin a new count: what was counted was finished, or is at work in this
    very life. Both are counted before either is finished, and an end of the process counts against both. What is
    taken over from a life that goes on was no attempt that failed: a rebalance took its partition.
    """
    ranges: dict[tuple[str, int], tuple[int, int]] = {}
    for record in records:
        first, last = ranges.get((record.topic, record.partition), (record.offset, record.offset))
        ranges[record.topic, record.partition] = (min(first, record.offset), max(last, record.offset))
    places = sorted(ranges)
    rows = await connection.fetch(
        f"""
        INSERT INTO attempts AS before (topic, part, first_offset, last_offset, times, life)
        SELECT counted.*, 1, $5::uuid
        FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[]) AS counted
        -- Not waited for on the disk: a power cut is no fault of the records.
        CROSS JOIN set_config('synchronous_commit', 'off', true)
        ON CONFLICT (topic, part) DO UPDATE SET
            times = CASE WHEN excluded.first_offset > before.last_offset THEN 1
                         WHEN before.life = excluded.life THEN before.times
                         -- Somebody holds its claim.
                         WHEN NOT pg_try_advisory_xact_lock_shared(hashtextextended($6 || before.life::text, 0))
                             THEN before.times
                         ELSE before.times + 1 END,
            life = excluded.life,
            first_offset = excluded.first_offset,
            -- The next life may take less at once: the count stands for all that was begun.
            last_offset = CASE WHEN excluded.first_offset > before.last_offset THEN excluded.last_offset
                               ELSE greatest(excluded.last_offset, before.last_offset) END
        RETURNING times, {CHANGES} AS registry_changes
        """,
        [topic for topic, _ in places],
        [part for _, part in places],
        [ranges[place][0] for place in places],
        [ranges[place][1] for place in places],
        life,
        CLAIM,
    )
    return Counted(max(row["times"] for row in rows), rows[0]["registry_changes"])


async def count_alone(connection: Connection, record: RawRecord) -> int:
    """How often this record alone was begun, this time included."""
    times: int = await connection.fetchval(
        """
        INSERT INTO attempts_alone AS before (topic, part, position, times) VALUES ($1, $2, $3, 1)
        ON CONFLICT (topic, part, position) DO UPDATE SET times = before.times + 1
        RETURNING times
        """,
        *record.place,
    )
    return times


async def finished_alone(connection: Connection, record: RawRecord) -> None:
    await connection.execute(
        "DELETE FROM attempts_alone WHERE topic = $1 AND part = $2 AND position = $3", *record.place
    )
