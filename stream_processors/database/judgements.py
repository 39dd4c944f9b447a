"""SQL that reads what was said about crossings: the newest judgement of each, or every one that there was."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from stream_processors.database.pool import Connection
from stream_processors.judging.changes import Standing
from stream_processors.judging.given import Given, given_from
from stream_processors.judging.said import Kind


@dataclass(frozen=True)
class KeptJudgement:
    crossing_id: UUID
    number: int
    given: Given | None
    """None: judged before it was kept."""
    said: tuple[Standing, ...]
    """All that was in force about the crossing when it was over; the verdict first."""


async def judgements_of(
    connection: Connection, crossing_ids: Sequence[UUID], *, former: bool
) -> Mapping[UUID, list[KeptJudgement]]:
    """In their order; with ``former`` those too that later ones superseded. Crossings without any are left out."""
    ids = list(crossing_ids)
    given = await _given(connection, ids, former=former)
    said = await _said(connection, ids, former=former)
    return {
        id_: [
            KeptJudgement(
                id_,
                number,
                given_from(text) if text is not None else None,
                tuple(standing for standing, first, until in said[id_] if first <= number < until),
            )
            for number, text in sorted(numbers.items())
        ]
        for id_, numbers in given.items()
    }


async def _given(connection: Connection, ids: list[UUID], *, former: bool) -> Mapping[UUID, dict[int, str | None]]:
    """By crossing and number."""
    rows = await connection.fetch(
        """
        SELECT crossing_id, judgements AS number, given FROM verdicts
        WHERE crossing_id = ANY($1::uuid[]) AND revision > 0
        UNION ALL
        SELECT crossing_id, judgement, given FROM superseded_judgements
        WHERE $2 AND crossing_id = ANY($1::uuid[])
        """,
        ids,
        former,
    )
    found: dict[UUID, dict[int, str | None]] = defaultdict(dict)
    for row in rows:
        found[row["crossing_id"]][row["number"]] = row["given"]
    return found


async def _said(
    connection: Connection, ids: list[UUID], *, former: bool
) -> Mapping[UUID, list[tuple[Standing, int, float]]]:
    """Each statement that was in force, with its first judgement and the one before which it ended."""
    rows = await connection.fetch(
        """
        SELECT 'verdict' AS kind, crossing_id AS id, crossing_id, revision, true AS in_force, content, judgement,
               NULL::int AS until
        FROM verdicts WHERE crossing_id = ANY($1::uuid[]) AND revision > 0
        UNION ALL
        SELECT kind, id, crossing_id, revision, in_force, content, judgement, NULL
        FROM statements WHERE crossing_id = ANY($1::uuid[]) AND in_force
        UNION ALL
        SELECT kind, id, crossing_id, revision, in_force, content, judgement, until
        FROM superseded_statements WHERE $2 AND crossing_id = ANY($1::uuid[]) AND in_force
        """,
        ids,
        former,
    )
    found: dict[UUID, list[tuple[Standing, int, float]]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row["kind"] != Kind.VERDICT, row["kind"], row["id"])):
        until = float("inf") if row["until"] is None else row["until"]
        found[row["crossing_id"]].append((_standing(row), row["judgement"], until))
    return found


def _standing(row: Any) -> Standing:
    return Standing(
        Kind(row["kind"]), row["id"], row["crossing_id"], row["revision"], row["in_force"], row["content"]
    )


async def judged_of(connection: Connection, crossing_ids: Sequence[UUID]) -> set[UUID]:
    """Those whose facts are marked as judged: a verdict about them was stored in the same transaction."""
    rows = await connection.fetch(
        "SELECT DISTINCT subject FROM facts WHERE kind = 'crossing' AND judged AND subject = ANY($1::text[])",
        [str(id_) for id_ in crossing_ids],
    )
    return {UUID(row["subject"]) for row in rows}
