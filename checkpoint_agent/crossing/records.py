"""A crossing as the events that leave the station: clear parts in the clear, everything else in one box. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from checkpoint_agent.crossing.building import Crossing
from checkpoint_agent.crossing.link import NOWHERE, Link
from schemas.events.base import SealedBox
from schemas.events.crossing import (
    Advice,
    CrossingAbandoned,
    CrossingClosed,
    CrossingCorrected,
    CrossingSecrets,
    HeadCount,
    Inspection,
    OccupantSecrets,
    OccupantSeen,
)
from schemas.events.decision import DecisionMade
from schemas.ids import derived_id_beside
from schemas.passes.reading import claims_to_keep
from schemas.rules.advice import Advised
from schemas.words import CargoSpace, Force

UNSEALED = SealedBox(key_id="not-sealed", box="AAAA")
"""Stands where a box will be, in a draft that only our own rules see."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Which station, and who is at it."""

    station_id: str
    post_id: str
    lane: int
    enrolment: int
    officer_id: str = "none"
    force: Force | None = None
    shift: str | None = None


def record_id(crossing_id: UUID, revision: int) -> UUID:
    """The event id of a crossing's closing (revision 1) or correction."""
    return derived_id_beside(crossing_id, "crossing-record", revision)


def decision_id(crossing_id: UUID, revision: int) -> UUID:
    return derived_id_beside(crossing_id, "crossing-decision", revision)


def abandoned_id(crossing_id: UUID) -> UUID:
    return derived_id_beside(crossing_id, "crossing-abandoned")


def closed_record(
    crossing: Crossing,
    desk: Desk,
    *,
    link: Link = NOWHERE,
    at: datetime,
    clock_error_ms: int | None,
    advice: Advice,
    sealed: SealedBox = UNSEALED,
    drawn: bool | None = None,
) -> CrossingClosed:
    return CrossingClosed(
        **_fields(crossing, desk, link, at, clock_error_ms, advice, sealed, drawn),
        event_id=record_id(crossing.crossing_id, 1),
    )


def corrected_record(
    crossing: Crossing,
    desk: Desk,
    *,
    link: Link,
    at: datetime,
    clock_error_ms: int | None,
    advice: Advice,
    sealed: SealedBox,
    reason: str,
    drawn: bool | None = None,
) -> CrossingCorrected:
    """``at`` is the crossing's own time: when it was closed, not when the mistake was seen."""
    return CrossingCorrected(
        **_fields(crossing, desk, link, at, clock_error_ms, advice, sealed, drawn),
        event_id=record_id(crossing.crossing_id, crossing.revision),
        revision=crossing.revision,
        state=crossing.fact_state,
        reason=reason,
    )


def secrets_of(crossing: Crossing, *, revision: int, advised: Advised | None = None) -> CrossingSecrets:
    """What goes into the one box of the crossing, bound to its record."""
    private = advised.conclusion.occupants if advised else {}
    return CrossingSecrets(
        record_id=record_id(crossing.crossing_id, revision),
        plate=crossing.plate or None,
        origin_unit=crossing.origin_unit,
        claims=tuple(claims_to_keep(read) for read in crossing.readings),
        occupants=tuple(
            OccupantSecrets(
                occupant=one.number,
                person=one.person,
                telephone=one.telephone,
                address=one.address,
                acted_for_by=one.acted_for_by,
                no_papers=one.no_papers,
                advice=private[one.number][0] if one.number in private else None,
                advice_reasons=private[one.number][1] if one.number in private else (),
            )
            for one in crossing.occupants
        ),
        telephone=crossing.telephone,
        note=crossing.note,
    )


def decision_record(crossing: Crossing, desk: Desk, *, link: Link, clock_error_ms: int | None) -> DecisionMade:
    """Of a crossing that has just been decided."""
    if crossing.decision is None:
        raise ValueError("no decision was made")
    decision = crossing.decision
    return DecisionMade(
        **_place(desk, link, clock_error_ms),
        event_id=decision_id(crossing.crossing_id, decision.revision),
        occurred_at=decision.at,
        crossing_id=crossing.crossing_id,
        revision=decision.revision,
        outcome=decision.outcome,
        shown=decision.shown,
        reason=decision.reason,
        officer_id=desk.officer_id,
        force=desk.force,
    )


def abandoned_record(
    crossing_id: UUID,
    desk: Desk,
    *,
    link: Link,
    opened_at: datetime,
    counter: int,
    at: datetime,
    clock_error_ms: int | None,
    reason: str,
) -> CrossingAbandoned:
    return CrossingAbandoned(
        **_place(desk, link, clock_error_ms),
        event_id=abandoned_id(crossing_id),
        occurred_at=at,
        crossing_id=crossing_id,
        opened_at=opened_at,
        draw_counter=counter,
        reason=reason,
    )


def _place(desk: Desk, link: Link, clock_error_ms: int | None) -> dict[str, Any]:
    return {
        "station_id": desk.station_id,
        "post_id": desk.post_id,
        "lane": desk.lane,
        "enrolment": desk.enrolment,
        "number": link.number,
        "previous": link.previous,
        "clock_error_ms": clock_error_ms,
    }


def _fields(
    crossing: Crossing,
    desk: Desk,
    link: Link,
    at: datetime,
    clock_error_ms: int | None,
    advice: Advice,
    sealed: SealedBox,
    drawn: bool | None,
) -> dict[str, Any]:
    inspected = crossing.cargo_space not in (CargoSpace.NONE, CargoSpace.NOT_OPENED)
    return _place(desk, link, clock_error_ms) | {
        "occurred_at": at,
        "crossing_id": crossing.crossing_id,
        "opened_at": crossing.opened_at,
        "direction": crossing.direction,
        "purpose": crossing.purpose,
        "vehicle_class": crossing.vehicle_class,
        "head_count": crossing.head_count or HeadCount(),
        "inspection": Inspection(
            cargo_space=crossing.cargo_space,
            seal_number=crossing.seal_number if inspected else None,
            by=desk.force if inspected else None,
            draw_counter=crossing.counter,
            drawn=drawn,
        ),
        "readings": tuple(read.reading for read in crossing.readings),
        "occupants": tuple(OccupantSeen(occupant=one.number, role=one.role) for one in crossing.occupants),
        "advice": advice,
        "officer_id": desk.officer_id,
        "force": desk.force,
        "shift": desk.shift,
        "destination_commune": crossing.destination_commune,
        "emergency": crossing.emergency,
        "ordered_change": crossing.ordered_change,
        "trip_id": crossing.trip_id,
        "sealed": sealed,
    }
