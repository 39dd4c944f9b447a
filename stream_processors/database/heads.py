"""SQL of the signed heads of the stations' chains: kept as they come, looked at a few seconds later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from schemas.events.operations import StationHealth
from stream_processors.database.pool import Connection
from stream_processors.intake.opening import STATION
from stream_processors.judging.heads import WRONG, Head, HeadState

MOST_AT_ONCE = 500


async def keep(connection: Connection, beats: Sequence[tuple[StationHealth, datetime]]) -> None:
    """Each with when it arrived."""
    heads = sorted(
        {
            (beat.station_id, beat.enrolment, beat.head.number, beat.head.record_sha256, beat.head.signature): at
            for beat, at in beats
            if beat.head is not None
        }.items()
    )
    if heads:
        await connection.execute(
            """
            INSERT INTO chain_heads (station_id, enrolment, number, sha256, signature, arrived_at)
            SELECT *
            FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bytea[], $5::text[], $6::timestamptz[])
            ON CONFLICT DO NOTHING
            """,
            *([key[column] for key, _ in heads] for column in range(3)),
            [bytes.fromhex(key[3]) for key, _ in heads],
            [key[4] for key, _ in heads],
            [at for _, at in heads],
        )


async def to_check(connection: Connection) -> list[tuple[Head, str | None]]:
    """Those that nobody looked at, and those whose record has come; each with the hash of what stands there.

    Locked until the caller's transaction ends; what another worker looks at is left to it.
    """
    rows = await connection.fetch(
        """
        SELECT head.station_id, head.enrolment, head.number, head.sha256, head.signature, head.state,
               chain.sha256 AS stands
        FROM chain_heads AS head LEFT JOIN chain USING (station_id, enrolment, number)
        WHERE head.state IN ('new', 'signed') AND (head.state = 'new' OR chain.sha256 IS NOT NULL)
        ORDER BY head.arrived_at LIMIT $1 FOR UPDATE OF head SKIP LOCKED
        """,
        MOST_AT_ONCE,
    )
    return [
        (
            Head(
                row["station_id"],
                row["enrolment"],
                row["number"],
                row["sha256"].hex(),
                row["signature"],
                HeadState(row["state"]),
            ),
            row["stands"].hex() if row["stands"] is not None else None,
        )
        for row in rows
    ]


async def checked(connection: Connection, states: Mapping[Head, HeadState]) -> None:
    """Of those that are right the newest stays: it stands for all before it."""
    heads = list(states)
    if not heads:
        return
    await connection.execute(
        """
        UPDATE chain_heads AS head SET state = new.state
        FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bytea[], $5::text[], $6::text[])
            AS new (station_id, enrolment, number, sha256, signature, state)
        WHERE head.station_id = new.station_id AND head.enrolment = new.enrolment AND head.number = new.number
          AND head.sha256 = new.sha256 AND head.signature = new.signature
        """,
        [one.station_id for one in heads],
        [one.enrolment for one in heads],
        [one.number for one in heads],
        [bytes.fromhex(one.sha256) for one in heads],
        [one.signature for one in heads],
        [states[one].value for one in heads],
    )
    await connection.execute(
        """
        DELETE FROM chain_heads AS old
        WHERE old.state = 'right' AND old.station_id = ANY($1::text[]) AND EXISTS (
            SELECT FROM chain_heads AS newer
            WHERE newer.station_id = old.station_id AND newer.enrolment = old.enrolment
              AND newer.state = 'right' AND newer.number > old.number)
        """,
        sorted({one.station_id for one in heads}),
    )


async def wrong(connection: Connection, *, most: int = 1000) -> list[Head]:
    """The oldest first."""
    rows = await connection.fetch(
        """
        SELECT station_id, enrolment, number, sha256, signature, state FROM chain_heads
        WHERE state IN ('signature_wrong', 'other_record') ORDER BY arrived_at, station_id, number LIMIT $1
        """,
        most,
    )
    return [Head(**{**dict(row), "sha256": row["sha256"].hex(), "state": HeadState(row["state"])}) for row in rows]


@dataclass(frozen=True)
class WrongHeads:
    """All heads of one enrolment that are wrong in one way."""

    station_id: str
    enrolment: int
    because: Literal["signature_wrong", "other_record"]
    number: int
    since: datetime
    last_at: datetime
    post_id: str | None
    """None where the enrolment is not known any more."""


async def wrong_by_station(connection: Connection) -> list[WrongHeads]:
    """The oldest first."""
    rows = await connection.fetch(
        """
        SELECT station_id, enrolment, state AS because, min(number) AS number, min(arrived_at) AS since,
               max(arrived_at) AS last_at,
               (SELECT event->>'post_id' FROM registry
                WHERE kind = $1 AND subject = head.station_id || '/' || head.enrolment) AS post_id
        FROM chain_heads AS head WHERE state IN ('signature_wrong', 'other_record')
        GROUP BY station_id, enrolment, state ORDER BY since, station_id, enrolment, state
        """,
        STATION,
    )
    return [WrongHeads(**dict(row)) for row in rows]


def told(states: Mapping[Head, HeadState]) -> dict[Head, HeadState]:
    """Those that somebody must hear of."""
    return {head: state for head, state in states.items() if state in WRONG}
