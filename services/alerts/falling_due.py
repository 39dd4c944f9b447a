"""What happens when an alert's timer falls due: the next step of the roster is told, or the alert expires."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.alerts import roster_store, store, waiting
from services.alerts.incident import AlertState, Because
from services.database.connection import Connection
from services.timers import store as timers
from services.timers.store import Timer


async def escalate(conn: Connection, timer: Timer, at: datetime) -> None:
    """Nobody acknowledged it in time: the next step of the roster is told."""
    alert = await store.one(conn, UUID(timer.subject), lock=True)
    roster = (await roster_store.in_force(conn)).roster
    number = int(timer.content["step"])
    step = roster.step(number)
    if alert.state is not AlertState.NEW or step is None:
        return
    told = replace(
        alert,
        version=alert.version + 1,
        changed_at=at,
        escalated_to=step.to,
        escalated_step=number + 1,
        escalated_at=at,
    )
    await store.record_act(conn, told, "escalated", "services", at, because=step.to, details={"step": number + 1})
    following = roster.step(number + 1)
    if following is not None:
        since = datetime.fromisoformat(timer.content["since"])
        await waiting.wait_for_step(conn, alert.alert_id, number + 1, since, following.after_minutes)


async def expire(conn: Connection, timer: Timer, at: datetime) -> None:
    """Nothing new about it for so long that there is nothing left to do on the road."""
    alert = await store.one(conn, UUID(timer.subject), lock=True)
    if alert.state is AlertState.ENDED:
        return
    ended = replace(
        alert,
        version=alert.version + 1,
        state=AlertState.ENDED,
        ended_because=Because.EXPIRED,
        changed_at=at,
    )
    await timers.cancel(conn, waiting.ESCALATION, alert.alert_id)
    await store.record_act(conn, ended, "ended", "services", at, kind="end", because=Because.EXPIRED)


HANDLERS = {waiting.ESCALATION: escalate, waiting.EXPIRY: expire}
