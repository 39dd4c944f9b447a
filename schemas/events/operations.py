"""Events about the system itself: health, requests to stations, actions, commands, audit, dead letters."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from schemas.bounded import (
    Base64,
    Code,
    Int64,
    Natural,
    Positive,
    PostId,
    Sha256,
    Slug,
    StationId,
    Text40,
    Text100,
    Text300,
    Wire,
)
from schemas.events.base import Event, RevisedEvent, SealedBox, Secrets, Trust


class ChainHead(Wire):
    """The newest record of a station's chain, signed by the station (Ed25519 over ``chain_head_bytes``)."""

    number: Natural
    record_sha256: Sha256
    signature: Base64


class StationHealth(Event):
    """A station's heartbeat. Not a record of its chain."""

    type_name: ClassVar[str] = "vn.chotxanh.station.health"
    trust: ClassVar[Trust] = Trust.MAC
    station_id: StationId
    post_id: PostId
    lane: Positive
    enrolment: Positive
    unsent: Natural
    refused: Natural = 0
    last_number: Natural
    head: ChainHead | None = None
    clock_error_ms: Natural | None = None
    lists: dict[Slug, Natural] = {}
    """Revision of each list, policy and set of notices that it holds."""
    camera: Literal["online", "lost", "none"] = "none"
    decoder_restarts: Natural = 0
    fallback_decoder: bool = True
    version: Text40


class SendAgain(Event):
    """The centre misses these numbers of a station's chain."""

    type_name: ClassVar[str] = "vn.chotxanh.station-request.send-again"
    station_id: StationId
    enrolment: Positive
    numbers: Annotated[tuple[tuple[Positive, Positive], ...], Field(max_length=1000)]
    """Ranges, both ends included."""


class ListsChanged(Event):
    type_name: ClassVar[str] = "vn.chotxanh.station-request.lists-changed"
    station_id: StationId


class StationRevoked(Event):
    """The station drops its lists; what it sends afterwards is kept apart."""

    type_name: ClassVar[str] = "vn.chotxanh.station-request.revoked"
    station_id: StationId
    enrolment: Positive


class AlertActed(Event):
    """Somebody acknowledged, disposed of, or passed on an alert."""

    type_name: ClassVar[str] = "vn.chotxanh.alert.acted"
    alert_id: UUID
    action: Literal["acknowledged", "disposed", "escalated", "ended"]
    disposition: Code | None = None
    by: Text40
    sealed: SealedBox | None = None
    """A note, which may name somebody."""


class AlertNote(Secrets):
    note: Text300 | None = None
    record_number: Text100 | None = None
    """Of the record (biên bản) that confirms it."""
    passed_to: Text100 | None = None


class EpisodeChanged(RevisedEvent):
    """A step of a person's quarantine."""

    type_name: ClassVar[str] = "vn.chotxanh.episode.changed"
    episode_id: UUID
    referral_id: UUID
    step: Slug
    place_id: Text40 | None = None
    by: Text40
    reason: Code | None = None


class CommandGiven(Event):
    """A what-if or a replay, asked for by a person, or that one asked for before be stopped; or that timers which
    were put aside be tried again (schemas.timers_to_try)."""

    type_name: ClassVar[str] = "vn.chotxanh.command.given"
    command: Literal["what_if", "replay", "stop", "try_again"]
    by: Text40
    arguments: dict[Slug, Any] = {}


class CommandAnswered(Event):
    type_name: ClassVar[str] = "vn.chotxanh.command.answered"
    command_id: UUID
    done: bool
    progress: Annotated[int, Field(ge=0, le=100)] = 100
    result: dict[Slug, Any] = {}


class AuditHead(Event):
    """The newest link of a source's audit chain."""

    type_name: ClassVar[str] = "vn.chotxanh.audit.head"
    source: Text100
    number: Natural
    sha256: Sha256
    signature: Base64 | None = None


class DeadLetter(Event):
    """A record that could not be taken, unchanged in the box, with the reason. Its id follows from its place."""

    type_name: ClassVar[str] = "vn.chotxanh.dead-letter.buried"
    topic: Text100
    partition: Natural
    offset: Natural
    by: Literal["processors", "services"]
    reason: Code
    detail: Text300 | None = None
    """Where in the record, never what stood there."""
    station_id: StationId | None = None
    post_id: PostId | None = None
    number: Int64 | None = None
    sealed: SealedBox


class DeadLetterTaken(Event):
    """A record that was sent again from the dead letters came through at ``by``."""

    type_name: ClassVar[str] = "vn.chotxanh.dead-letter.taken"
    case_id: UUID
    attempt: Positive
    by: Literal["processors", "services"]


class DeadLetterSecrets(Secrets):
    key: Annotated[str, Field(max_length=8192)] | None = None
    """Base64 of the Kafka key."""
    value: Annotated[str, Field(max_length=8_388_608)] | None = None
    """Base64 of the unchanged value."""
    headers: tuple[tuple[Text100, Annotated[str, Field(max_length=8192)]], ...] = ()
