"""Numbers that stand in the database. Opens no box and reads no name."""

from __future__ import annotations

from services.database.connection import Connection
from services.seen import metrics
from services.self_checks.store import Kind


async def count(conn: Connection) -> None:
    """Put what the tables say now into the gauges."""
    outbox = await conn.fetchrow(
        """
        SELECT count(*) AS events, coalesce(extract(epoch FROM now() - min(written_at)), 0)::float AS age
        FROM outbox WHERE sent_at IS NULL AND refused IS NULL
        """
    )
    metrics.OUTBOX.set(outbox["events"])
    metrics.OUTBOX_AGE.set(max(0.0, outbox["age"]))
    alerts = await conn.fetchrow(
        """
        SELECT count(*) AS open, coalesce(extract(epoch FROM now() - min(opened_at)), 0)::float AS age
        FROM alerts WHERE state <> 'ended' AND acknowledged_at IS NULL
        """
    )
    metrics.ALERTS_OPEN.set(alerts["open"])
    metrics.ALERTS_AGE.set(max(0.0, alerts["age"]))
    metrics.EPISODES.clear()
    for row in await conn.fetch("SELECT state, count(*) AS episodes FROM episodes GROUP BY state"):
        metrics.EPISODES.labels(row["state"]).set(row["episodes"])
    metrics.STATION_UNSENT.clear()
    metrics.STATION_SEEN.clear()
    for row in await conn.fetch(
        "SELECT station_id, unsent, extract(epoch FROM now() - occurred_at)::float AS age FROM station_health"
    ):
        metrics.STATION_UNSENT.labels(row["station_id"]).set(row["unsent"])
        metrics.STATION_SEEN.labels(row["station_id"]).set(max(0.0, row["age"]))
    await _self_checks(conn)


async def _self_checks(conn: Connection) -> None:
    waiting = await conn.fetch(
        "SELECT kind, count(*) AS checks FROM self_checks WHERE open AND handled_at IS NULL GROUP BY kind"
    )
    checks = {row["kind"]: row["checks"] for row in waiting}
    for kind in Kind:
        metrics.SELF_CHECKS.labels(kind).set(checks.get(kind, 0))
    looked_at = await conn.fetchval(
        """
        SELECT extract(epoch FROM max((said->>'looked_at')::timestamptz))::float FROM self_checks
        WHERE kind = $1
        """,
        Kind.DRAWS,
    )
    metrics.DRAWS_LOOKED.set(looked_at or 0)
