"""SQL of what was derived from new facts: crossings and refs, decisions, results, passes, the registry.

What can be revised keeps its highest revision; refs keep every one. Rows are written in id order.
"""

from __future__ import annotations

from collections.abc import Sequence
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
from stream_processors.database.digests import digest_of
from stream_processors.database.pool import Connection
from stream_processors.database.rows import pass_row, result_row
from stream_processors.intake import opening
from stream_processors.intake.believing import ahead_of, clock_doubted
from stream_processors.intake.records import Taken


async def store_derived(connection: Connection, new: Sequence[Taken]) -> list[Taken]:
    """Runs inside the caller's transaction. Returns the registry facts that are older than what is there."""
    by_kind: dict[str, list[Taken]] = {}
    for one in sorted(new, key=lambda one: (one.subject, one.revision)):
        by_kind.setdefault(one.kind, []).append(one)
    await _crossings(connection, by_kind.get(opening.CROSSING, []))
    await draws.keep(connection, by_kind.get(opening.CROSSING, []))
    await _decisions(connection, by_kind.get(opening.DECISION, []))
    await _results(connection, by_kind.get(opening.RESULT, []))
    await _passes(connection, by_kind.get(opening.PASS, []))
    given = [one.event for one in by_kind.get(opening.COMMAND, [])]
    await commands.take(connection, [one for one in given if isinstance(one, CommandGiven)])
    registry = [one for kind in sorted(opening.REGISTRY_KINDS - {opening.PASS}) for one in by_kind.get(kind, [])]
    return await _registry(connection, registry)


def _highest(facts: Sequence[Taken]) -> list[Taken]:
    """The highest revision of each subject: one statement may not touch a row twice."""
    return list({one.subject: one for one in sorted(facts, key=lambda one: (one.subject, one.revision))}.values())


_CROSSING_COLUMNS = (
    "crossing_id uuid, revision int, event_id uuid, station_id text, post_id text, occurred_at timestamptz,"
    " state text, practice boolean, abandoned boolean, ahead_ms bigint, doubted boolean, clock_error_ms bigint,"
    " printed_until timestamptz, facts jsonb, sealed_key_id text, sealed_box bytea"
)


@cache
def _names(columns: str) -> tuple[str, ...]:
    return tuple(column.split()[0] for column in columns.split(", "))


@cache
def _upsert(table: str, columns: str, key: str) -> str:
    """Insert rows given as arrays; of two revisions the higher stays."""
    names = _names(columns)
    arrays = ", ".join(f"${n}::{column.split()[1]}[]" for n, column in enumerate(columns.split(", "), 1))
    updates = ", ".join(f"{name} = excluded.{name}" for name in names if name not in key.split(", "))
    return (
        f"INSERT INTO {table} ({', '.join(names)}, digest) SELECT given.*, {digest_of(table, 'given')} "
        f"FROM unnest({arrays}) AS given ({', '.join(names)}) "
        f"ON CONFLICT ({key}) DO UPDATE SET {updates}, digest = excluded.digest "
        f"WHERE {table}.revision < excluded.revision"
    )


async def _write(connection: Connection, sql: str, columns: str, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        await connection.execute(sql, *([row[name] for row in rows] for name in _names(columns)))


async def _crossings(connection: Connection, facts: Sequence[Taken]) -> None:
    rows = [_crossing_row(one) for one in _highest(facts)]
    await _write(connection, _upsert("crossings", _CROSSING_COLUMNS, "crossing_id"), _CROSSING_COLUMNS, rows)
    shown = [(one, one.derived.refs) for one in facts if one.derived.refs]
    if shown:
        kinds, refs, occupants, readings = zip(*chain.from_iterable(refs for _, refs in shown), strict=True)
        of_each = [[(one.event.occurred_at, one.subject, one.revision)] * len(refs) for one, refs in shown]
        instants, crossings, revisions = zip(*chain.from_iterable(of_each), strict=True)
        await connection.execute(
            """
            INSERT INTO crossing_refs (ref, occurred_at, crossing_id, revision, kind, occupant, reading)
            SELECT * FROM unnest($1::bytea[], $2::timestamptz[], $3::uuid[], $4::int[], $5::text[], $6::int[],
                                 $7::int[])
            ON CONFLICT DO NOTHING
            """,
            list(map(bytes.fromhex, refs)),
            instants,
            crossings,
            revisions,
            kinds,
            occupants,
            readings,
        )


def _crossing_row(one: Taken) -> dict[str, Any]:
    event = one.event
    if not isinstance(event, CrossingRecord | CrossingAbandoned):
        raise TypeError(one.kind)
    ahead = ahead_of(event, one.believed.arrived_at)
    row: dict[str, Any] = dict.fromkeys(_names(_CROSSING_COLUMNS))
    row |= {
        "crossing_id": event.crossing_id,
        "revision": one.revision,
        "event_id": event.event_id,
        "station_id": event.station_id,
        "post_id": event.post_id,
        "occurred_at": event.occurred_at,
        "state": FactState.IN_FORCE.value,
        "practice": False,
        "abandoned": True,
        "ahead_ms": int(ahead.total_seconds() * 1000),
        "doubted": clock_doubted(event, ahead),
        "clock_error_ms": event.clock_error_ms,
    }
    if isinstance(event, CrossingAbandoned) or one.derived.crossing is None:
        return row
    ends = [shown.valid_until for shown in one.derived.crossing.passes if shown.valid_until is not None]
    return row | {
        "state": event.state.value,
        "practice": event.practice,
        "abandoned": False,
        "printed_until": min(ends, default=None),
        "facts": as_kept(one.derived.crossing),
        "sealed_key_id": event.sealed.key_id,
        "sealed_box": event.sealed.box.encode(),
    }


_DECISION_COLUMNS = (
    "crossing_id uuid, revision int, event_id uuid, station_id text, occurred_at timestamptz, state text,"
    " outcome text, occupants jsonb"
)


async def _decisions(connection: Connection, facts: Sequence[Taken]) -> None:
    rows = []
    for one in _highest(facts):
        event = one.event
        if isinstance(event, DecisionMade):
            occupants = {str(entry.occupant): entry.outcome.value for entry in event.occupants}
            row = {
                "crossing_id": event.crossing_id,
                "revision": one.revision,
                "event_id": event.event_id,
                "station_id": event.station_id,
                "occurred_at": event.occurred_at,
                "state": event.state.value,
                "outcome": event.outcome.value,
                "occupants": canonical_of_ours(occupants).decode(),
            }
            rows.append(row)
    await _write(connection, _upsert("decisions", _DECISION_COLUMNS, "crossing_id"), _DECISION_COLUMNS, rows)


_RESULT_COLUMNS = (
    "result_id uuid, revision int, event_id uuid, occurred_at timestamptz, sampled_at timestamptz,"
    " crossing_id uuid, content jsonb"
)


async def _results(connection: Connection, facts: Sequence[Taken]) -> None:
    found = [(one, one.derived.result) for one in facts]
    rows = [result_row(one.derived.result, one.revision) for one in _highest(facts) if one.derived.result]
    await _write(connection, _upsert("results", _RESULT_COLUMNS, "result_id"), _RESULT_COLUMNS, rows)
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
        await connection.execute(
            """
            INSERT INTO result_refs (ref, result_id, revision, sampled_at, crossing_id)
            SELECT * FROM unnest($1::bytea[], $2::uuid[], $3::int[], $4::timestamptz[], $5::uuid[])
            ON CONFLICT DO NOTHING
            """,
            [bytes.fromhex(ref[0]) for ref in refs],
            *([ref[column] for ref in refs] for column in range(1, 5)),
        )


_PASS_COLUMNS = "pass_id uuid, revision int, content jsonb"


async def _passes(connection: Connection, facts: Sequence[Taken]) -> None:
    rows = [
        pass_row(one.derived.vehicle_pass, one.revision) for one in _highest(facts) if one.derived.vehicle_pass
    ]
    await _write(connection, _upsert("passes", _PASS_COLUMNS, "pass_id"), _PASS_COLUMNS, rows)
    refs = [
        (bytes.fromhex(ref), known.pass_id, one.revision)
        for one in facts
        if (known := one.derived.vehicle_pass) is not None
        for ref in (known.number_ref, known.token_ref)
        if ref is not None
    ]
    if refs:
        await connection.execute(
            """
            INSERT INTO pass_refs (ref, pass_id, revision) SELECT * FROM unnest($1::bytea[], $2::uuid[], $3::int[])
            ON CONFLICT DO NOTHING
            """,
            *([ref[column] for ref in refs] for column in range(3)),
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
    sql = _upsert("registry", _REGISTRY_COLUMNS, "kind, subject") + " RETURNING kind, subject"
    written = await connection.fetch(sql, *([row[name] for row in rows] for name in _names(_REGISTRY_COLUMNS)))
    believed = {(row["kind"], row["subject"]) for row in written}
    return [one for one in highest if (one.kind, one.subject) not in believed]


def _registry_row(one: Taken, since: int) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "subject": one.subject,
        "revision": one.revision,
        "pass_ref": bytes.fromhex(one.derived.notice_pass_ref) if one.derived.notice_pass_ref else None,
        "event": canonical(one.event).decode(),
        "type": one.event.type_name,
        "since": since,
    }
