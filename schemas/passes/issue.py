"""Making passes: the texts that go into codes, and the keys that sign them.

Writes no file: whoever calls keeps the private half (TRUST.md, Sealing). Signatures of
ES256 are deterministic (RFC 6979); those of PS256 are salted, as the standard wants it.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from schemas.passes import envelope, green_lane, health, strict_cbor
from schemas.passes.claims import CitizenClaims, GreenLaneClaims, HealthClaims
from schemas.passes.trust_list import KeyUsage, SigningAlgorithm, TrustListEntry, algorithm_of

_ISS, _EXP, _NBF, _IAT = 1, 4, 5, 6


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """A new key pair: the private half as PEM (unencrypted PKCS 8), the public half as it is listed."""

    private_pem: bytes
    entry: TrustListEntry


def make_issuer_key(
    algorithm: SigningAlgorithm,
    *,
    issuer: str,
    country: str,
    usages: tuple[KeyUsage, ...],
    not_before: datetime | None = None,
    not_after: datetime | None = None,
) -> IssuerKey:
    """A fresh pair. Its key id is the first 8 bytes of SHA-256 over the public key."""
    private_key = (
        ec.generate_private_key(ec.SECP256R1())
        if algorithm is SigningAlgorithm.ES256
        else rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )
    public_key = private_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return IssuerKey(
        private_pem=private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        entry=TrustListEntry(
            key_id=b64encode(sha256(public_key).digest()[:8]).decode("ascii"),
            country=country,
            issuer=issuer,
            algorithm=algorithm,
            public_key=b64encode(public_key).decode("ascii"),
            usages=usages,
            not_before=not_before,
            not_after=not_after,
        ),
    )


@dataclass(frozen=True, slots=True)
class PassSigner:
    """An issuer's private key, parsed once."""

    key_id: bytes
    issuer: str
    algorithm: SigningAlgorithm
    private_key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

    @classmethod
    def of(cls, key: IssuerKey) -> PassSigner:
        """Raises ValueError when the two halves do not belong to a key that may sign passes."""
        private_key = load_pem_private_key(key.private_pem, password=None)
        if not isinstance(private_key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
            raise ValueError("a key of another kind")
        algorithm = algorithm_of(private_key.public_key())
        issuer = key.entry.issuer or key.entry.country
        if algorithm is None or issuer is None:
            raise ValueError("a key that may not sign passes")
        return cls(b64decode(key.entry.key_id), issuer, algorithm, private_key)

    def signature(self, signed: bytes) -> bytes:
        """Raw, as COSE wants it."""
        match self.private_key:
            case ec.EllipticCurvePrivateKey() as key:
                r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(SHA256(), deterministic_signing=True)))
                return r.to_bytes(32, "big") + s.to_bytes(32, "big")
            case key:
                return key.sign(signed, padding.PSS(padding.MGF1(SHA256()), salt_length=32), SHA256())


def issue_health_pass(
    claims: HealthClaims,
    *,
    signer: PassSigner,
    issued_at: datetime,
    valid_until: datetime,
    valid_from: datetime | None = None,
) -> str:
    """``HC1:`` text of a test, vaccination or recovery pass. The person's number must be sealed already."""
    payload = health.payload_of(claims) | _times(issued_at, valid_until, valid_from)
    return issue_payload(health.PREFIX, payload, signer=signer)


def issue_green_lane_pass(
    claims: GreenLaneClaims,
    *,
    signer: PassSigner,
    issued_at: datetime,
    valid_until: datetime,
    valid_from: datetime | None = None,
) -> str:
    """``CX1:`` text of the province's own green-lane pass. The crew's numbers must be sealed already."""
    payload = green_lane.payload_of(claims) | _times(issued_at, valid_until, valid_from)
    return issue_payload(green_lane.PREFIX, payload, signer=signer)


def issue_payload(prefix: str, payload: dict[object, object], *, signer: PassSigner) -> str:
    """The text of a pass with exactly this payload, the signer named as its issuer unless it names one."""
    encoded = strict_cbor.encode({_ISS: signer.issuer} | payload)
    protected, signed = envelope.to_be_signed(encoded, signer.key_id, signer.algorithm)
    return envelope.closed(prefix, protected, encoded, signer.signature(signed))


def _times(issued_at: datetime, valid_until: datetime, valid_from: datetime | None) -> dict[object, object]:
    not_before: dict[object, object] = {_NBF: int(valid_from.timestamp())} if valid_from else {}
    return {_EXP: int(valid_until.timestamp()), _IAT: int(issued_at.timestamp())} | not_before


def citizen_card_text(card: CitizenClaims) -> str:
    """The seven fields of a citizen card's code."""
    person = card.person
    return "|".join(
        (
            person.number or "",
            person.old_number or "",
            person.name or "",
            _day_first(person.birth_date),
            {"male": "Nam", "female": "Nữ", None: ""}[person.sex],
            card.address or "",
            _day_first(card.issued_on),
        )
    )


def _day_first(date: str) -> str:
    return "".join(reversed(date.split("-")))


def green_lane_card_url(token: str) -> str:
    """The text of a national green-lane card's code."""
    return f"https://luongxanh.drvn.gov.vn/tra-cuu?token={quote(token, safe='')}"
