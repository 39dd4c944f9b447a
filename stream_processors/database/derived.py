"""SQL of what was derived from new facts: crossings and refs, decisions, results, passes, the registry.

What can be revised keeps its highest revision; refs keep every one. Rows are written in id order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

from schemas.canonical import canonical, canonical_of_ours
from schemas.events.crossing import CrossingAbandoned, CrossingRecord
from schemas.events.decision import DecisionMade
from schemas.events.operations import CommandGiven
from schemas.plain import as_kept
from schemas.words import FactState
from stream_processors.database import commands, draws
from stream_processors.database.columns import listed
from stream_processors.database.digests import digest_of
from stream_processors.database.pool import Connection
from stream_processors.database.rows import pass_row, result_row
from stream_processors.database.writing import Write, write
from stream_processors.intake import opening
from stream_processors.intake.believing import ahead_of, clock_doubted
from stream_processors.intake.records import Taken


async def store_derived(connection: Connection, new: Sequence[Taken]) -> list[Taken]:
    """Runs inside the caller's transaction. Returns the registry facts that are older than what is there."""
    by_kind: dict[str, list[Taken]] = {}
    for one in sorted(new, key=lambda one: (one.subject, one.revision)):
        by_kind.setdefault(one.kind, []).append(one)
    crossings = by_kind.get(opening.CROSSING, [])
    await write(
        connection,
        [
            *_crossings(crossings),
            *draws.kept(crossings),
            *_decisions(by_kind.get(opening.DECISION, [])),
            *_results(by_kind.get(opening.RESULT, [])),
            *_passes(by_kind.get(opening.PASS, [])),
        ],
    )
    given = [one.event for one in by_kind.get(opening.COMMAND, [])]
    await commands.take(connection, [one for one in given if isinstance(one, CommandGiven)])
    registry = [one for kind in sorted(opening.REGISTRY_KINDS - {opening.PASS}) for one in by_kind.get(kind, [])]
    return await _registry(connection, registry)


def _highest(facts: Sequence[Taken]) -> list[Taken]:
    """The highest revision of each subject, of facts in their order: one statement may not touch a row twice."""
    return list({one.subject: one for one in facts}.values())


_CROSSING_COLUMNS = (
    "crossing_id uuid, revision int, event_id uuid, station_id word, post_id word, occurred_at timestamptz,"
    " state word, practice boolean, abandoned boolean, ahead_ms bigint, doubted boolean, clock_error_ms bigint,"
    " printed_until timestamptz, facts jsonb, sealed_key_id word, sealed_box bytea"
)


@dataclass(frozen=True)
class _Upsert:
    sql: str
    words: tuple[bool, ...]
    """Which columns are given as one text (``listed``) instead of an array; "" in it is NULL."""


@cache
def _upsert(table: str, columns: str, key: str) -> _Upsert:
    """Insert rows given column by column; of two revisions the higher stays."""
    names, kinds = zip(*(column.split() for column in columns.split(", ")), strict=True)
    arrays = ", ".join(
        f"string_to_array(${n}, ',', '')" if kind == "word" else f"${n}::{kind}[]"
        for n, kind in enumerate(kinds, 1)
    )
    updates = ", ".join(f"{name} = excluded.{name}" for name in names if name not in key.split(", "))
    sql = (
        f"INSERT INTO {table} ({', '.join(names)}, digest) SELECT given.*, {digest_of(table, 'given')} "
        f"FROM unnest({arrays}) AS given ({', '.join(names)}) "
        f"ON CONFLICT ({key}) DO UPDATE SET {updates}, digest = excluded.digest "
        f"WHERE {table}.revision < excluded.revision"
    )
    return _Upsert(sql, tuple(kind == "word" for kind in kinds))


def _written(upsert: _Upsert, rows: Sequence[tuple[Any, ...]]) -> Iterator[Write]:
    """Rows in the order of the columns."""
    if rows:
        yield Write(upsert.sql, tuple(_given(upsert, rows)))


def _given(upsert: _Upsert, rows: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
    for word, column in zip(upsert.words, zip(*rows, strict=True), strict=True):
        yield listed(column) if word else column


def _crossings(facts: Sequence[Taken]) -> Iterator[Write]:
    rows = [_crossing_row(one) for one in _highest(facts)]
    yield from _written(_upsert("crossings", _CROSSING_COLUMNS, "crossing_id"), rows)
    yield from _refs([one for one in facts if one.derived.refs])


def _refs(shown: Sequence[Taken]) -> Iterator[Write]:
    """What stands at each of ten refs of a crossing is given once a crossing."""
    if not shown:
        return
    kinds, refs, occupants, readings = zip(*chain.from_iterable([one.derived.refs for one in shown]), strict=True)
    places = chain.from_iterable([[place] * len(one.derived.refs) for place, one in enumerate(shown, 1)])
    yield Write(
        """
        INSERT INTO crossing_refs (ref, occurred_at, crossing_id, revision, kind, occupant, reading)
        SELECT substr($1::bytea, 32 * n::int - 31, 32), ($2::timestamptz[])[place], ($3::uuid[])[place],
               ($4::int[])[place], kind, occupant, reading
        FROM unnest(string_to_array($5, ',')::int[], string_to_array($6, ','), string_to_array($7, ',')::int[],
                    string_to_array($8, ',')::int[])
             WITH ORDINALITY AS given (place, kind, occupant, reading, n)
        ON CONFLICT DO NOTHING
        """,
        (
            bytes.fromhex("".join(refs)),
            [one.event.occurred_at for one in shown],
            [one.subject for one in shown],
            [one.revision for one in shown],
            *map(listed, (places, kinds, occupants, readings)),
        ),
    )


def _crossing_row(one: Taken) -> tuple[Any, ...]:
    """In the order of the columns."""
    event, crossing = one.event, one.derived.crossing
    if not isinstance(event, CrossingRecord | CrossingAbandoned):
        raise TypeError(one.kind)
    ahead = ahead_of(event, one.believed.arrived_at)
    known = (event.crossing_id, one.revision, event.event_id, event.station_id, event.post_id, event.occurred_at)
    clock = (int(ahead.total_seconds() * 1000), clock_doubted(event, ahead), event.clock_error_ms)
    if isinstance(event, CrossingAbandoned) or crossing is None:
        return (*known, FactState.IN_FORCE, False, True, *clock, None, None, "", None)
    ends = [shown.valid_until for shown in crossing.passes if shown.valid_until is not None]
    return (
        *known,
        event.state,
        event.practice,
        False,
        *clock,
        min(ends) if ends else None,
        as_kept(crossing),
        event.sealed.key_id,
        event.sealed.box.encode(),
    )


_DECISION_COLUMNS = (
    "crossing_id uuid, revision int, event_id uuid, station_id word, occurred_at timestamptz, state word,"
    " outcome word, occupants jsonb"
)


def _decisions(facts: Sequence[Taken]) -> Iterator[Write]:
    rows = []
    for one in _highest(facts):
        event = one.event
        if isinstance(event, DecisionMade):
            occupants = {str(entry.occupant): entry.outcome.value for entry in event.occupants}
            row = (
                event.crossing_id,
                one.revision,
                event.event_id,
                event.station_id,
                event.occurred_at,
                event.state,
                event.outcome,
                canonical_of_ours(occupants).decode(),
            )
            rows.append(row)
    yield from _written(_upsert("decisions", _DECISION_COLUMNS, "crossing_id"), rows)


_RESULT_COLUMNS = (
    "result_id uuid, revision int, event_id uuid, occurred_at timestamptz, sampled_at timestamptz,"
    " crossing_id uuid, content jsonb"
)


def _results(facts: Sequence[Taken]) -> Iterator[Write]:
    found = [(one, one.derived.result) for one in facts]
    rows = [result_row(one.derived.result, one.revision) for one in _highest(facts) if one.derived.result]
    yield from _written(_upsert("results", _RESULT_COLUMNS, "result_id"), rows)
    # A result without any ref still has a row, so that its crossing is found at every revision.
    refs = sorted(
        {
            (ref, result.result_id, one.revision, result.sampled_at, result.crossing_id)
            for one, result in found
            if result is not None
            for ref in (
                *(ref for person in result.persons for ref in person.refs.values()),
                *((result.certificate_ref,) if result.certificate_ref else ()),
                *((result.result_id.hex * 2,) if result.crossing_id else ()),
            )
        },
        key=str,
    )
    if refs:
        yield Write(
            """
            INSERT INTO result_refs (ref, result_id, revision, sampled_at, crossing_id)
            SELECT * FROM unnest($1::bytea[], $2::uuid[], $3::int[], $4::timestamptz[], $5::uuid[])
            ON CONFLICT DO NOTHING
            """,
            (
                [bytes.fromhex(ref[0]) for ref in refs],
                *([ref[column] for ref in refs] for column in range(1, 5)),
            ),
        )


_PASS_COLUMNS = "pass_id uuid, revision int, content jsonb"


def _passes(facts: Sequence[Taken]) -> Iterator[Write]:
    rows = [
        pass_row(one.derived.vehicle_pass, one.revision) for one in _highest(facts) if one.derived.vehicle_pass
    ]
    yield from _written(_upsert("passes", _PASS_COLUMNS, "pass_id"), rows)
    refs = [
        (bytes.fromhex(ref), known.pass_id, one.revision)
        for one in facts
        if (known := one.derived.vehicle_pass) is not None
        for ref in (known.number_ref, known.token_ref)
        if ref is not None
    ]
    if refs:
        yield Write(
            """
            INSERT INTO pass_refs (ref, pass_id, revision) SELECT * FROM unnest($1::bytea[], $2::uuid[], $3::int[])
            ON CONFLICT DO NOTHING
            """,
            tuple([ref[column] for ref in refs] for column in range(3)),
        )


_REGISTRY_COLUMNS = "kind text, subject text, revision int, pass_ref bytea, event jsonb, type text, since bigint"


async def _registry(connection: Connection, facts: Sequence[Taken]) -> list[Taken]:
    """Those that are older than what is there."""
    if not facts:
        return []
    highest = [
        one
        for kind in sorted({one.kind for one in facts})
        for one in _highest([one for one in facts if one.kind == kind])
    ]
    # Counted first: its row is the lock that gives every change a state of the registry of its own.
    since = await connection.fetchval("UPDATE registry_changes SET times = times + 1 RETURNING times")
    rows = [_registry_row(one, since) for one in highest]
    upsert = _upsert("registry", _REGISTRY_COLUMNS, "kind, subject")
    written = await connection.fetch(upsert.sql + " RETURNING kind, subject", *_given(upsert, rows))
    believed = {(row["kind"], row["subject"]) for row in written}
    return [one for one in highest if (one.kind, one.subject) not in believed]


def _registry_row(one: Taken, since: int) -> tuple[Any, ...]:
    return (
        one.kind,
        one.subject,
        one.revision,
        bytes.fromhex(one.derived.notice_pass_ref) if one.derived.notice_pass_ref else None,
        canonical(one.event).decode(),
        one.event.type_name,
        since,
    )
