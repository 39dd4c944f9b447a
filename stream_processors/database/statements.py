"""SQL of what was said: verdicts under lock, findings, referrals, recalls, and the bytes that went out."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from stream_processors.database.pool import Connection
from stream_processors.database.writing import Write, write
from stream_processors.judging.changes import Change, Standing
from stream_processors.judging.said import Kind

_LETTERS_LOCK = 5_226_024


@dataclass(frozen=True)
class Output:
    """A record to be sent: exact bytes, and the fact that caused it."""

    output_id: UUID
    cause: UUID
    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True)
class Locked:
    """A crossing's verdict as it stands, and how often something new was said about the crossing."""

    verdict: Standing
    judgements: int


async def lock_verdicts(connection: Connection, crossing_ids: Sequence[UUID]) -> dict[UUID, Locked]:
    """Ensure a row for each crossing and lock them in id order; whoever judges next waits here."""
    ids = sorted(crossing_ids)
    rows = await connection.fetch(
        """
        INSERT INTO verdicts (crossing_id) SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING
        RETURNING crossing_id, revision, content, judgements
        """,
        ids,
    )
    if len(rows) == len(ids):  # of nobody else's making, and so locked
        return _locked(rows)
    rows = await connection.fetch(
        """
        SELECT crossing_id, revision, content, judgements FROM verdicts
        WHERE crossing_id = ANY($1::uuid[]) ORDER BY crossing_id FOR UPDATE
        """,
        ids,
    )
    return _locked(rows)


def _locked(rows: Sequence[Any]) -> dict[UUID, Locked]:
    return {
        id_: Locked(
            Standing(Kind.VERDICT, id_, id_, row["revision"], row["revision"] > 0, row["content"]),
            row["judgements"],
        )
        for row in rows
        for id_ in [row["crossing_id"]]
    }


async def others_of(connection: Connection, crossing_ids: Sequence[UUID]) -> list[Standing]:
    if not crossing_ids:
        return []
    rows = await connection.fetch(
        """
        SELECT kind, id, crossing_id, revision, in_force, content FROM statements
        WHERE crossing_id = ANY($1::uuid[]) ORDER BY kind, id
        """,
        list(crossing_ids),
    )
    return [Standing(**{**dict(row), "kind": Kind(row["kind"])}) for row in rows]


@dataclass(frozen=True)
class Judgement:
    """One time that something new was said about a crossing: what, and what the judge was given for it."""

    crossing_id: UUID
    number: int
    given: str
    changes: tuple[Change, ...]

    @property
    def verdict(self) -> Change | None:
        """None when it stays as it was said before."""
        return next((one for one in self.changes if one.kind is Kind.VERDICT), None)

    @property
    def others(self) -> tuple[Change, ...]:
        return tuple(one for one in self.changes if one.kind is not Kind.VERDICT)


def judgements_kept(judgements: Sequence[Judgement]) -> Iterator[Write]:
    """The caller holds the verdicts' locks. What is overwritten is kept by the tables' triggers."""
    if judgements:
        verdicts = [one.verdict for one in judgements]
        # Each row is there, and locked; a conflict is found by key, whatever the planner thinks of the table.
        yield Write(
            """
            INSERT INTO verdicts (crossing_id, judgements, given, revision, content)
            SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[], $4::int[], $5::bytea[])
            ON CONFLICT (crossing_id) DO UPDATE SET judgements = excluded.judgements, given = excluded.given,
                revision = CASE WHEN excluded.revision = 0 THEN verdicts.revision ELSE excluded.revision END,
                content = CASE WHEN excluded.revision = 0 THEN verdicts.content ELSE excluded.content END,
                judgement = CASE WHEN excluded.revision = 0 THEN verdicts.judgement ELSE excluded.judgements END
            """,
            (
                [one.crossing_id for one in judgements],
                [one.number for one in judgements],
                [one.given for one in judgements],
                [one.revision if one else 0 for one in verdicts],
                [one.content if one else b"" for one in verdicts],
            ),
        )
    yield from _others_kept([(other, one.number) for one in judgements for other in one.others])


def _others_kept(others: Sequence[tuple[Change, int]]) -> Iterator[Write]:
    """Each with the number of the judgement that says it."""
    if others:
        ordered = sorted(others, key=lambda other: (other[0].kind, other[0].id))
        yield Write(
            """
            INSERT INTO statements (kind, id, crossing_id, revision, in_force, content, judgement)
            SELECT * FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::int[], $5::bool[], $6::bytea[], $7::int[])
            ON CONFLICT (kind, id) DO UPDATE SET crossing_id = excluded.crossing_id,
                revision = excluded.revision, in_force = excluded.in_force, content = excluded.content,
                judgement = excluded.judgement
            """,
            (
                [one.kind.value for one, _ in ordered],
                [one.id for one, _ in ordered],
                [one.crossing_id for one, _ in ordered],
                [one.revision for one, _ in ordered],
                [one.said is not None for one, _ in ordered],
                [one.content for one, _ in ordered],
                [number for _, number in ordered],
            ),
        )


async def store_outputs(connection: Connection, outputs: Sequence[Output], *, held: bool = False) -> None:
    """``outputs_kept``, by themselves."""
    await write(connection, outputs_kept(outputs, held=held))


def outputs_kept(outputs: Sequence[Output], *, held: bool = False) -> Iterator[Write]:
    """Called once for each output: its id follows from a revision that is given in this very transaction.
    ``held`` is sent until it is released: for what no record brings again."""
    if outputs:
        yield Write(
            """
            INSERT INTO outputs (output_id, cause, topic, key, value, headers, held)
            SELECT *, $7::boolean
            FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bytea[], $5::bytea[], $6::jsonb[])
            """,
            (
                [one.output_id for one in outputs],
                [one.cause for one in outputs],
                [one.topic for one in outputs],
                [one.key for one in outputs],
                [one.value for one in outputs],
                [_headers_text(one) for one in outputs],
                held,
            ),
        )


def _headers_text(output: Output) -> str:
    return msgspec.json.encode([(name, value.decode()) for name, value in output.headers]).decode()


async def store_letters(connection: Connection, letters: Sequence[Output]) -> None:
    """A dead letter's id follows from its place: what was stored before stays as it is, its bytes may be out."""
    if not letters:
        return
    # The days' partitions have no unique index over all of them, so one worker at a time looks and writes.
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _LETTERS_LOCK)
    rows = await connection.fetch(
        "SELECT output_id FROM outputs WHERE output_id = ANY($1::uuid[])", [one.output_id for one in letters]
    )
    there = {row["output_id"] for row in rows}
    new = {one.output_id: one for one in letters if one.output_id not in there}
    await store_outputs(connection, list(new.values()))


async def outputs_caused_by(connection: Connection, causes: Sequence[UUID]) -> list[Output]:
    """In the order in which they were first written."""
    if not causes:
        return []
    rows = await connection.fetch(
        "SELECT * FROM outputs WHERE cause = ANY($1::uuid[]) ORDER BY position", list(causes)
    )
    return [_output(row) for row in rows]


async def hold(connection: Connection, outputs: Sequence[Output]) -> None:
    """Their topic is not there. They wait here, and are sent when it is."""
    await connection.execute(
        "UPDATE outputs SET held = true WHERE output_id = ANY($1::uuid[])", [one.output_id for one in outputs]
    )


async def held(connection: Connection, *, most: int = 500) -> list[Output]:
    rows = await connection.fetch("SELECT * FROM outputs WHERE held ORDER BY position LIMIT $1", most)
    return [_output(row) for row in rows]


async def release(connection: Connection, outputs: Sequence[Output]) -> None:
    await connection.execute(
        "UPDATE outputs SET held = false WHERE output_id = ANY($1::uuid[])", [one.output_id for one in outputs]
    )


def _output(row: Any) -> Output:
    return Output(
        output_id=row["output_id"],
        cause=row["cause"],
        topic=row["topic"],
        key=row["key"],
        value=row["value"],
        headers=tuple((name, value.encode()) for name, value in json.loads(row["headers"])),
    )


@dataclass(frozen=True)
class Box:
    """The sealed box of a crossing at its present revision."""

    crossing_id: UUID
    event_id: UUID
    key_id: str
    box: str | None
    """None where it was not asked for."""


async def boxes_of(
    connection: Connection, crossing_ids: Sequence[UUID], *, at_hand: Collection[UUID] = ()
) -> dict[UUID, Box]:
    """``at_hand`` are events whose box is not asked for."""
    rows = await connection.fetch(
        """
        SELECT crossing_id, event_id, sealed_key_id,
               CASE WHEN event_id IN (SELECT unnest($2::uuid[])) THEN NULL ELSE sealed_box END AS sealed_box
        FROM crossings
        WHERE crossing_id = ANY($1::uuid[]) AND sealed_key_id IS NOT NULL
        """,
        list(crossing_ids),
        list(at_hand),
    )
    return {
        row["crossing_id"]: Box(
            row["crossing_id"], row["event_id"], row["sealed_key_id"], box.decode() if box is not None else None
        )
        for row in rows
        for box in [row["sealed_box"]]
    }
