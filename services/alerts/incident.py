"""What an alert says, from the findings of its incident, and how its life goes on. Pure.

Paper findings make no alert. Health findings make one that tells plate, place and task, and nothing else.
A weak match of a person makes none until a person has confirmed it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from schemas.words import FactState, FindingClass, Severity

WORST_FIRST = (Severity.HIGH, Severity.MEDIUM, Severity.LOW, Severity.INFORMATION)


class AlertState(StrEnum):
    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    ENDED = "ended"


@dataclass(frozen=True)
class Found:
    """A finding in its newest revision."""

    finding_id: UUID
    state: FactState
    code: str
    finding_class: FindingClass
    also_misuse: bool
    severity: Severity
    subject: str
    weak: bool
    confirmed: bool
    post_id: str
    station_id: str
    direction: str
    vehicle_class: str
    seen_at: datetime
    evidence: list[dict[str, Any]]
    withdrawn_because: str | None
    sealed: dict[str, Any] | None

    @property
    def counts(self) -> bool:
        if self.state is FactState.WITHDRAWN or self.finding_class is FindingClass.PAPER:
            return False
        return not (self.weak and self.subject == "person" and not self.confirmed)

    @property
    def worst_newest(self) -> tuple[int, datetime, str]:
        return (-WORST_FIRST.index(self.severity), self.seen_at, str(self.finding_id))


@dataclass(frozen=True)
class Content:
    """What an alert says at one time."""

    alert_class: FindingClass
    also_misuse: bool
    severity: Severity
    codes: tuple[str, ...]
    evidence: list[dict[str, Any]]
    post_id: str
    station_id: str
    direction: str
    vehicle_class: str
    seen_at: datetime
    sealed: dict[str, Any] | None
    sealed_id: UUID | None
    """The record that the box belongs to."""


def content_of(findings: Sequence[Found]) -> Content | None:
    """What there is to say; None when nothing is left that an alert is made of.

    Information alone opens no alert: it stands beside a second sign.
    """
    counting = [finding for finding in findings if finding.counts]
    if all(finding.severity is Severity.INFORMATION for finding in counting):
        return None
    misuse = [finding for finding in counting if finding.finding_class is FindingClass.SUSPECTED_MISUSE]
    leading = max(misuse or counting, key=lambda finding: finding.worst_newest)
    boxed = leading if leading.sealed else next((finding for finding in counting if finding.sealed), None)
    return Content(
        alert_class=FindingClass.SUSPECTED_MISUSE if misuse else FindingClass.HEALTH,
        also_misuse=any(finding.also_misuse for finding in counting),
        severity=max(counting, key=lambda finding: finding.worst_newest).severity,
        # Of a health finding neither code nor evidence: both would tell a person's health.
        codes=tuple(sorted({finding.code for finding in misuse})),
        evidence=[
            item
            for finding in sorted(misuse, key=lambda found: str(found.finding_id))
            for item in finding.evidence
        ],
        post_id=leading.post_id,
        station_id=leading.station_id,
        direction=leading.direction,
        vehicle_class=leading.vehicle_class,
        seen_at=leading.seen_at,
        sealed=boxed.sealed if boxed else None,
        sealed_id=boxed.finding_id if boxed else None,
    )


def why_ended(findings: Sequence[Found]) -> str:
    """The code that is shown in place of the alert's life."""
    reasons = sorted({finding.withdrawn_because for finding in findings if finding.withdrawn_because})
    return reasons[0] if reasons else "FINDING_WITHDRAWN"


@dataclass(frozen=True)
class Change:
    kind: str
    """``new``, ``update`` or ``end``, as the feed says it."""
    state: AlertState


class Because(StrEnum):
    """Why an alert ended when its findings did not end it."""

    DISPOSED = "DISPOSED"
    EXPIRED = "EXPIRED"


def change_of(
    state: AlertState | None,
    before: Content | None,
    now: Content | None,
    *,
    ended_because: str | None = None,
    gone: bool = False,
) -> Change | None:
    """What happens to an alert (None: there is none yet) when its findings changed; None when nothing does.

    A severity that rose or another rule needs a person's eyes again, and so does an alert that comes back.
    One that a person ended, or time, stays ended otherwise: it says in place what changed. ``gone``: it says
    already that its findings were withdrawn after that.
    """
    if state is AlertState.ENDED and ended_because in frozenset(Because):
        return _change_of_closed(before, now, gone=gone)
    if now is None:
        return None if state in (None, AlertState.ENDED) else Change("end", AlertState.ENDED)
    if state is None:
        return Change("new", AlertState.NEW)
    if state is AlertState.ENDED:
        return Change("update", AlertState.NEW)
    if now == before:
        return None
    return Change("update", AlertState.NEW if _rose(before, now) else state)


def _change_of_closed(before: Content | None, now: Content | None, *, gone: bool) -> Change | None:
    if now is None:
        return None if gone else Change("update", AlertState.ENDED)
    if now == before:
        return Change("update", AlertState.ENDED) if gone else None
    worse = _rose(before, now) or bool(set(now.codes) - set(before.codes if before else ()))
    return Change("update", AlertState.NEW if worse else AlertState.ENDED)


def _rose(before: Content | None, now: Content) -> bool:
    return before is not None and WORST_FIRST.index(now.severity) < WORST_FIRST.index(before.severity)
