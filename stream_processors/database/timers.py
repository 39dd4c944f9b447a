"""SQL of the instants that are waited for. Set with the verdict that asks for them; several workers take turns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from schemas.timers_to_try import AsideTimer
from stream_processors.database.pool import Connection
from stream_processors.database.writing import Write
from stream_processors.judging.said import WantedTimer

CATCH_UP = timedelta(seconds=5)
"""A deadline that was over when the crossing came: what the station sent behind it is let come in first."""
LOOK_AGAIN = timedelta(seconds=10)
LEASE = timedelta(seconds=60)
"""So long a worker has for judging what it found to have passed; then another does it."""
MOST_AT_ONCE = 200


@dataclass(frozen=True)
class Due:
    crossing_id: UUID
    kind: str
    deadline: datetime
    posts: tuple[str, ...]
    set_at: datetime
    fired: bool
    station_id: str | None
    begun: int = 0
    """How often its judging was begun before, and not finished."""


def kept(
    crossing_ids: Sequence[UUID], wanted: Mapping[UUID, Sequence[WantedTimer]], *, at: datetime
) -> Iterator[Write]:
    """Exactly ``wanted`` are set for these crossings afterwards; what is set already stays as it is."""
    if not crossing_ids:
        return
    rows = sorted((id_, one.kind, one.deadline, ",".join(one.posts)) for id_ in wanted for one in wanted[id_])
    ids, kinds, deadlines, posts = ([row[column] for row in rows] for column in range(4))
    yield Write(
        """
        DELETE FROM timers WHERE crossing_id = ANY($1::uuid[])
          AND (crossing_id, kind) NOT IN (SELECT * FROM unnest($2::uuid[], $3::text[]))
        """,
        (list(crossing_ids), ids, kinds),
    )
    if rows:
        yield Write(
            """
            INSERT INTO timers AS known (crossing_id, kind, deadline, posts, due_at, set_at)
            SELECT crossing_id, kind, deadline, string_to_array(posts, ','),
                   CASE WHEN deadline > $5 THEN deadline ELSE $5 + $6::interval END, $5
            FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[])
                AS one (crossing_id, kind, deadline, posts)
            ON CONFLICT (crossing_id, kind) DO UPDATE SET deadline = excluded.deadline, posts = excluded.posts,
                due_at = excluded.due_at, set_at = excluded.set_at, waits_for = '{}', fired = false,
                begun = 0, put_aside_at = NULL
            WHERE known.deadline <> excluded.deadline OR known.posts <> excluded.posts
            """,
            (ids, kinds, deadlines, posts, at, CATCH_UP),
        )


async def any_due(connection: Connection, *, at: datetime) -> bool:
    """One look at an index."""
    return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM timers WHERE due_at <= $1)", at))


async def claim_due(connection: Connection, *, at: datetime) -> list[Due]:
    """Locked until the caller's transaction ends; what another worker holds is left to it."""
    rows = await connection.fetch(
        """
        SELECT timers.crossing_id, kind, deadline, posts, set_at, fired, theirs.station_id, begun
        FROM timers
        LEFT JOIN LATERAL (
            SELECT station_id FROM crossings AS one WHERE one.crossing_id = timers.crossing_id OFFSET 0
        ) AS theirs ON true
        WHERE due_at <= $1 ORDER BY due_at LIMIT $2 FOR UPDATE OF timers SKIP LOCKED
        """,
        at,
        MOST_AT_ONCE,
    )
    return [Due(**{**dict(row), "posts": tuple(row["posts"])}) for row in rows]


async def found_passed(connection: Connection, due: Sequence[Due], *, at: datetime, count_below: int) -> None:
    """Keep as facts that these deadlines passed. Their timers wait for the judge, or for another worker.

    Counted as begun, up to ``count_below``: what was begun as often is counted by ``begin_alone``.
    """
    ordered = sorted(due, key=lambda one: (one.crossing_id, one.kind))
    await connection.execute(
        """
        INSERT INTO deadlines AS known (crossing_id, kind, passed_at, posts, found_at)
        SELECT crossing_id, kind, passed_at, string_to_array(posts, ','), $5
        FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[])
            AS one (crossing_id, kind, passed_at, posts)
        ON CONFLICT (crossing_id, kind) DO UPDATE SET passed_at = excluded.passed_at, posts = excluded.posts,
            found_at = excluded.found_at
        WHERE known.passed_at < excluded.passed_at OR NOT known.posts @> excluded.posts
        """,
        [one.crossing_id for one in ordered],
        [one.kind for one in ordered],
        [one.deadline for one in ordered],
        [",".join(one.posts) for one in ordered],
        at,
    )
    await _look_again(connection, ordered, [()] * len(ordered), fired=True, due_at=at + LEASE)
    await connection.execute(
        """
        UPDATE timers SET begun = begun + 1
        FROM unnest($1::uuid[], $2::text[]) AS one (crossing_id, kind)
        WHERE timers.crossing_id = one.crossing_id AND timers.kind = one.kind AND begun < $3
          AND timers.crossing_id = ANY($1::uuid[])
        """,
        [one.crossing_id for one in ordered],
        [one.kind for one in ordered],
        count_below,
    )


async def begin_alone(connection: Connection, one: Due, *, at: datetime) -> int:
    """How often it was begun, this time included; 0 when it is not set any more. Ours for another lease."""
    times = await connection.fetchval(
        """
        UPDATE timers SET begun = begun + 1, due_at = $3 WHERE crossing_id = $1 AND kind = $2 AND fired
        RETURNING begun
        """,
        one.crossing_id,
        one.kind,
        at + LEASE,
    )
    return int(times or 0)


async def put_aside(connection: Connection, one: Due, *, at: datetime) -> None:
    """Until a person has it tried again, or another deadline takes its place."""
    await connection.execute(
        """
        UPDATE timers SET due_at = 'infinity', put_aside_at = $3, waits_for = '{}'
        WHERE crossing_id = $1 AND kind = $2
        """,
        one.crossing_id,
        one.kind,
        at,
    )


async def try_again(connection: Connection) -> int:
    """All that are put aside are due at once, and counted from nothing; how many there were."""
    rows = await connection.fetch(
        """
        UPDATE timers SET due_at = deadline, begun = 0, put_aside_at = NULL WHERE put_aside_at IS NOT NULL
        RETURNING crossing_id
        """
    )
    return len(rows)


async def try_these_again(connection: Connection, seen: Sequence[AsideTimer]) -> int:
    """As ``try_again``, those that are put aside still since the instant at which they were seen to be."""
    rows = await connection.fetch(
        """
        UPDATE timers SET due_at = deadline, begun = 0, put_aside_at = NULL
        FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) AS seen (crossing_id, kind, at)
        WHERE timers.crossing_id = seen.crossing_id AND timers.kind = seen.kind
          -- An instant is told to the millisecond.
          AND date_trunc('milliseconds', put_aside_at) = seen.at
        RETURNING timers.crossing_id
        """,
        [one.crossing_id for one in seen],
        [one.kind for one in seen],
        [one.put_aside_at for one in seen],
    )
    return len(rows)


@dataclass(frozen=True)
class PutAside:
    crossing_id: UUID
    kind: str
    deadline: datetime
    at: datetime
    station_id: str | None = None
    post_id: str | None = None
    """None where the crossing itself is gone."""


async def put_aside_now(connection: Connection, *, most: int | None = 1000) -> list[PutAside]:
    """None: all of them."""
    rows = await connection.fetch(
        """
        SELECT timers.crossing_id, kind, deadline, put_aside_at AS at, station_id, post_id
        FROM timers LEFT JOIN crossings USING (crossing_id)
        WHERE put_aside_at IS NOT NULL ORDER BY put_aside_at, timers.crossing_id LIMIT $1
        """,
        most,
    )
    return [PutAside(**dict(row)) for row in rows]


async def wait_on(connection: Connection, waiting: Mapping[Due, Sequence[str]], *, at: datetime) -> None:
    """They are due and cannot fire: shown with the posts that they wait for, and looked at again in a while."""
    await _look_again(
        connection, list(waiting), [waiting[one] for one in waiting], fired=False, due_at=at + LOOK_AGAIN
    )


async def _look_again(
    connection: Connection, due: Sequence[Due], posts: Sequence[Sequence[str]], *, fired: bool, due_at: datetime
) -> None:
    await connection.execute(
        """
        UPDATE timers SET due_at = $4, fired = $5, waits_for = string_to_array(new.waits_for, ',')
        FROM unnest($1::uuid[], $2::text[], $3::text[]) AS new (crossing_id, kind, waits_for)
        WHERE timers.crossing_id = new.crossing_id AND timers.kind = new.kind
          AND timers.crossing_id = ANY($1::uuid[])
        """,
        [one.crossing_id for one in due],
        [one.kind for one in due],
        [",".join(one) for one in posts],
        due_at,
        fired,
    )


@dataclass(frozen=True)
class Waiting:
    """Something that would be said, were it known what a post has seen."""

    crossing_id: UUID
    kind: str
    deadline: datetime
    waits_for: tuple[str, ...]


async def waiting(connection: Connection, *, most: int = 1000) -> list[Waiting]:
    rows = await connection.fetch(
        """
        SELECT crossing_id, kind, deadline, waits_for FROM timers
        WHERE waits_for <> '{}' ORDER BY deadline, crossing_id LIMIT $1
        """,
        most,
    )
    return [Waiting(**{**dict(row), "waits_for": tuple(row["waits_for"])}) for row in rows]
