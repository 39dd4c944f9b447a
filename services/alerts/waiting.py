"""What an alert waits for: to be acknowledged, else somebody is told; to be ended, else it expires.

Sets and cancels the timers when an alert changed, inside the caller's transaction, which holds the alert's row.
What happens when one falls due is in ``falling_due``.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from schemas.bounded import instant_text
from schemas.words import FindingClass, Severity
from services.alerts import roster_store
from services.alerts.incident import AlertState
from services.database.connection import Connection
from services.timers import store as timers

ESCALATION = "alert-escalation"
EXPIRY = "alert-expiry"


async def alert_changed(
    conn: Connection,
    alert_id: UUID,
    now: AlertState,
    *,
    asks: bool,
    news: bool,
    severity: Severity,
    alert_class: FindingClass,
    at: datetime,
) -> None:
    """``asks``: it asks for eyes (again) from now on; ``news``: its findings changed, so its time begins anew."""
    in_force = await roster_store.in_force(conn)
    if now is AlertState.NEW and asks:
        if severity in in_force.roster.severities:
            await wait_for_step(conn, alert_id, 0, at, in_force.roster.steps[0].after_minutes)
    elif now is not AlertState.NEW:
        await timers.cancel(conn, ESCALATION, alert_id)
    if now is AlertState.ENDED:
        await timers.cancel(conn, EXPIRY, alert_id)
    elif news:
        await timers.put(conn, EXPIRY, alert_id, at + in_force.roster.lasts(alert_class))


async def wait_for_step(conn: Connection, alert_id: UUID, step: int, since: datetime, minutes: int) -> None:
    content = {"step": step, "since": instant_text(since)}
    await timers.put(conn, ESCALATION, alert_id, since + timedelta(minutes=minutes), content)


async def roster_changed(conn: Connection) -> None:
    """Alerts that wait now wait by the new roster."""
    roster = (await roster_store.in_force(conn)).roster
    for timer in await timers.of_kind(conn, ESCALATION):
        step = roster.step(timer.content["step"])
        if step is None:
            await timers.cancel(conn, ESCALATION, timer.subject)
            continue
        since = datetime.fromisoformat(timer.content["since"])
        await wait_for_step(conn, UUID(timer.subject), timer.content["step"], since, step.after_minutes)
