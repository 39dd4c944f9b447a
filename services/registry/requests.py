"""What machines send to the registry, and the event that becomes of each. Pure: keys and time are passed in.

Read with ``extra=forbid`` all the way down: a misspelt field is an error, never silence.
"""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Annotated, ClassVar, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from schemas.bounded import (
    Base64,
    CarrierId,
    Instant,
    KeyId,
    Positive,
    PostId,
    Revision,
    Sha256,
    Slug,
    StationId,
    Text40,
    Text100,
    Text300,
    Wire,
)
from schemas.events.base import SignedEvent
from schemas.events.registry import (
    ListPublished,
    NoticeKind,
    NoticePublished,
    NoticeSecrets,
    PolicyPublished,
    PostRegistered,
    SealingKeyPublished,
    StationEnrolled,
    UnitsPublished,
    VehiclePassRegistered,
    VehiclePassSecrets,
    ZonesAssigned,
)
from schemas.events.test_result import TestResultReported, TestResultSecrets
from schemas.ids import derived_id
from schemas.passes.claims import PersonClaims
from schemas.passes.revocations import Hash16, Revocations
from schemas.passes.token_list import TokenList
from schemas.passes.trust_list import TrustList
from schemas.policy.policy import Policy
from schemas.trust.sealing import Sealer
from schemas.units import Unit
from schemas.words import (
    Direction,
    FactState,
    PostLevel,
    PostMode,
    TestBasis,
    TestKind,
    TestOutcome,
    TestStanding,
    VehicleClass,
)


class Sent(Wire):
    """A request. ``revision`` rises with each change of the same thing; a withdrawal is a revision too."""

    model_config = ConfigDict(extra="forbid")
    revision: Revision = 1
    state: FactState = FactState.IN_FORCE

    @abstractmethod
    def event(self, sealer: Sealer, at: datetime) -> SignedEvent:
        """What is published of it, its private part sealed."""

    @property
    def family(self) -> str | None:
        return None


class TestResultSent(Sent):
    __test__: ClassVar[bool] = False
    result_id: UUID
    source: Slug
    """The laboratory or register that says so."""
    person: PersonClaims
    kind: TestKind
    basis: TestBasis = TestBasis.INDIVIDUAL
    standing: TestStanding
    outcome: TestOutcome
    sampled_at: Instant
    resulted_at: Instant
    certificate_id: Text100 | None = None
    pool_id: Text40 | None = None
    covered: Annotated[tuple[PersonClaims, ...], Field(max_length=500)] = ()

    def event(self, sealer: Sealer, at: datetime) -> TestResultReported:
        secrets = TestResultSecrets(
            record_id=self.result_id,
            person=self.person,
            kind=self.kind,
            basis=self.basis,
            standing=self.standing,
            outcome=self.outcome,
            sampled_at=self.sampled_at,
            resulted_at=self.resulted_at,
            certificate_id=self.certificate_id,
            pool_id=self.pool_id,
            covered=self.covered,
        )
        return TestResultReported(
            event_id=self.result_id,
            occurred_at=at,
            revision=self.revision,
            state=self.state,
            result_id=self.result_id,
            source=self.source,
            sealed=sealer.seal(secrets),
        )


class VehiclePassSent(Sent):
    pass_id: UUID
    pass_number: Text40
    plate: Text40
    vehicle_class: VehicleClass
    registered_crew: Annotated[int, Field(ge=0, le=100)]
    crew: tuple[PersonClaims, ...] = ()
    carrier: Text100 | None = None
    carrier_id: CarrierId | None = None
    issuer: Text100
    route: tuple[PostId, ...] = ()
    valid_from: Instant
    valid_until: Instant
    token_sha256: Sha256 | None = None

    def event(self, sealer: Sealer, at: datetime) -> VehiclePassRegistered:
        secrets = VehiclePassSecrets(
            record_id=self.pass_id,
            pass_number=self.pass_number,
            plate=self.plate,
            registered_crew=self.registered_crew,
            crew=self.crew,
            carrier=self.carrier,
        )
        return VehiclePassRegistered(
            event_id=self.pass_id,
            occurred_at=at,
            revision=self.revision,
            state=self.state,
            pass_id=self.pass_id,
            vehicle_class=self.vehicle_class,
            issuer=self.issuer,
            route=self.route,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            token_sha256=self.token_sha256,
            carrier_id=self.carrier_id,
            sealed=sealer.seal(secrets),
        )


class NoticeSent(Sent):
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
    post_id: PostId | None = None
    other_post_id: PostId | None = None
    road: Text100 | None = None
    plate: Text40 | None = None
    pass_number: Text40 | None = None
    reason: Text300 | None = None

    @model_validator(mode="after")
    def _closes_a_road_between_two_posts(self) -> Self:
        """Which end was meant is not guessed later: a road without both ends would excuse nobody, in silence."""
        ends = {self.post_id, self.other_post_id} - {None}
        if self.notice == "road_closed" and len(ends) != 2:
            raise ValueError("a closed road lies between two posts: post_id and other_post_id")
        if self.notice != "road_closed" and (self.other_post_id or self.road):
            raise ValueError("other_post_id and road are of road_closed only")
        return self

    def event(self, sealer: Sealer, at: datetime) -> NoticePublished:
        secrets = NoticeSecrets(
            record_id=self.notice_id, plate=self.plate, pass_number=self.pass_number, reason=self.reason
        )
        named = self.plate or self.pass_number or self.reason
        return NoticePublished(
            event_id=self.notice_id,
            occurred_at=at,
            revision=self.revision,
            state=self.state,
            notice_id=self.notice_id,
            notice=self.notice,
            document=self.document,
            issuer=self.issuer,
            effective_at=self.effective_at,
            ends_at=self.ends_at,
            of_issuer=self.of_issuer,
            expiring_before=self.expiring_before,
            stays_valid_until=self.stays_valid_until,
            token_sha256=self.token_sha256,
            revocation=self.revocation,
            post_id=self.post_id,
            other_post_id=self.other_post_id,
            road=self.road,
            sealed=sealer.seal(secrets) if named else None,
        )


class PolicySent(Wire):
    """A version of a policy is published once; what is wrong in it is put right by the next version."""

    model_config = ConfigDict(extra="forbid")
    policy: Policy

    @property
    def event_id(self) -> UUID:
        """One a version: the topic is compacted, and old versions are judged by for as long as facts last."""
        return derived_id("policy", self.policy.policy_id, self.policy.version)

    def event(self, sealer: Sealer, at: datetime) -> PolicyPublished:
        return PolicyPublished(
            event_id=self.event_id,
            occurred_at=at,
            revision=self.policy.version,
            policy=self.policy,
        )

    @property
    def family(self) -> str | None:
        return self.policy.policy_id


class PostSent(Sent):
    post_id: PostId
    name: Text100
    mode: PostMode
    level: PostLevel
    records: tuple[Direction, ...]
    commune: Text40 | None = None
    roads: tuple[Text40, ...] = ()
    lanes: Positive = 1

    def event(self, sealer: Sealer, at: datetime) -> PostRegistered:
        return PostRegistered(
            event_id=derived_id("post", self.post_id),
            occurred_at=at,
            revision=self.revision,
            state=self.state,
            post_id=self.post_id,
            name=self.name,
            mode=self.mode,
            level=self.level,
            records=self.records,
            commune=self.commune,
            roads=self.roads,
            lanes=self.lanes,
        )


class StationSent(Sent):
    station_id: StationId
    enrolment: Positive
    post_id: PostId
    lane: Positive
    signing_key: Base64
    sealing_key: Base64
    sealing_key_id: KeyId

    def event(self, sealer: Sealer, at: datetime) -> StationEnrolled:
        return StationEnrolled(
            event_id=derived_id("station", self.station_id, self.enrolment),
            occurred_at=at,
            revision=self.revision,
            state=self.state,
            station_id=self.station_id,
            enrolment=self.enrolment,
            post_id=self.post_id,
            lane=self.lane,
            signing_key=self.signing_key,
            sealing_key=self.sealing_key,
            sealing_key_id=self.sealing_key_id,
        )


class ListSent(Sent):
    """A whole list; the one that ``list_id`` names."""

    list_id: Literal["trust", "tokens", "revocations", "sealing-keys"]
    trust_list: TrustList | None = None
    token_list: TokenList | None = None
    revocations: Revocations | None = None
    sealing_keys: tuple[SealingKeyPublished, ...] | None = None

    def event(self, sealer: Sealer, at: datetime) -> ListPublished:
        return ListPublished(
            event_id=derived_id("list", self.list_id),
            occurred_at=at,
            revision=self.revision,
            state=self.state,
            list_id=self.list_id,
            trust_list=self.trust_list,
            token_list=self.token_list,
            revocations=self.revocations,
            sealing_keys=self.sealing_keys,
        )


class ZonesSent(Sent):
    zones_id: UUID
    document: Text300
    effective_at: Instant
    levels: dict[Text40, Annotated[int, Field(ge=1, le=4)]]

    def event(self, sealer: Sealer, at: datetime) -> ZonesAssigned:
        return ZonesAssigned(
            event_id=self.zones_id,
            occurred_at=at,
            revision=self.revision,
            state=self.state,
            document=self.document,
            effective_at=self.effective_at,
            levels=self.levels,
        )


class UnitsSent(Sent):
    """The administrative units of one province, whole."""

    province: Text40
    units: Annotated[tuple[Unit, ...], Field(max_length=5000)]

    def event(self, sealer: Sealer, at: datetime) -> UnitsPublished:
        return UnitsPublished(
            event_id=derived_id("units", self.province),
            occurred_at=at,
            revision=self.revision,
            state=self.state,
            province=self.province,
            units=self.units,
        )


class PlaceSent(Wire):
    """A place of quarantine; sending it again confirms its numbers."""

    model_config = ConfigDict(extra="forbid")
    place_id: Slug
    name: Text100
    kind: Literal["home", "centre", "treatment"]
    capacity: Annotated[int, Field(ge=0, le=100_000)] | None = None
    """None: not counted, as at home."""
    commune: Text40 | None = None


Publishable = Sent | PolicySent
