"""Builders for the tests of passes: issuers, lists, claims and texts, all made here."""

from __future__ import annotations

import zlib
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from functools import cache

from schemas.passes import base45, envelope, strict_cbor
from schemas.passes.claims import CitizenClaims, GreenLaneClaims, HealthClaims, HealthEntry, PersonClaims
from schemas.passes.issue import (
    IssuerKey,
    PassSigner,
    issue_green_lane_pass,
    issue_health_pass,
    issue_payload,
    make_issuer_key,
)
from schemas.passes.read import PassLists, read_pass
from schemas.passes.revocations import Revoked
from schemas.passes.token_list import Tokens
from schemas.passes.trust_list import KeyUsage, SigningAlgorithm, Trusted, TrustList
from schemas.words import TestBasis, TestKind, TestOutcome, VehicleClass

NOON = datetime(2021, 10, 6, 5, 0, tzinfo=UTC)
ES256, PS256 = SigningAlgorithm.ES256, SigningAlgorithm.PS256
ALL_USES = tuple(KeyUsage)
PROVINCE = "VN-50"


@cache
def issuer(
    algorithm: SigningAlgorithm = ES256,
    name: str = PROVINCE,
    usages: tuple[KeyUsage, ...] = ALL_USES,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
) -> IssuerKey:
    return make_issuer_key(
        algorithm, issuer=name, country="VN", usages=usages, not_before=not_before, not_after=not_after
    )


def trusting(*keys: IssuerKey, tokens: Tokens | None = None, revoked: Revoked | None = None) -> PassLists:
    trusted = Trusted.of(TrustList(entries=tuple(key.entry for key in keys)))
    return PassLists(trusted=trusted, tokens=tokens, revoked=revoked or Revoked())


def a_person(**changes: object) -> PersonClaims:
    return PersonClaims(
        **{"name": "Nguyễn Văn A", "birth_date": "1990-01-31", "sealed_number": "c2VhbGVk"} | changes
    )


def a_test(**changes: object) -> HealthEntry:
    return HealthEntry(
        **{
            "entry": "test",
            "certificate_id": "URN:UVCI:01:VN:50/T/0001",
            "disease": "840539006",
            "country": "VN",
            "issuer": "CDC Bến Tre",
            "test_kind": TestKind.PCR,
            "test_outcome": TestOutcome.NEGATIVE,
            "sampled_at": NOON - timedelta(hours=30),
            "resulted_at": NOON - timedelta(hours=20),
        }
        | changes
    )


def a_vaccination(**changes: object) -> HealthEntry:
    return HealthEntry(
        **{
            "entry": "vaccination",
            "certificate_id": "URN:UVCI:01:VN:50/V/0001",
            "disease": "840539006",
            "country": "VN",
            "dose": 2,
            "doses_needed": 2,
            "product": "EU/1/21/1529",
            "on": "2021-08-01",
        }
        | changes
    )


def a_group_test() -> HealthEntry:
    return a_test(
        basis=TestBasis.REPRESENTATIVE,
        test_kind=TestKind.RAPID_AT_POST,
        covered=(
            PersonClaims(name="Nguyễn Văn A", birth_date="1990", sealed_number="b25l"),
            PersonClaims(name="Lê Thị B", birth_date="1992-03", masked_number="******000123", sex="female"),
        ),
    )


def health_claims(*entries: HealthEntry, person: PersonClaims | None = None) -> HealthClaims:
    return HealthClaims(person=person or a_person(), entries=entries or (a_test(),))


def green_lane_claims(**changes: object) -> GreenLaneClaims:
    return GreenLaneClaims(
        **{
            "pass_number": "BT-2021-000123",
            "plate": "71C-123.45",
            "vehicle_class": VehicleClass.TRUCK,
            "registered_crew": 2,
            "crew": (a_person(), PersonClaims(name="Trần Thị B", masked_number="******654321")),
            "route": ("rach-mieu", "co-chien"),
            "cargo": "dừa khô",
            "carrier": "HTX Mỏ Cày",
        }
        | changes
    )


def a_health_pass(claims: HealthClaims | None = None, *, key: IssuerKey | None = None, **times: datetime) -> str:
    return issue_health_pass(
        claims or health_claims(),
        signer=PassSigner.of(key or issuer()),
        **{"issued_at": NOON - timedelta(hours=1), "valid_until": NOON + timedelta(hours=48)} | times,
    )


def a_green_lane_pass(
    claims: GreenLaneClaims | None = None, *, key: IssuerKey | None = None, **times: datetime
) -> str:
    return issue_green_lane_pass(
        claims or green_lane_claims(),
        signer=PassSigner.of(key or issuer()),
        **{"issued_at": NOON - timedelta(days=1), "valid_until": NOON + timedelta(days=2)} | times,
    )


def a_pass_saying(payload: dict[object, object], *, key: IssuerKey | None = None) -> str:
    """A health pass with this payload, correctly signed; its times are good unless the payload says others."""
    times = {4: int((NOON + timedelta(days=1)).timestamp()), 6: int((NOON - timedelta(days=1)).timestamp())}
    return issue_payload("HC1:", times | payload, signer=PassSigner.of(key or issuer()))


def a_message(
    *,
    protected: bytes | None = None,
    unprotected: dict[object, object] | None = None,
    payload: bytes | None = None,
    signature: bytes | None = None,
    key: IssuerKey | None = None,
) -> bytes:
    """A COSE message, correctly signed over whatever it holds unless ``signature`` is given."""
    key = key or issuer()
    signer = PassSigner.of(key)
    key_id = b64decode(key.entry.key_id)
    algorithm = -7 if signer.algorithm is ES256 else -37
    protected = strict_cbor.encode({1: algorithm, 4: key_id}) if protected is None else protected
    payload = opened(a_health_pass(key=key)).payload_bytes if payload is None else payload
    signed = strict_cbor.encode(["Signature1", protected, b"", payload])
    return b"\xd2" + strict_cbor.encode(
        [protected, unprotected or {}, payload, signer.signature(signed) if signature is None else signature]
    )


def as_text(message: bytes, prefix: str = "HC1:") -> str:
    return prefix + base45.encode(zlib.compress(message, 9))


class opened:
    """A text taken apart, for tests that put it together differently."""

    def __init__(self, text: str) -> None:
        self.prefix, body = text[:4], text[4:]
        self.compressed = base45.decode(body)
        self.message = zlib.decompress(self.compressed)
        self.protected, self.unprotected, self.payload_bytes, self.signature = strict_cbor.decode(self.message[1:])
        self.payload = strict_cbor.decode(self.payload_bytes)
        self.envelope = envelope.opened(text, self.prefix)


def read(text: str, lists: PassLists | None = None, at: datetime = NOON):
    return read_pass(text, lists or trusting(issuer()), at=at)


def a_card(**changes: object) -> CitizenClaims:
    person = {
        "name": "Nguyễn Văn A",
        "number": "083090001234",
        "old_number": "320123456",
        "birth_date": "1990-01-31",
        "sex": "male",
    }
    return CitizenClaims(
        person=PersonClaims(**person | changes), address="ấp 3, Mỏ Cày, Bến Tre", issued_on="2021-04-25"
    )
