"""SQL of the random inspection's yield, per post, shift and local day: what was drawn, done, and found by it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from schemas.rules.inspection import INSPECTED
from stream_processors.database.pool import Connection


@dataclass(frozen=True)
class Yield:
    post_id: str
    shift: str | None
    """None where the station named none."""
    day: date
    at_a_rate: int
    """Crossings that a rate was for, drawn or not."""
    drawn: int
    inspected: int
    """Of those that were drawn."""
    found: int
    """Of those that were inspected: with a suspected misuse in force."""


async def inspection_yields(
    connection: Connection, begins_at: datetime, ends_at: datetime, time_zone: str
) -> list[Yield]:
    """Practice and what was withdrawn do not count. ``ends_at`` is exclusive."""
    rows = await connection.fetch(
        """
        WITH counted AS (
            SELECT crossing_id, post_id, facts->>'shift' AS shift,
                   (occurred_at AT TIME ZONE $3)::date AS day, (facts->>'drawn')::boolean AS drawn,
                   COALESCE(facts->>'cargo_space', 'none') = ANY($4::text[]) AS inspected
            FROM crossings
            WHERE occurred_at >= $1 AND occurred_at < $2 AND state = 'in_force' AND NOT practice AND NOT abandoned
              AND facts->>'drawn' IS NOT NULL
        )
        SELECT post_id, shift, day, count(*) AS at_a_rate, count(*) FILTER (WHERE drawn) AS drawn,
               count(*) FILTER (WHERE drawn AND inspected) AS inspected,
               count(*) FILTER (WHERE drawn AND inspected AND EXISTS (
                   SELECT FROM statements AS said
                   WHERE said.crossing_id = counted.crossing_id AND said.kind = 'finding' AND said.in_force
                     AND (split_part(convert_from(said.content, 'UTF8'), E'\\n', 1)::jsonb)->>'finding_class'
                         = 'suspected_misuse'
               )) AS found
        FROM counted GROUP BY post_id, shift, day ORDER BY post_id, day, shift NULLS FIRST
        """,
        begins_at,
        ends_at,
        time_zone,
        sorted(one.value for one in INSPECTED),
    )
    return [Yield(**dict(row)) for row in rows]
