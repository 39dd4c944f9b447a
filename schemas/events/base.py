"""What every event has, and the box that everything about a person or a vehicle travels in (TRUST.md)."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from schemas.bounded import (
    Base64,
    EventId,
    Instant,
    KeyId,
    Natural,
    Positive,
    PostId,
    Revision,
    Sha256,
    StationId,
    Wire,
)
from schemas.words import FactState

FIRST_PREVIOUS = "0" * 64
"""The hash of the record before the first one."""


class Trust(StrEnum):
    """How a reader knows that an event is genuine."""

    CHAINED = "chained"
    """From a station: HMAC, gapless number, link to the record before (schemas.trust.chain)."""
    MAC = "mac"
    """From a station: HMAC alone."""
    SIGNED = "signed"
    """From the centre: Ed25519 (schemas.trust.signing)."""
    BROKER = "broker"
    """By the broker's access control alone."""


class SealedBox(Wire):
    """A libsodium sealed box: only the holder of the private half of ``key_id`` can open it."""

    key_id: KeyId
    box: Base64


class Secrets(Wire):
    """What is inside a box. ``record_id`` binds it: a box moved to another record is refused."""

    record_id: UUID


class Event(Wire):
    """Something that happened. ``type_name`` is its CloudEvents type, and says how to read it."""

    type_name: ClassVar[str]
    trust: ClassVar[Trust] = Trust.BROKER
    event_id: EventId
    occurred_at: Instant
    """By the clock of the source."""


class StationEvent(Event):
    """A record of a station's chain: numbered without gaps over all topics, with the hash of the one before."""

    trust: ClassVar[Trust] = Trust.CHAINED
    station_id: StationId
    post_id: PostId
    lane: Positive
    enrolment: Positive
    number: Positive
    previous: Sha256
    clock_error_ms: Natural | None
    """Bound of the station's clock error when it was written; None until first measured."""


class RevisedEvent(Event):
    """A fact that can change: the highest revision counts, and a withdrawal is a revision too."""

    revision: Revision
    state: FactState = FactState.IN_FORCE


class SignedEvent(RevisedEvent):
    """A revised fact that the centre signs; nobody believes it unsigned, or older than what they have."""

    trust: ClassVar[Trust] = Trust.SIGNED
