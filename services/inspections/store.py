"""Random inspections: drawn, done, skipped, and what was found by them. Reads only; names nobody.

Found is a suspected misuse that is in force on an inspected crossing; information by itself is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from schemas.words import Severity
from services.database.connection import Connection


@dataclass(frozen=True)
class Yield:
    post_id: str
    shift: str | None
    """None where the station named none."""
    at_a_rate: int
    """Crossings that a rate was for, drawn or not."""
    drawn: int
    inspected: int
    """Of those drawn."""
    found: int
    """Of those inspected because they were drawn."""

    @property
    def skipped(self) -> int:
        return self.drawn - self.inspected

    @property
    def permille(self) -> int | None:
        """Found of all that were drawn and inspected, rounded half up; None where none was."""
        return (self.found * 2000 + self.inspected) // (2 * self.inspected) if self.inspected else None


async def yields(conn: Connection, begins_at: datetime, ends_at: datetime) -> list[Yield]:
    """Of crossings from ``begins_at`` to before ``ends_at``. Practice and what was withdrawn do not count."""
    rows = await conn.fetch(
        """
        SELECT post_id, shift, count(*) AS at_a_rate, count(*) FILTER (WHERE drawn) AS drawn,
               count(*) FILTER (WHERE drawn AND inspected) AS inspected,
               count(*) FILTER (WHERE drawn AND inspected AND EXISTS (
                   SELECT FROM findings
                   WHERE findings.station_id = crossings.station_id AND findings.seen_at = crossings.occurred_at
                     AND findings.finding_class = 'suspected_misuse' AND findings.state = 'in_force'
                     AND findings.severity <> $3
                     AND (NOT findings.weak OR findings.subject <> 'person' OR findings.confirmed)
               )) AS found
        FROM crossings
        WHERE drawn IS NOT NULL AND state = 'in_force' AND occurred_at >= $1 AND occurred_at < $2
        GROUP BY post_id, shift ORDER BY post_id, shift NULLS FIRST
        """,
        begins_at,
        ends_at,
        Severity.INFORMATION,
    )
    return [Yield(**dict(row)) for row in rows]
