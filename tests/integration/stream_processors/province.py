"""A province for tests: its keys, its stations that number, chain and seal, and what the centre signs."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from nacl.public import PrivateKey

from schemas.events.base import FIRST_PREVIOUS, Event, SignedEvent
from schemas.events.crossing import CrossingClosed, CrossingCorrected, CrossingSecrets, OccupantSecrets
from schemas.events.decision import DecisionMade, Shown
from schemas.events.operations import StationHealth
from schemas.events.registry import (
    NoticePublished,
    PolicyPublished,
    PostRegistered,
    StationEnrolled,
    VehiclePassRegistered,
    VehiclePassSecrets,
)
from schemas.events.test_result import TestedAtPost, TestResultReported, TestResultSecrets
from schemas.topics import (
    CROSSINGS,
    DECISIONS,
    NOTICES,
    POLICIES,
    POSTS,
    STATION_HEALTH,
    STATIONS,
    TEST_RESULTS,
    VEHICLE_PASSES,
    Topic,
    encode,
)
from schemas.trust.chain import MAC_HEADER, record_hash, record_mac, station_key
from schemas.trust.sealing import Opener, Sealer
from schemas.trust.signing import SIGNATURE_HEADER, CentreSigner
from schemas.words import FactState, Outcome, TestKind, TestOutcome, TestStanding
from stream_processors.intake.records import RawRecord
from tests.builders import DRIVER, a_crossing, a_policy, crossing_secrets

POSTS_OF_TEST = ("rach-mieu", "co-chien")


def _b64(value: bytes) -> str:
    return base64.b64encode(value).decode()


@dataclass
class Centre:
    """All keys of the centre, and the signed facts that it publishes."""

    sealing: PrivateKey = field(default_factory=PrivateKey.generate)
    refs: dict[str, bytes] = field(
        default_factory=lambda: {kind: secrets.token_bytes(32) for kind in ("person", "vehicle", "pass")}
    )
    master: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    signing: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    def write_keys(self, folder: Path) -> Path:
        centre = folder / "centre"
        centre.mkdir(parents=True)
        private, public = bytes(self.sealing), bytes(self.sealing.public_key)
        files = {
            "sealing": {"current": "k1", "private": {"k1": _b64(private)}, "public": {"k1": _b64(public)}},
            "refs": {kind: _b64(key) for kind, key in self.refs.items()},
            "stations-master": {"master": _b64(self.master)},
            "signing-public": {
                "public": _b64(self.signing.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
            },
        }
        for name, content in files.items():
            (centre / f"{name}.json").write_text(json.dumps(content))
        return folder

    @property
    def sealer(self) -> Sealer:
        return Sealer("k1", bytes(self.sealing.public_key))

    @property
    def opener(self) -> Opener:
        return Opener({"k1": bytes(self.sealing)})

    def signed(self, topic: Topic, event: SignedEvent) -> RawRecord:
        private = self.signing.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        key, value, headers = encode(topic, event)
        signature = CentreSigner(private).signature(topic.name, event.type_name, value)
        return RawRecord(topic.name, 0, 0, key, value, (*headers, (SIGNATURE_HEADER, signature)))

    def policy(self, **changes: Any) -> RawRecord:
        policy = a_policy(**changes)
        id_ = uuid4()
        event = PolicyPublished(event_id=id_, occurred_at=now(), revision=policy.version, policy=policy)
        return self.signed(POLICIES, event)

    def notice(self, kind: str, **changes: Any) -> RawRecord:
        id_ = changes.pop("notice_id", None) or uuid4()
        event = NoticePublished.model_validate(
            {
                "event_id": uuid4(),
                "occurred_at": now(),
                "revision": 1,
                "notice_id": id_,
                "notice": kind,
                "document": "TB-TEST",
                "issuer": "UBND",
            }
            | changes
        )
        return self.signed(NOTICES, event)

    def post(self, post_id: str) -> RawRecord:
        event = PostRegistered.model_validate(
            {
                "event_id": uuid4(),
                "occurred_at": now(),
                "revision": 1,
                "post_id": post_id,
                "name": post_id,
                "mode": "road",
                "level": "province",
                "records": ("in", "out"),
            }
        )
        return self.signed(POSTS, event)

    def enrolment(
        self, station: Station, *, revision: int = 1, state: FactState = FactState.IN_FORCE
    ) -> RawRecord:
        event = StationEnrolled(
            event_id=uuid4(),
            occurred_at=now(),
            revision=revision,
            state=state,
            station_id=station.station_id,
            enrolment=1,
            post_id=station.post_id,
            lane=1,
            signing_key=_b64(bytes(32)),
            sealing_key=_b64(bytes(station.sealing.public_key)),
            sealing_key_id=station.station_id,
        )
        return self.signed(STATIONS, event)

    def result(
        self, *, result_id: UUID | None = None, revision: int = 1, at: datetime | None = None, **secret: Any
    ) -> RawRecord:
        id_ = uuid4()
        sampled_at = secret.pop("sampled_at", now())
        inside = TestResultSecrets.model_validate(
            {
                "record_id": id_,
                "person": DRIVER,
                "kind": TestKind.PCR,
                "standing": TestStanding.CONFIRMED,
                "outcome": TestOutcome.POSITIVE,
                "sampled_at": sampled_at,
                "resulted_at": sampled_at,
            }
            | secret
        )
        event = TestResultReported(
            event_id=id_,
            occurred_at=at or now(),
            revision=revision,
            result_id=result_id or id_,
            source="laboratory",
            sealed=self.sealer.seal(inside),
        )
        return self.signed(TEST_RESULTS, event)

    def vehicle_pass(self, **changes: Any) -> RawRecord:
        id_ = changes.pop("event_id", None) or uuid4()
        inside = {"pass_number": "BT-000001", "plate": "71C-123.45", "registered_crew": 2}
        inside |= changes.pop("secrets", {})
        event = VehiclePassRegistered.model_validate(
            {
                "event_id": id_,
                "occurred_at": now() - timedelta(days=10),
                "revision": 1,
                "pass_id": id_,
                "vehicle_class": "truck",
                "issuer": "BENTRE",
                "valid_from": now() - timedelta(days=30),
                "valid_until": now() + timedelta(days=30),
                "sealed": self.sealer.seal(VehiclePassSecrets(record_id=id_, **inside)),
            }
            | changes
        )
        return self.signed(VEHICLE_PASSES, event)


@dataclass
class Station:
    """Writes records as a station does: numbered, linked, with an HMAC."""

    centre: Centre
    post_id: str
    sealing: PrivateKey = field(default_factory=PrivateKey.generate)
    number: int = 0
    previous: str = FIRST_PREVIOUS

    @property
    def station_id(self) -> str:
        return f"{self.post_id}-1"

    def chained(self, topic: Topic, event: Event, **changes: Any) -> RawRecord:
        """The event as this station's next record."""
        self.number += 1
        place = {
            "station_id": self.station_id,
            "post_id": self.post_id,
            "number": self.number,
            "previous": self.previous,
        }
        event = event.model_copy(update=place | changes)
        record = self.sent(topic, event)
        self.previous = record_hash(record.value or b"")
        return record

    def sent(self, topic: Topic, event: Event) -> RawRecord:
        """With the HMAC, whatever the event says."""
        key, value, headers = encode(topic, event)
        return self.with_mac(RawRecord(topic.name, 0, 0, key, value, tuple(headers)), event.type_name)

    def with_mac(self, record: RawRecord, type_name: str) -> RawRecord:
        hmac_key = station_key(self.centre.master, self.station_id, 1)
        mac = record_mac(hmac_key, record.topic, type_name, record.value or b"")
        return RawRecord(
            record.topic,
            record.partition,
            record.offset,
            record.key,
            record.value,
            (*record.headers, (MAC_HEADER, mac)),
        )

    def crossing(
        self,
        *,
        at: datetime | None = None,
        plate: str = "71C-123.45",
        person: Any = DRIVER,
        crossing_id: UUID | None = None,
        inside: dict[str, Any] | None = None,
        **changes: Any,
    ) -> RawRecord:
        at = at or now()
        id_ = crossing_id or uuid4()
        event = a_crossing(occurred_at=at, opened_at=at - timedelta(minutes=1), event_id=id_, crossing_id=id_)
        event = event.model_copy(update={"readings": event.readings[:1], **changes})
        return self.chained(CROSSINGS, event, sealed=self._box(id_, plate, person, inside or {}))

    def correction(self, of: RawRecord, *, revision: int = 2, **changes: Any) -> RawRecord:
        before = CrossingClosed.model_validate_json(of.value or b"")
        id_ = uuid4()
        box = self._box(
            id_, changes.pop("plate", "71C-123.45"), changes.pop("person", DRIVER), changes.pop("inside", {})
        )
        event = CrossingCorrected.model_validate(
            before.model_dump(mode="python")
            | {"event_id": id_, "revision": revision, "reason": "OTHER", "sealed": box}
            | changes
        )
        return self.chained(CROSSINGS, event, sealed=box)

    def _box(self, id_: UUID, plate: str, person: Any, inside: dict[str, Any]) -> Any:
        content = crossing_secrets().model_dump(mode="python") | {
            "record_id": id_,
            "plate": plate,
            "claims": crossing_secrets().claims[:1],
            "occupants": (OccupantSecrets(occupant=1, person=person),),
        }
        return self.centre.sealer.seal(CrossingSecrets.model_validate(content | inside))

    def decision(
        self, of: RawRecord, outcome: Outcome = Outcome.LET_THROUGH, *, at: datetime | None = None, **changes: Any
    ) -> RawRecord:
        crossing = CrossingClosed.model_validate_json(of.value or b"")
        event = DecisionMade.model_validate(
            {
                "event_id": uuid4(),
                "occurred_at": at or crossing.occurred_at + timedelta(minutes=1),
                "station_id": self.station_id,
                "post_id": self.post_id,
                "lane": 1,
                "enrolment": 1,
                "number": 1,
                "previous": FIRST_PREVIOUS,
                "clock_error_ms": 500,
                "crossing_id": crossing.crossing_id,
                "revision": 1,
                "outcome": outcome,
                "shown": Shown(what="advice", outcome=outcome),
                "officer_id": "officer-1",
            }
            | changes
        )
        return self.chained(DECISIONS, event)

    def heartbeat(self, *, at: datetime | None = None, **changes: Any) -> RawRecord:
        """Not a record of the chain: it says how far the chain goes."""
        event = StationHealth.model_validate(
            {
                "event_id": uuid4(),
                "occurred_at": at or now(),
                "station_id": self.station_id,
                "post_id": self.post_id,
                "lane": 1,
                "enrolment": 1,
                "unsent": 0,
                "last_number": self.number,
                "clock_error_ms": 500,
                "version": "test",
            }
            | changes
        )
        return self.sent(STATION_HEALTH, event)

    def tested_at_post(self, of: RawRecord, **secret: Any) -> RawRecord:
        crossing = CrossingClosed.model_validate_json(of.value or b"")
        id_ = uuid4()
        inside = {
            "record_id": id_,
            "person": DRIVER,
            "kind": TestKind.RAPID_AT_POST,
            "standing": TestStanding.SUSPECTED,
            "outcome": TestOutcome.POSITIVE,
            "sampled_at": crossing.occurred_at,
            "resulted_at": crossing.occurred_at,
        } | secret
        event = TestedAtPost(
            event_id=id_,
            occurred_at=crossing.occurred_at + timedelta(minutes=15),
            station_id=self.station_id,
            post_id=self.post_id,
            lane=1,
            enrolment=1,
            number=1,
            previous=FIRST_PREVIOUS,
            clock_error_ms=500,
            result_id=id_,
            revision=1,
            crossing_id=crossing.crossing_id,
            occupant=1,
            sealed=self.centre.sealer.seal(TestResultSecrets.model_validate(inside)),
        )
        return self.chained(TEST_RESULTS, event)


def now() -> datetime:
    at = datetime.now(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def crossing_id_of(record: RawRecord) -> UUID:
    return UUID(json.loads(record.value or b"{}")["crossing_id"])
