"""What the centre publishes, signed: posts, stations, zones, lists, notices, policies, vehicle passes."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias
from uuid import UUID

from pydantic import Field

from schemas.bounded import (
    Base64,
    CarrierId,
    Instant,
    KeyId,
    Positive,
    PostId,
    Sha256,
    StationId,
    Text40,
    Text100,
    Text300,
    Wire,
)
from schemas.events.base import SealedBox, Secrets, SignedEvent
from schemas.passes.claims import PersonClaims
from schemas.passes.revocations import Hash16, Revocations
from schemas.passes.token_list import TokenList
from schemas.passes.trust_list import TrustList
from schemas.policy.policy import Policy
from schemas.units import Unit
from schemas.words import Direction, FactState, PostLevel, PostMode, VehicleClass


class PostRegistered(SignedEvent):
    type_name: ClassVar[str] = "vn.chotxanh.post.registered"
    post_id: PostId
    name: Text100
    mode: PostMode
    level: PostLevel
    records: tuple[Direction, ...]
    """Which directions it records; a rule on a missing crossing asks only posts that record that direction."""
    commune: Text40 | None = None
    roads: tuple[Text40, ...] = ()
    lanes: Positive = 1


class StationEnrolled(SignedEvent):
    """A station, its lane and its public keys. Withdrawn when it is lost or revoked."""

    type_name: ClassVar[str] = "vn.chotxanh.station.enrolled"
    station_id: StationId
    enrolment: Positive
    post_id: PostId
    lane: Positive
    signing_key: Base64
    """Ed25519, raw 32 bytes: heads of its chain."""
    sealing_key: Base64
    """X25519, raw 32 bytes: health reasons that go back to it."""
    sealing_key_id: KeyId


class ZonesAssigned(SignedEvent):
    """Risk levels of administrative units from an instant."""

    type_name: ClassVar[str] = "vn.chotxanh.zones.assigned"
    document: Text300
    effective_at: Instant
    levels: dict[Text40, Annotated[int, Field(ge=1, le=4)]]
    """Code of a unit to its level; the most specific unit counts."""


class UnitsPublished(SignedEvent):
    """The administrative units of one province, whole; hamlets may stand under their communes."""

    type_name: ClassVar[str] = "vn.chotxanh.units.published"
    province: Text40
    units: Annotated[tuple[Unit, ...], Field(max_length=5000)]


class SealingKeyPublished(Wire):
    key_id: KeyId
    public_key: Base64
    """X25519, raw 32 bytes."""
    from_at: Instant


class ListPublished(SignedEvent):
    """One list, whole, at a revision. A list to be checked is sealed for each station that gets it."""

    type_name: ClassVar[str] = "vn.chotxanh.list.published"
    list_id: Literal["trust", "tokens", "revocations", "sealing-keys", "to-be-checked"]
    trust_list: TrustList | None = None
    token_list: TokenList | None = None
    revocations: Revocations | None = None
    sealing_keys: tuple[SealingKeyPublished, ...] | None = None
    to_be_checked: dict[StationId, SealedBox] | None = None


NoticeKind: TypeAlias = Literal[
    "extends",
    "token_revoked",
    "pass_revoked",
    "to_be_checked",
    "change_of_driver",
    "post_closed",
    "road_closed",
]


class NoticePublished(SignedEvent):
    """A dated announcement that extends, revokes or lists; with its source and its end."""

    type_name: ClassVar[str] = "vn.chotxanh.notice.published"
    notice_id: UUID
    notice: NoticeKind
    document: Text300
    issuer: Text100
    effective_at: Instant
    ends_at: Instant | None = None
    of_issuer: Text100 | None = None
    expiring_before: Instant | None = None
    stays_valid_until: Instant | None = None
    token_sha256: Sha256 | None = None
    revocation: Hash16 | None = None
    """Of a signed pass: what the revocation list would name it by, the hash of its signature or certificate id."""
    post_id: PostId | None = None
    other_post_id: PostId | None = None
    """Of a closed road or ferry: its other end, in no order. Beyond these two posts nothing is closed by it."""
    road: Text100 | None = None
    """The closed road or ferry line, as people call it."""
    sealed: SealedBox | None = None
    """The plate or the pass number, for the centre. Stations get theirs in the short list: both can be guessed."""


class NoticeSecrets(Secrets):
    plate: Text40 | None = None
    pass_number: Text40 | None = None
    reason: Text300 | None = None


class PlateToCheck(Wire):
    """An entry of a station's short list; names a vehicle, so it travels in a box only."""

    plate: Text40
    reason: Text300 | None = None
    document: Text300
    effective_at: Instant
    ends_at: Instant | None = None


class RevokedPass(Wire):
    """A green-lane pass that a notice revokes by its number; travels in a box only."""

    pass_number: Text40
    document: Text300
    effective_at: Instant
    ends_at: Instant | None = None


class ToBeCheckedSecrets(Secrets):
    """The short list of one station: what notices name that may stand in no clear text."""

    entries: Annotated[tuple[PlateToCheck, ...], Field(max_length=2000)]
    revoked_passes: Annotated[tuple[RevokedPass, ...], Field(max_length=2000)] = ()


class PolicyPublished(SignedEvent):
    """A bundle of rules in force from an instant. Revision is its version."""

    type_name: ClassVar[str] = "vn.chotxanh.policy.published"
    policy: Policy


class VehiclePassRegistered(SignedEvent):
    """The registry's record of a green-lane pass: class, route and validity in the clear, the rest in the box."""

    type_name: ClassVar[str] = "vn.chotxanh.vehicle-pass.registered"
    pass_id: UUID
    state: FactState = FactState.IN_FORCE
    vehicle_class: VehicleClass
    issuer: Text100
    route: tuple[PostId, ...] = ()
    valid_from: Instant
    valid_until: Instant
    token_sha256: Sha256 | None = None
    carrier_id: CarrierId | None = None
    """The carrier's registration code. Its name is in the box."""
    sealed: SealedBox


class VehiclePassSecrets(Secrets):
    pass_number: Text40
    plate: Text40
    registered_crew: Annotated[int, Field(ge=0, le=100)]
    crew: tuple[PersonClaims, ...] = ()
    carrier: Text100 | None = None
