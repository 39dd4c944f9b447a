"""SQL of the first transaction: facts, each once per event id and revision. Other content is a conflict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from stream_processors.database.columns import listed
from stream_processors.database.derived import store_derived
from stream_processors.database.pool import Connection
from stream_processors.database.writing import Write
from stream_processors.intake.records import Taken


@dataclass(frozen=True)
class StoredFacts:
    """``new`` are stored now; ``judged`` were here and are done with; ``known`` were here and are not."""

    new: tuple[Taken, ...] = ()
    known: tuple[Taken, ...] = ()
    judged: tuple[Taken, ...] = ()
    conflicting: tuple[Taken, ...] = ()
    older: tuple[Taken, ...] = ()
    """Registry facts that are older than what we have: kept as seen, and not believed."""

    @property
    def to_judge(self) -> tuple[Taken, ...]:
        return (*self.new, *self.known)


async def store_facts(connection: Connection, taken: Sequence[Taken]) -> StoredFacts:
    """Keep each fact once and say of each what it is to us. Runs inside the caller's transaction."""
    ordered = sorted(taken, key=lambda one: (one.event.event_id.int, one.revision))
    if not ordered:
        return StoredFacts()
    written = await _insert(connection, ordered)
    if len(written) == len(ordered):  # as nearly always: none was here before, none came twice
        return await _told_apart(connection, {"new": list(ordered)})
    inserted = {(row["event_id"], row["revision"]) for row in written}
    existing = await _existing(connection, ordered)
    parts: dict[str, list[Taken]] = {"new": [], "known": [], "judged": [], "conflicting": []}
    first: dict[tuple[object, int], Taken] = {}
    for one in ordered:
        key = (one.event.event_id, one.revision)
        row = existing.get(key)
        if row is None or row["sha256"] != one.believed.sha256:
            parts["conflicting"].append(one)
        elif key not in first:
            first[key] = one
            parts["new" if key in inserted else "judged" if row["judged"] else "known"].append(one)
    await _keep_conflicts(connection, parts["conflicting"])
    return await _told_apart(connection, parts)


async def _told_apart(connection: Connection, parts: dict[str, list[Taken]]) -> StoredFacts:
    """With what the new ones give stored, and with those apart that are older than what is there."""
    parts["older"] = await store_derived(connection, parts["new"])
    if parts["older"]:
        parts["new"] = [one for one in parts["new"] if one not in parts["older"]]
    return StoredFacts(**{name: tuple(facts) for name, facts in parts.items()})


async def _insert(connection: Connection, ordered: Sequence[Taken]) -> list[Any]:
    """The id and revision of those that were not here."""
    rows = [
        (
            one.event.event_id,
            one.revision,
            one.subject,
            one.believed.sha256,
            one.event.occurred_at,
            one.believed.arrived_at,
        )
        for one in ordered
    ]
    written: list[Any] = await connection.fetch(
        """
        INSERT INTO facts (event_id, revision, subject, sha256, occurred_at, recorded_at, kind)
        SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[], $4::bytea[], $5::timestamptz[],
                             $6::timestamptz[], string_to_array($7, ','))
        ON CONFLICT DO NOTHING
        RETURNING event_id, revision
        """,
        *zip(*rows, strict=True),
        listed([one.kind for one in ordered]),
    )
    return written


async def _existing(connection: Connection, ordered: Sequence[Taken]) -> dict[tuple[object, int], Any]:
    rows = await connection.fetch(
        """
        SELECT event_id, revision, sha256, judged FROM facts
        WHERE (event_id, revision) IN (SELECT * FROM unnest($1::uuid[], $2::int[]))
        """,
        [one.event.event_id for one in ordered],
        [one.revision for one in ordered],
    )
    return {(row["event_id"], row["revision"]): row for row in rows}


async def _keep_conflicts(connection: Connection, conflicting: Sequence[Taken]) -> None:
    if conflicting:
        await connection.execute(
            """
            INSERT INTO conflicts (event_id, revision, sha256, kind, subject, recorded_at)
            SELECT * FROM unnest($1::uuid[], $2::int[], $3::bytea[], $4::text[], $5::text[], $6::timestamptz[])
            ON CONFLICT DO NOTHING
            """,
            [one.event.event_id for one in conflicting],
            [one.revision for one in conflicting],
            [one.believed.sha256 for one in conflicting],
            [one.kind for one in conflicting],
            [one.subject for one in conflicting],
            [one.believed.arrived_at for one in conflicting],
        )


async def stations_of(connection: Connection, crossing_ids: Sequence[Any]) -> dict[str, str]:
    """The station of each of these crossings that is known."""
    rows = await connection.fetch(
        "SELECT crossing_id, station_id FROM crossings WHERE crossing_id = ANY($1::uuid[])", list(crossing_ids)
    )
    return {str(row["crossing_id"]): row["station_id"] for row in rows}


def marked_judged(facts: Sequence[Taken]) -> Iterator[Write]:
    if facts:
        yield Write(
            """
            UPDATE facts SET judged = true
            WHERE event_id = ANY($1::uuid[])
              AND ((event_id, revision) IN (SELECT * FROM unnest($1::uuid[], $2::int[]))) IS TRUE  -- not as a join
            """,
            ([one.event.event_id for one in facts], [one.revision for one in facts]),
        )
