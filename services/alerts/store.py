"""Alerts in the database: made of findings, acknowledged by people. Each change is history, feed and audit too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from schemas.bounded import instant_text
from schemas.events.base import SealedBox
from schemas.events.operations import AlertActed
from schemas.events.verdict import Finding
from schemas.ids import derived_id
from schemas.topics import ALERT_ACTIONS
from schemas.words import FactState, FindingClass, Severity
from services.alerts import waiting
from services.alerts.incident import (
    WORST_FIRST,
    AlertState,
    Change,
    Content,
    Found,
    change_of,
    content_of,
    why_ended,
)
from services.audit import chain
from services.database.connection import Connection
from services.errors import NotFound
from services.feed import store as feed
from services.outbox import store as outbox


@dataclass(frozen=True)
class Alert:
    alert_id: UUID
    version: int
    state: AlertState
    alert_class: FindingClass
    also_misuse: bool
    severity: Severity
    codes: list[str]
    evidence: list[dict[str, Any]]
    post_id: str
    station_id: str
    direction: str
    vehicle_class: str
    seen_at: datetime
    ended_because: str | None
    opened_at: datetime
    changed_at: datetime
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    sealed: dict[str, Any] | None
    sealed_id: UUID | None
    # Not all of these stand in what the feed kept of an earlier day.
    disposition: str | None = None
    disposed_by: str | None = None
    disposed_at: datetime | None = None
    note: dict[str, Any] | None = None
    note_id: UUID | None = None
    withdrawn_because: str | None = None
    """Its findings were withdrawn after it had ended otherwise."""
    escalated_to: str | None = None
    escalated_step: int = 0
    escalated_at: datetime | None = None

    @property
    def content(self) -> Content:
        return Content(
            alert_class=self.alert_class,
            also_misuse=self.also_misuse,
            severity=self.severity,
            codes=tuple(self.codes),
            evidence=self.evidence,
            post_id=self.post_id,
            station_id=self.station_id,
            direction=self.direction,
            vehicle_class=self.vehicle_class,
            seen_at=self.seen_at,
            sealed=self.sealed,
            sealed_id=self.sealed_id,
        )


_INSTANTS = ("seen_at", "opened_at", "changed_at", "acknowledged_at", "disposed_at", "escalated_at")
_IDS = ("alert_id", "sealed_id", "note_id")


def alert_of(row: Any) -> Alert:
    """From a database row, or from what ``stored`` made of one."""
    fields = dict(row)
    for name in _INSTANTS:
        if isinstance(fields.get(name), str):
            fields[name] = datetime.fromisoformat(fields[name])
    for name in _IDS:
        if isinstance(fields.get(name), str):
            fields[name] = UUID(fields[name])
    return Alert(
        **fields
        | {
            "state": AlertState(fields["state"]),
            "alert_class": FindingClass(fields["alert_class"]),
            "severity": Severity(fields["severity"]),
        }
    )


def stored(alert: Alert) -> dict[str, Any]:
    """As it stands in the feed."""
    fields = dict(alert.__dict__)
    for name in _INSTANTS:
        if fields[name] is not None:
            fields[name] = instant_text(fields[name])
    for name in _IDS:
        if fields[name] is not None:
            fields[name] = str(fields[name])
    return fields


async def take_finding(conn: Connection, finding: Finding, at: datetime) -> None:
    """Store the finding if it is the newest revision, and bring its incident's alert up to date."""
    before = await conn.fetchval("SELECT incident_id FROM findings WHERE finding_id = $1", finding.event_id)
    incidents = sorted({finding.incident_id, before or finding.incident_id}, key=str)
    for incident in incidents:
        await _lock(conn, incident)
    if await _keep_finding(conn, finding):
        for incident in incidents:
            await refresh(conn, incident, at)


async def _lock(conn: Connection, incident_id: UUID) -> None:
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"incident {incident_id}")


async def _keep_finding(conn: Connection, finding: Finding) -> bool:
    """False when a revision as high is there already."""
    plain = finding.model_dump(mode="json")
    status = await conn.execute(
        """
        INSERT INTO findings AS known (
            finding_id, revision, state, incident_id, code, finding_class, also_misuse, severity, subject,
            subject_ref, weak, post_id, station_id, direction, vehicle_class, seen_at, crossings, evidence,
            withdrawn_because, sealed, in_lane, issuer, carrier_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
            $22, $23)
        ON CONFLICT (finding_id) DO UPDATE SET
            revision = excluded.revision, state = excluded.state, incident_id = excluded.incident_id,
            also_misuse = excluded.also_misuse, severity = excluded.severity, weak = excluded.weak,
            seen_at = excluded.seen_at, evidence = excluded.evidence,
            withdrawn_because = excluded.withdrawn_because, sealed = excluded.sealed,
            in_lane = excluded.in_lane, issuer = excluded.issuer, carrier_id = excluded.carrier_id
        WHERE known.revision < excluded.revision
        """,
        finding.event_id,
        finding.revision,
        finding.state,
        finding.incident_id,
        finding.code,
        finding.finding_class,
        finding.also_misuse,
        finding.severity,
        finding.subject,
        finding.subject_ref,
        finding.weak,
        finding.post_id,
        finding.station_id,
        finding.direction,
        finding.vehicle_class,
        finding.seen_at,
        list(finding.crossings),
        plain["evidence"],
        finding.withdrawn_because,
        plain["sealed"],
        finding.lane is not None,
        finding.lane.issuer if finding.lane else None,
        finding.lane.carrier_id if finding.lane else None,
    )
    return bool(status.endswith(" 1"))


async def confirm_person(conn: Connection, person_ref: str, crossing_id: UUID, at: datetime) -> None:
    """A person confirmed that a weak match is the same person: findings that waited for it count now."""
    incidents = await conn.fetch(
        """
        UPDATE findings SET confirmed = true
        WHERE weak AND NOT confirmed AND subject_ref = $1 AND $2 = ANY(crossings) RETURNING incident_id
        """,
        person_ref,
        crossing_id,
    )
    for incident_id in sorted({row["incident_id"] for row in incidents}, key=str):
        await _lock(conn, incident_id)
        await refresh(conn, incident_id, at)


async def refresh(conn: Connection, incident_id: UUID, at: datetime) -> None:
    """Make the alert say what its findings say now; the incident is locked by the caller."""
    findings = await _findings(conn, incident_id)
    row = await conn.fetchrow("SELECT * FROM alerts WHERE alert_id = $1 FOR UPDATE", incident_id)
    alert = alert_of(row) if row else None
    now = content_of(findings)
    change = change_of(
        alert.state if alert else None,
        alert.content if alert else None,
        now,
        ended_because=alert.ended_because if alert else None,
        gone=bool(alert and alert.withdrawn_because),
    )
    if change is None:
        return
    changed = _changed(incident_id, alert, change, now, why_ended(findings), at)
    await _write(conn, changed)
    was_new = alert is not None and alert.state is AlertState.NEW
    await waiting.alert_changed(
        conn,
        incident_id,
        changed.state,
        asks=not was_new or _rose(alert, changed),
        news=True,
        severity=changed.severity,
        alert_class=changed.alert_class,
        at=at,
    )
    await _tell(conn, changed, change.kind, "processors", at, because=_why(changed))


def _rose(before: Alert | None, now: Alert) -> bool:
    return before is not None and WORST_FIRST.index(now.severity) < WORST_FIRST.index(before.severity)


def _why(alert: Alert) -> str | None:
    return alert.withdrawn_because or alert.ended_because


async def _findings(conn: Connection, incident_id: UUID) -> list[Found]:
    rows = await conn.fetch(
        """
        SELECT finding_id, state, code, finding_class, also_misuse, severity, subject, weak, confirmed, post_id,
               station_id, direction, vehicle_class, seen_at, evidence, withdrawn_because, sealed
        FROM findings WHERE incident_id = $1 ORDER BY finding_id
        """,
        incident_id,
    )
    return [
        Found(
            **dict(row)
            | {
                "state": FactState(row["state"]),
                "finding_class": FindingClass(row["finding_class"]),
                "severity": Severity(row["severity"]),
            }
        )
        for row in rows
    ]


def _changed(
    alert_id: UUID, alert: Alert | None, change: Change, content: Content | None, why: str, at: datetime
) -> Alert:
    """The alert in its next version. Who disposed of it, and what escalated, stays where it stands."""
    said = content or (alert.content if alert else None)
    assert said is not None  # an alert that ends was there before
    fields: dict[str, Any] = dict(alert.__dict__) if alert else {"alert_id": alert_id, "opened_at": at}
    fields |= said.__dict__ | {"codes": list(said.codes)}
    fields |= {"version": alert.version + 1 if alert else 1, "state": change.state, "changed_at": at}
    if alert is None or change.state is AlertState.NEW:
        fields |= {"acknowledged_by": None, "acknowledged_at": None}
    return Alert(**fields | _ending(alert, change, content, why))


def _ending(alert: Alert | None, change: Change, content: Content | None, why: str) -> dict[str, Any]:
    """A withdrawal ends an alert; one that a person or time had ended keeps that and says it beside."""
    if change.state is not AlertState.ENDED:
        return {"ended_because": None, "withdrawn_because": None}
    closed = alert is not None and alert.state is AlertState.ENDED
    beside = why if content is None and (closed or (alert is not None and alert.disposition)) else None
    return {"ended_because": alert.ended_because if alert and closed else why, "withdrawn_because": beside}


async def _write(conn: Connection, alert: Alert) -> None:
    fields = alert.__dict__
    names = list(fields)
    places = ", ".join(f"${nth}" for nth in range(1, len(names) + 1))
    updates = ", ".join(f"{name} = excluded.{name}" for name in names if name != "alert_id")
    await conn.execute(
        f"""
        INSERT INTO alerts ({", ".join(names)}) VALUES ({places})
        ON CONFLICT (alert_id) DO UPDATE SET {updates}
        """,
        *fields.values(),
    )


async def _tell(
    conn: Connection, alert: Alert, kind: str, by: str, at: datetime, *, because: str | None = None
) -> None:
    await conn.execute(
        "INSERT INTO alert_history (alert_id, version, at, what, by, because) VALUES ($1, $2, $3, $4, $5, $6)",
        alert.alert_id,
        alert.version,
        at,
        kind,
        by,
        because,
    )
    await feed.add(conn, feed.ALERTS, kind, alert.alert_id, stored(alert), at)


def acted_id(alert_id: UUID, version: int) -> UUID:
    return derived_id("alert-acted", alert_id, version)


async def record_act(
    conn: Connection,
    alert: Alert,
    action: Literal["acknowledged", "disposed", "escalated", "ended"],
    by: str,
    at: datetime,
    *,
    kind: str | None = None,
    because: str | None = None,
    disposition: str | None = None,
    sealed: SealedBox | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Keep the alert as it is now, and tell history, feed, other programs and the audit trail what was done."""
    await _write(conn, alert)
    await _tell(conn, alert, kind or action, by, at, because=because)
    event = AlertActed(
        event_id=acted_id(alert.alert_id, alert.version),
        occurred_at=at,
        alert_id=alert.alert_id,
        action=action,
        disposition=disposition,
        by=by[:40],
        sealed=sealed,
    )
    await outbox.add(conn, ALERT_ACTIONS, event, at)
    details = details or ({"disposition": disposition} if disposition else None)
    await chain.record(conn, at, by, f"alert_{action}", alert.alert_id, details=details)


async def one(conn: Connection, alert_id: UUID, *, lock: bool = False) -> Alert:
    """Raises NotFound."""
    row = await conn.fetchrow(f"SELECT * FROM alerts WHERE alert_id = $1 {'FOR UPDATE' if lock else ''}", alert_id)
    if row is None:
        raise NotFound
    return alert_of(row)


async def history(conn: Connection, alert_id: UUID) -> Sequence[Any]:
    rows: Sequence[Any] = await conn.fetch(
        "SELECT version, at, what, by, because FROM alert_history WHERE alert_id = $1 ORDER BY version", alert_id
    )
    return rows


@dataclass(frozen=True)
class Wanted:
    """Filters of a list. None: whatever it is."""

    state: AlertState | None = None
    alert_class: FindingClass | None = None
    severity: Severity | None = None
    post_id: str | None = None
    open_only: bool = False
    before: tuple[datetime, UUID] | None = None
    """Only alerts older than this one: where the page before ended."""


async def newest(conn: Connection, wanted: Wanted, areas: frozenset[str], limit: int) -> list[Alert]:
    """Newest first; of ``areas`` (posts), or of everywhere when there are none."""
    before_at, before_id = wanted.before or (None, None)
    rows = await conn.fetch(
        """
        SELECT * FROM alerts
        WHERE ($1::text IS NULL OR state = $1) AND ($2::text IS NULL OR alert_class = $2)
          AND ($3::text IS NULL OR severity = $3) AND ($4::text IS NULL OR post_id = $4)
          AND (NOT $5::boolean OR state <> 'ended')
          AND ($6::timestamptz IS NULL OR (opened_at, alert_id) < ($6, $7::uuid))
          AND (cardinality($8::text[]) = 0 OR post_id = ANY($8))
        ORDER BY opened_at DESC, alert_id DESC LIMIT $9
        """,
        wanted.state,
        wanted.alert_class,
        wanted.severity,
        wanted.post_id,
        wanted.open_only,
        before_at,
        before_id,
        sorted(areas),
        limit,
    )
    return [alert_of(row) for row in rows]


async def counts(conn: Connection) -> dict[str, int]:
    rows = await conn.fetch("SELECT state, count(*) AS number FROM alerts GROUP BY state")
    return {row["state"]: row["number"] for row in rows}
