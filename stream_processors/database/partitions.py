"""SQL of partitions by time: outputs by the day, refs by the month (UTC). Made ahead and dropped whole.

Their names say what they hold, so that nothing else needs to be remembered: ``outputs_20211007`` holds that day,
``crossing_refs_20211001`` that month, ``outputs_until_20211008`` everything before that day. What nobody made a
partition for lies in ``outputs_rest`` and ``crossing_refs_rest``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import asyncpg

from stream_processors.database.pool import Connection

_LOCK = 5_226_022


def next_day(day: date) -> date:
    return day + timedelta(days=1)


def next_month(day: date) -> date:
    """The first of the month after the one of ``day``."""
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


@dataclass(frozen=True)
class Parted:
    """A table in partitions."""

    table: str
    column: str
    """By this time."""
    following: Callable[[date], date]
    """The day on which the next partition begins."""
    ahead: int
    """How many there are from the present one on."""
    needed: str
    """While this query, about the partition ``{name}`` that ends with ``{end}``, finds something, it stays."""
    past_in_rest: str | None = None
    """Rows of the rest that go by themselves."""

    def begins(self, day: date) -> date:
        """The first day of the partition that holds ``day``."""
        return day.replace(day=1) if self.following is next_month else day

    def from_on(self, day: date) -> Iterator[date]:
        begins = self.begins(day)
        for _ in range(self.ahead):
            yield begins
            begins = self.following(begins)

    def named(self, begins: date) -> str:
        return f"{self.table}_{begins:%Y%m%d}"


OUTPUTS = Parted(
    "outputs",
    "written_at",
    next_day,
    ahead=3,
    needed="SELECT FROM {name} WHERE held",
    past_in_rest="written_at < $1 AND NOT held",
)
REFS = Parted(
    "crossing_refs",
    "occurred_at",
    next_month,
    ahead=3,
    # A crossing that is still kept may have refs of a time that was corrected.
    needed="SELECT FROM crossings WHERE occurred_at < '{end}Z' UNION ALL "
    "SELECT FROM crossings WHERE refs_from < '{end}Z'",
)


async def make_ahead(connection: Connection, parted: Parted, now: datetime) -> list[str]:
    """Partitions from now on; names of those that were not there. Several workers may call.

    A transaction for each table: nobody waits for two tables at once. Whoever reads for long is not waited for,
    as everybody else would wait behind us; they are made ahead, and the next round tries again.
    """
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            await connection.execute("SET LOCAL lock_timeout = '2s'")
            return await _make(connection, parted, now)
    except asyncpg.LockNotAvailableError:
        return []


async def _make(connection: Connection, parted: Parted, now: datetime) -> list[str]:
    ends = await _ends(connection, parted)
    before = max((end for name, end in ends.items() if name in _before(ends, parted)), default=date.min)
    made = []
    for begins in parted.from_on(now.date()):
        end = parted.following(begins)
        if end > before and end not in ends.values() and not await _in_the_rest(connection, parted, begins):
            made.append(parted.named(begins))
            await connection.execute(
                f"CREATE TABLE {made[-1]} PARTITION OF {parted.table} FOR VALUES FROM ('{begins}Z') TO ('{end}Z')"
            )
    return made


async def drop_past(connection: Connection, parted: Parted, until: datetime) -> list[str]:
    """Drop the partitions that end before ``until`` and hold nothing that is still needed.

    Waits shortly for whoever reads them; what could not be dropped is tried again in the next round.
    """
    dropped = []
    for name, end in sorted((await _ends(connection, parted)).items()):
        if end <= until.date():
            try:
                async with connection.transaction():
                    await connection.execute("SET LOCAL lock_timeout = '2s'")
                    # The table first, then the partition, as everybody who reads or writes.
                    await connection.execute(f"LOCK TABLE ONLY {parted.table} IN ACCESS EXCLUSIVE MODE")
                    await connection.execute(f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE")
                    needed = parted.needed.format(name=name, end=end)
                    if not await connection.fetchval(f"SELECT EXISTS ({needed})"):
                        await connection.execute(f"DROP TABLE {name}")
                        dropped.append(name)
            except (asyncpg.LockNotAvailableError, asyncpg.UndefinedTableError):
                continue
    if parted.past_in_rest is not None:
        await connection.execute(f"DELETE FROM {parted.table}_rest WHERE {parted.past_in_rest}", until)
    return dropped


async def of_no_one_time(connection: Connection, parted: Parted) -> list[str]:
    """Partitions of more than one day or month: what was there before, and what nobody made one for."""
    return [*_before(await _ends(connection, parted), parted), f"{parted.table}_rest"]


def _before(names: Iterable[str], parted: Parted) -> list[str]:
    return sorted(name for name in names if name.startswith(f"{parted.table}_until_"))


async def _ends(connection: Connection, parted: Parted) -> dict[str, date]:
    """Each partition with the day before which everything in it lies."""
    rows = await connection.fetch(
        """
        SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = to_regclass($1)
        """,
        parted.table,
    )
    ends = {}
    for row in rows:
        named = re.fullmatch(rf"{parted.table}_(until_)?(\d{{8}})", row["relname"])
        if named is not None:
            day = date.fromisoformat(named[2])
            ends[row["relname"]] = day if named[1] else parted.following(day)
    return ends


async def _in_the_rest(connection: Connection, parted: Parted, begins: date) -> bool:
    """Rows of that day or month lie there already, so it can have no partition any more."""
    there: bool = await connection.fetchval(
        f"""
        SELECT EXISTS (SELECT FROM {parted.table}_rest
                       WHERE {parted.column} >= $1::date::timestamp AT TIME ZONE 'UTC'
                         AND {parted.column} < $2::date::timestamp AT TIME ZONE 'UTC')
        """,
        begins,
        parted.following(begins),
    )
    return there
