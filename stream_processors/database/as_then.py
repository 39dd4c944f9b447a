"""SQL that reads facts at the revisions that a judge was given, whether they still stand or were superseded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from stream_processors.database.digests import digest_of
from stream_processors.database.neighbours import NEIGHBOUR_COLUMNS
from stream_processors.database.pool import Connection
from stream_processors.database.rows import NAMES, ref_from
from stream_processors.judging.context import CrossingRef
from stream_processors.judging.given import Given, Revised

Rows: TypeAlias = Mapping[Revised, Any]

_NEIGHBOURS = f"{NEIGHBOUR_COLUMNS}, other.facts->>'occupants' AS occupants_shown"


@dataclass(frozen=True)
class Facts:
    """Rows by id and revision. What is not there was dropped, or somebody removed it."""

    crossings: Rows
    """Neighbours too."""
    refs: Mapping[Revised, Sequence[CrossingRef]]
    neighbours: Rows
    decisions: Rows
    results: Rows
    passes: Rows


async def facts_given(connection: Connection, given: Iterable[tuple[UUID, Given]]) -> Facts:
    """All that these judgements were given: a fixed number of queries, however many there are."""
    crossings: set[Revised] = set()
    neighbours: set[Revised] = set()
    decisions: set[Revised] = set()
    results: set[Revised] = set()
    passes: set[Revised] = set()
    for crossing_id, one in given:
        crossings.add(Revised(crossing_id, one.crossing))
        neighbours |= {neighbour.crossing for neighbour in one.neighbours}
        decisions |= {
            Revised(neighbour.crossing.id, neighbour.decision)
            for neighbour in one.neighbours
            if neighbour.decision is not None
        }
        results |= set(one.results)
        passes |= set(one.passes)
        if one.decision is not None:
            decisions.add(Revised(crossing_id, one.decision))
        for companion in one.trip:
            crossings.add(companion.crossing)
            results |= set(companion.results)
            if companion.decision is not None:
                decisions.add(Revised(companion.crossing.id, companion.decision))
    everywhere = crossings | neighbours
    return Facts(
        crossings=await _at(connection, "crossings", everywhere),
        refs=await _refs(connection, everywhere),
        neighbours=await _at(connection, "crossings", neighbours, _NEIGHBOURS),
        decisions=await _at(connection, "decisions", decisions),
        results=await _at(connection, "results", results),
        passes=await _at(connection, "passes", passes),
    )


async def _at(connection: Connection, table: str, wanted: set[Revised], columns: str = "other.*") -> Rows:
    """What was superseded reads like what was not. ``as_stored`` is NULL where there is no digest."""
    if not wanted:
        return {}
    ordered, (_, id_) = sorted(wanted), NAMES[table]
    rows = await connection.fetch(
        f"""
        SELECT {columns}, other.digest = {digest_of(table, "other")} AS as_stored FROM (
            SELECT here.* FROM unnest($1::uuid[], $2::int[]) AS asked (id, revision)
            JOIN {table} AS here ON here.{id_} = asked.id AND here.revision = asked.revision
            UNION ALL
            SELECT former.* FROM unnest($1::uuid[], $2::int[]) AS asked (id, revision)
            JOIN superseded_facts AS kept
              ON kept.source = '{table}' AND kept.id = asked.id::text AND kept.revision = asked.revision
            CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, kept.content) AS former
        ) AS other
        """,
        [one.id for one in ordered],
        [one.revision for one in ordered],
    )
    return {Revised(row[id_], row["revision"]): row for row in rows}


async def _refs(connection: Connection, wanted: set[Revised]) -> Mapping[Revised, Sequence[CrossingRef]]:
    ordered = sorted(wanted)
    rows = await connection.fetch(
        """
        SELECT seen.* FROM unnest($1::uuid[], $2::int[]) AS asked (crossing_id, revision)
        JOIN crossing_refs AS seen USING (crossing_id, revision)
        """,
        [one.id for one in ordered],
        [one.revision for one in ordered],
    )
    refs: dict[Revised, list[CrossingRef]] = defaultdict(list)
    for row in rows:
        refs[Revised(row["crossing_id"], row["revision"])].append(ref_from(row))
    return refs


async def taken_in_since(
    connection: Connection, kind: str, wanted: Sequence[Revised], since: datetime
) -> set[Revised]:
    """Those of these facts that are of a time from which all is kept."""
    rows = await connection.fetch(
        """
        SELECT asked.id, asked.revision FROM unnest($2::uuid[], $3::int[]) AS asked (id, revision)
        JOIN facts ON facts.kind = $1 AND facts.subject = asked.id::text AND facts.revision = asked.revision
        WHERE facts.occurred_at >= $4
        """,
        kind,
        [one.id for one in wanted],
        [one.revision for one in wanted],
        since,
    )
    return {Revised(row["id"], row["revision"]) for row in rows}
