"""Whether a record is what it says to be: readable, by who it names, of its time. Pure, given who is enrolled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas.events.base import Event, StationEvent, Trust
from schemas.events.registry import StationEnrolled
from schemas.topics import POLICIES, Topic, Unreadable, decode, header
from schemas.trust.again import corrected_of
from schemas.trust.chain import MAC_HEADER, mac_is_right
from schemas.trust.signing import SIGNATURE_HEADER, CentreVerifier
from schemas.words import FactState
from stream_processors.intake.reasons import Reason
from stream_processors.intake.records import Believed, RawRecord, Refused

MOST_AHEAD = timedelta(hours=24)
"""DESIGN.md 4.7: later than this after its arrival, a station's time is not taken at all."""
DOUBTED_AHEAD = timedelta(seconds=5)
"""Ahead of ours by more than this and by more than the error it states itself: marked."""

Enrolments = Mapping[tuple[str, int], StationEnrolled]


@dataclass(frozen=True)
class Verifying:
    """Keys to believe by; ``station_key`` derives a station's HMAC key from id and enrolment."""

    station_key: Callable[[str, int], bytes]
    centre: CentreVerifier


class StationNotKnown(Exception):
    """Its enrolment may still be on the way: whoever asks waits a moment, then buries the record."""

    def __init__(self, station_id: str, enrolment: int, event: Event) -> None:
        super().__init__("station not known")
        self.station = (station_id, enrolment)
        self.event = event


def believe(
    record: RawRecord,
    topic: Topic,
    verifying: Verifying,
    enrolments: Enrolments,
    *,
    arrived_at: datetime,
    kept_from: datetime | None = None,
) -> Believed | Refused:
    """Raises StationNotKnown when the record is of an enrolment that is not known (yet).

    What a station or a laboratory says of a time before ``kept_from`` is not taken.
    """
    try:
        event = decode(topic, record.value, record.headers)
    except Unreadable as exc:
        return Refused(record, exc.reason, exc.detail)
    reason = _distrust(record, event, verifying, enrolments)
    if reason is None and ahead_of(event, arrived_at) > MOST_AHEAD:
        reason = Reason.TIME_IN_FUTURE
    if reason is None and kept_from is not None and event.occurred_at < kept_from and topic.keep is not None:
        reason = Reason.TIME_PAST_RETENTION
    if reason is not None:
        return Refused(record, reason.value, event=event)
    return Believed(record, event, arrived_at)


def is_signed_policy(record: RawRecord, verifying: Verifying) -> bool:
    """The centre's own signature stands on it, whatever stands in it."""
    if record.topic != POLICIES.name or record.value is None:
        return False
    type_name = (header(record.headers, "ce_type") or b"").decode("ascii", "replace")
    return verifying.centre.is_right(
        record.topic, type_name, record.value, header(record.headers, SIGNATURE_HEADER)
    )


def ahead_of(event: Event, arrived_at: datetime) -> timedelta:
    """How far a station's clock was ahead of ours; the centre's own facts may be about the future."""
    if not isinstance(event, StationEvent):
        return timedelta(0)
    return max(event.occurred_at - arrived_at, timedelta(0))


def clock_doubted(event: StationEvent, ahead: timedelta) -> bool:
    stated = timedelta(milliseconds=event.clock_error_ms or 0)
    return ahead > max(stated, DOUBTED_AHEAD)


def _distrust(record: RawRecord, event: Event, verifying: Verifying, enrolments: Enrolments) -> Reason | None:
    corrected = corrected_of(record.headers)
    if corrected is not None and not corrected.is_right(
        verifying.centre, record.topic, event.type_name, record.value or b"", record.headers
    ):
        return Reason.SIGNATURE_WRONG
    if event.trust is Trust.SIGNED:
        signature = header(record.headers, SIGNATURE_HEADER)
        right = verifying.centre.is_right(record.topic, event.type_name, record.value or b"", signature)
        return None if right else Reason.SIGNATURE_WRONG
    if event.trust in (Trust.CHAINED, Trust.MAC):
        return _distrust_station(record, event, verifying, enrolments, corrected=corrected is not None)
    return None


def _distrust_station(
    record: RawRecord, event: Event, verifying: Verifying, enrolments: Enrolments, *, corrected: bool
) -> Reason | None:
    station_id, enrolment = getattr(event, "station_id"), getattr(event, "enrolment")  # noqa: B009
    key = verifying.station_key(station_id, enrolment)
    mac = header(record.headers, MAC_HEADER) or b""
    # First of all: a stranger's record is never taken for a station's, whatever it names.
    if not corrected and not mac_is_right(key, record.topic, event.type_name, record.value or b"", mac):
        return Reason.MAC_WRONG
    enrolled = enrolments.get((station_id, enrolment))
    if enrolled is None:
        raise StationNotKnown(station_id, enrolment, event)
    if enrolled.state is FactState.WITHDRAWN:
        return Reason.STATION_REVOKED
    if enrolled.post_id != getattr(event, "post_id", enrolled.post_id):
        return Reason.STATION_OF_OTHER_POST
    return None
