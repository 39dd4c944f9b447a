"""What stands in the tables of both programs: what users are shown, and what must be empty. Changes nothing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from deploy.checking.sightings import (
    ALERTS,
    HEALTH,
    HEALTH_ALERT,
    QUEUE,
    RECALLS,
    Sighting,
    Sightings,
    places_of,
)
from deploy.simulator.truth import CrossingTruth
from schemas.bounded import instant_text

MUST_BE_NONE = {
    "conflicts (processors)": "SELECT count(*) FROM processors.conflicts",
    "conflicts (services)": "SELECT count(*) FROM services.conflicts",
    "dead letters": "SELECT count(*) FROM services.dead_letters",
    "numbers missing": "SELECT count(*) FROM services.station_chains WHERE gapless_to < highest",
    "facts not judged": "SELECT count(*) FROM processors.facts WHERE NOT judged",
    "outputs held": "SELECT count(*) FROM processors.outputs WHERE held",
    "refused stations": "SELECT count(*) FROM services.refused_stations",
    "events that Kafka refused": "SELECT count(*) FROM services.outbox WHERE refused IS NOT NULL",
}


@dataclass(frozen=True)
class Tables:
    sightings: Sightings
    """Alerts, open episodes and recalls of the crossings asked about."""
    verdicts: dict[UUID, tuple[int, str]]
    """As the services keep them: revision and outcome."""
    decisions: int
    not_none: dict[str, int]
    waiting: int
    """In the services' outbox."""


async def read_tables(url: str, truths: Sequence[CrossingTruth]) -> Tables:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        ids = [truth.crossing_id for truth in truths]
        verdicts = await connection.fetch(
            "SELECT crossing_id, revision, outcome FROM services.verdicts WHERE crossing_id = ANY($1)", ids
        )
        counts = {what: await connection.fetchval(query) for what, query in MUST_BE_NONE.items()}
        return Tables(
            sightings=await _sightings(connection, truths),
            verdicts={row["crossing_id"]: (row["revision"], row["outcome"]) for row in verdicts},
            decisions=await connection.fetchval(
                "SELECT count(*) FROM services.decisions WHERE crossing_id = ANY($1)", ids
            ),
            not_none={what: count for what, count in counts.items() if count},
            waiting=await connection.fetchval(
                "SELECT count(*) FROM services.outbox WHERE sent_at IS NULL AND refused IS NULL"
            ),
        )
    finally:
        await connection.close()


async def _sightings(connection: asyncpg.Connection, truths: Sequence[CrossingTruth]) -> Sightings:
    sheets = {truth.crossing_id: truth.sheet_id for truth in truths}
    places = places_of(truths)
    seen: Sightings = Counter()
    for row in await connection.fetch("SELECT * FROM services.alerts WHERE seen_at = ANY($1)", _seen_at(truths)):
        truth = places.get((row["post_id"], instant_text(row["seen_at"])))
        if truth is not None:
            for code in _codes(row):
                seen[Sighting(truth.sheet_id, ALERTS, code)] += 1
    for row in await connection.fetch(
        "SELECT crossing_id, occupant FROM services.episodes "
        "WHERE crossing_id = ANY($1) AND state NOT IN ('released', 'closed')",
        list(sheets),
    ):
        seen[Sighting(sheets[row["crossing_id"]], QUEUE, f"occupant {row['occupant']}")] += 1
    for row in await connection.fetch(
        "SELECT crossing_id, state FROM services.recalls WHERE crossing_id = ANY($1)", list(sheets)
    ):
        withdrawn = "" if row["state"] == "in_force" else " (withdrawn)"
        seen[Sighting(sheets[row["crossing_id"]], RECALLS, f"recall{withdrawn}")] += 1
    return seen


def _codes(row: Any) -> list[str]:
    ended = f" (ended: {row['ended_because']})" if row["state"] == "ended" else ""
    codes = (HEALTH_ALERT,) if row["alert_class"] == HEALTH else row["codes"]
    return [code + ended for code in codes]


def _seen_at(truths: Sequence[CrossingTruth]) -> list[Any]:
    return [truth.closed_at for truth in truths]
