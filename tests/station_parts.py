"""A station for tests: its keys, the centre's, passes, and what the centre published, all made up here."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import cv2
import nacl.public
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from checkpoint_agent.clock import SystemClock
from checkpoint_agent.identity import Identity, identity_of
from checkpoint_agent.listening.published import Record
from schemas.events.registry import ListPublished, PolicyPublished, PostRegistered
from schemas.passes.claims import GreenLaneClaims, HealthClaims, HealthEntry, PersonClaims
from schemas.passes.issue import PassSigner, issue_green_lane_pass, issue_health_pass, make_issuer_key
from schemas.passes.revocations import Revocations
from schemas.passes.token_list import TokenList
from schemas.passes.trust_list import KeyUsage, SigningAlgorithm, TrustList
from schemas.topics import LISTS, POLICIES, POSTS, encode
from schemas.trust.chain import station_key
from schemas.trust.key_files import StationKeysFile
from schemas.trust.sealing import Opener
from schemas.trust.signing import SIGNATURE_HEADER, CentreSigner
from schemas.words import PostLevel, PostMode, TestKind, TestOutcome, VehicleClass
from tests.builders import NOON, a_policy, an_id

MASTER = b"m" * 32
ISSUER = make_issuer_key(
    SigningAlgorithm.ES256,
    issuer="BENTRE",
    country="VN",
    usages=(KeyUsage.GREEN_LANE, KeyUsage.TEST),
    not_before=NOON - timedelta(days=300),
)
STRANGER = make_issuer_key(SigningAlgorithm.ES256, issuer="BENTRE", country="VN", usages=(KeyUsage.GREEN_LANE,))


def _raw(key: Ed25519PrivateKey) -> tuple[bytes, bytes]:
    return (
        key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()),
        key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw),
    )


@dataclass(frozen=True)
class Centre:
    """What only the centre holds."""

    signer: CentreSigner
    signing_public: bytes
    sealing: nacl.public.PrivateKey

    def opener(self) -> Opener:
        return Opener({"2021-10": bytes(self.sealing)})


def a_centre() -> Centre:
    private, public = _raw(Ed25519PrivateKey.generate())
    return Centre(CentreSigner(private), public, nacl.public.PrivateKey.generate())


def station_keys(centre: Centre, station_id: str = "rach-mieu-1", *, enrolment: int = 1) -> StationKeysFile:
    def text(raw: bytes) -> str:
        return base64.b64encode(raw).decode()

    return StationKeysFile.model_validate(
        {
            "station_id": station_id,
            "post_id": station_id.rpartition("-")[0],
            "lane": 1,
            "enrolment": enrolment,
            "hmac": text(station_key(MASTER, station_id, enrolment)),
            "signing_private": text(_raw(Ed25519PrivateKey.generate())[0]),
            "sealing_private": text(bytes(nacl.public.PrivateKey.generate())),
            "sealing_key_id": f"{station_id}-{enrolment}",
            "centre_signing_public": text(centre.signing_public),
            "centre_sealing_key_id": "2021-10",
            "centre_sealing_public": text(bytes(centre.sealing.public_key)),
        }
    )


def an_identity(centre: Centre | None = None, station_id: str = "rach-mieu-1") -> Identity:
    return identity_of(station_keys(centre or a_centre(), station_id))


class StandingClock(SystemClock):
    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


def signed_record(centre: Centre, topic, event, *, signature: bytes | None = None) -> Record:
    key, value, headers = encode(topic, event)
    name = topic.name_for(getattr(event, "post_id", "") or "")
    signature = signature or centre.signer.signature(name, event.type_name, value)
    return Record(name, key, value, [*headers, (SIGNATURE_HEADER, signature)])


def a_list(list_id: str, *, revision: int = 1, **contents) -> ListPublished:
    return ListPublished(
        event_id=an_id(f"{list_id}-{revision}"), occurred_at=NOON, revision=revision, list_id=list_id, **contents
    )


def all_published(centre: Centre, *, policy=None) -> list[Record]:
    """A post, a policy, and the three lists that a pass is verified by."""
    post = PostRegistered(
        event_id=an_id("post"),
        occurred_at=NOON,
        revision=1,
        post_id="rach-mieu",
        name="Chốt cầu Rạch Miễu",
        mode=PostMode.ROAD,
        level=PostLevel.PROVINCE,
        records=("in", "out"),
    )
    policy_event = PolicyPublished(
        event_id=an_id("policy"), occurred_at=NOON, revision=1, policy=policy or a_policy()
    )
    return [
        signed_record(centre, POSTS, post),
        signed_record(centre, POLICIES, policy_event),
        signed_record(centre, LISTS, a_list("trust", trust_list=TrustList(entries=(ISSUER.entry,)))),
        signed_record(centre, LISTS, a_list("tokens", token_list=TokenList(entries=()))),
        signed_record(centre, LISTS, a_list("revocations", revocations=Revocations())),
    ]


def a_green_lane_text(*, key=ISSUER, valid_until: datetime = NOON + timedelta(hours=6), **changes) -> str:
    claims = GreenLaneClaims.model_validate(
        {
            "pass_number": "BT-000001",
            "plate": "71C-123.45",
            "vehicle_class": VehicleClass.TRUCK,
            "registered_crew": 2,
        }
        | changes
    )
    return issue_green_lane_pass(
        claims, signer=PassSigner.of(key), issued_at=NOON - timedelta(days=5), valid_until=valid_until
    )


def a_test_text(person: PersonClaims, *, hours_old: float = 30) -> str:
    sampled_at = NOON - timedelta(hours=hours_old)
    entry = HealthEntry(
        entry="test",
        certificate_id="URN:UVCI:01:VN:TEST",
        disease="840539006",
        country="VN",
        issuer="BENTRE",
        test_kind=TestKind.PCR,
        test_outcome=TestOutcome.NEGATIVE,
        sampled_at=sampled_at,
        resulted_at=sampled_at + timedelta(hours=6),
    )
    return issue_health_pass(
        HealthClaims(person=person, entries=(entry,)),
        signer=PassSigner.of(ISSUER),
        issued_at=sampled_at + timedelta(hours=6),
        valid_until=NOON + timedelta(days=3),
    )


def a_picture(path: Path, text: str | None, *, px: int = 4) -> None:
    """1080p with the code in it, or with none."""
    import numpy as np

    frame = np.full((1080, 1920), 170, dtype=np.uint8)
    if text is not None:
        code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCodeModel2)
        gray = np.array(zxingcpp.write_barcode_to_image(code, scale=px))
        frame[200 : 200 + gray.shape[0], 500 : 500 + gray.shape[1]] = gray
    cv2.imwrite(str(path), cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))


def a_sheet(sheet_id: str, **changes) -> dict:
    at = NOON.isoformat()
    return {
        "sheet_id": sheet_id,
        "opened_at": at,
        "closed_at": (NOON + timedelta(minutes=1)).isoformat(),
        "decided_at": (NOON + timedelta(minutes=1, seconds=20)).isoformat(),
        "pictures": [],
        "plate": "71C-123.45",
        "vehicle_class": "truck",
        "head_count": {"cab": 1, "cargo": 0},
        "direction": "in",
        "purpose": "destination_here",
        "cargo_space": "opened",
        "occupants": [{"role": "driver", "person": None}],
    } | changes


def put_sheet(folder: Path, sheet: dict) -> None:
    """Written last, by rename."""
    half = folder / f".{sheet['sheet_id']}"
    half.write_text(json.dumps(sheet))
    half.rename(folder / f"{sheet['sheet_id']}.sheet.json")
