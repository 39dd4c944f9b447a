"""Crossings in the green lane, suspected and confirmed misuse, by whose pass it was. Reads only.

Counted is what is in force now. Health and paper findings never count, nor does what a person has not yet
confirmed to be that person; suspected is what a rule says, confirmed what the police put on record.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from schemas.words import FindingClass, Severity
from services.alerts.dispositions import CONFIRMING
from services.database.connection import Connection


class By(StrEnum):
    CARRIER = "carrier"
    ISSUER = "issuer"


_COLUMN = {By.CARRIER: "carrier_id", By.ISSUER: "issuer"}


@dataclass(frozen=True)
class Share:
    """``whose`` is None where the judge could not tell fairly."""

    whose: str | None
    crossings: int
    suspected: int
    confirmed: int
    withdrawn: int
    """Confirmed by the police, and withdrawn by the judge since: not among the confirmed."""

    @property
    def permille(self) -> int | None:
        """Confirmed of all crossings, in thousandths, rounded half up; None without a crossing."""
        return (self.confirmed * 2000 + self.crossings) // (2 * self.crossings) if self.crossings else None


async def shares(conn: Connection, by: By, begins_at: datetime, ends_at: datetime) -> list[Share]:
    """Of crossings that passed their post from ``begins_at`` to before ``ends_at``; most confirmed first."""
    whose = _COLUMN[by]
    rows = await conn.fetch(
        f"""
        WITH lane AS (
            SELECT verdicts.{whose} AS whose, count(*) AS crossings
            FROM verdicts JOIN crossings USING (crossing_id)
            WHERE in_lane AND crossings.state = 'in_force'
              AND crossings.occurred_at >= $1 AND crossings.occurred_at < $2
            GROUP BY 1),
        -- A finding hangs on the crossing that was at its station at that instant; several on one count once.
        misuse AS (
            SELECT findings.{whose} AS whose, findings.station_id, findings.seen_at,
                   bool_or(findings.state = 'in_force') AS suspected,
                   bool_or(findings.state = 'in_force' AND on_record) AS confirmed,
                   bool_or(findings.state <> 'in_force' AND on_record) AS withdrawn
            FROM findings LEFT JOIN alerts ON alerts.alert_id = findings.incident_id,
                 LATERAL (SELECT coalesce(alerts.disposition = ANY($3), false) AS on_record) AS police
            WHERE findings.in_lane AND findings.finding_class = $4 AND findings.severity <> $5
              AND (NOT findings.weak OR findings.subject <> 'person' OR findings.confirmed)
              AND findings.seen_at >= $1 AND findings.seen_at < $2
            GROUP BY 1, 2, 3),
        counted AS (
            SELECT whose, crossings, 0 AS suspected, 0 AS confirmed, 0 AS withdrawn FROM lane
            UNION ALL
            SELECT whose, 0, suspected::integer, (suspected AND confirmed)::integer,
                   (withdrawn AND NOT confirmed)::integer FROM misuse)
        SELECT whose, sum(crossings)::bigint AS crossings, sum(suspected)::bigint AS suspected,
               sum(confirmed)::bigint AS confirmed, sum(withdrawn)::bigint AS withdrawn
        FROM counted GROUP BY whose
        ORDER BY confirmed DESC, suspected DESC, crossings DESC, whose NULLS LAST
        """,
        begins_at,
        ends_at,
        sorted(CONFIRMING),
        FindingClass.SUSPECTED_MISUSE,
        Severity.INFORMATION,
    )
    return [Share(**dict(row)) for row in rows]
