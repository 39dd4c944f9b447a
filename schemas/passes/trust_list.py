"""Which keys may sign which passes: the list as it travels, and the same list ready for verifying.

Reads no file. A list is believed because the event that carries it was signed by the centre;
this module does not ask.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pydantic import Field

from schemas.bounded import Base64, Instant, Text100, Wire

KeyIdText = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{11}=$")]
"""Eight bytes in base64."""


class SigningAlgorithm(StrEnum):
    ES256 = "ES256"
    PS256 = "PS256"


class KeyUsage(StrEnum):
    """What a key may sign."""

    TEST = "test"
    VACCINATION = "vaccination"
    RECOVERY = "recovery"
    GREEN_LANE = "green_lane"
    PERSON = "person"
    """A person pass: it names somebody and claims nothing of health."""


HEALTH_USAGES = frozenset({KeyUsage.TEST, KeyUsage.VACCINATION, KeyUsage.RECOVERY})


class TrustListEntry(Wire):
    """One key, who holds it, and what it may sign."""

    key_id: KeyIdText
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    issuer: Text100 | None = None
    """When given, a pass under this key must state exactly this issuer."""
    algorithm: SigningAlgorithm | None = None
    """None: listed, but no pass may be signed with it (a key on another curve, a short one)."""
    public_key: Base64
    """SubjectPublicKeyInfo, DER."""
    usages: tuple[KeyUsage, ...] = ()
    """Empty: every health use and nothing else, as an EU certificate without usage means it."""
    not_before: Instant | None = None
    not_after: Instant | None = None


class TrustList(Wire):
    """The whole list, as it travels inside a signed event."""

    entries: Annotated[tuple[TrustListEntry, ...], Field(max_length=20_000)]


PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey

_ECDSA = ec.ECDSA(SHA256())
# RFC 8230: the salt is as long as the hash.
_PSS = padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=32)
_SHA256 = SHA256()
_SHORTEST_RSA = 2048
_LONGEST_RSA = 8192
"""A longer one only costs time."""


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """An entry with its key parsed."""

    key_id: bytes
    issuer: str | None
    country: str | None
    algorithm: SigningAlgorithm | None
    usages: frozenset[KeyUsage]
    not_before: datetime | None
    not_after: datetime | None
    public_key: PublicKey | None

    @property
    def name(self) -> str | None:
        """Who signs with it, in the list's own words, never the pass's."""
        return self.issuer or self.country

    def verifies(self, signed: bytes, signature: bytes) -> bool:
        """Whether ``signature`` (raw, as in COSE) over ``signed`` was made with this key."""
        try:
            match self.public_key:
                case ec.EllipticCurvePublicKey() as key if len(signature) == 64:
                    key.verify(_der(signature), signed, _ECDSA)
                case rsa.RSAPublicKey() as key:
                    key.verify(signature, signed, _PSS, _SHA256)
                case _:
                    return False
        except InvalidSignature:
            return False
        return True

    def valid_at(self, at: datetime) -> bool:
        return (self.not_before is None or self.not_before <= at) and not self.retired_by(at)

    def retired_by(self, at: datetime) -> bool:
        return self.not_after is not None and at > self.not_after

    def may_sign(self, uses: frozenset[KeyUsage]) -> bool:
        return uses <= self.usages


def _der(signature: bytes) -> bytes:
    return encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))


@dataclass(frozen=True, slots=True)
class Trusted:
    """The keys by key id, parsed once. Two issuers may by chance have one key id: both are kept."""

    keys: Mapping[bytes, tuple[TrustedKey, ...]]

    @classmethod
    def of(cls, trust_list: TrustList) -> Trusted:
        keys: dict[bytes, tuple[TrustedKey, ...]] = {}
        for entry in trust_list.entries:
            key = trusted_key(entry)
            keys[key.key_id] = (*keys.get(key.key_id, ()), key)
        return cls(keys)

    def of_key_id(self, key_id: bytes) -> tuple[TrustedKey, ...]:
        return self.keys.get(key_id, ())


def trusted_key(entry: TrustListEntry) -> TrustedKey:
    """The entry, ready for use. A key that cannot be read, or is not what it is listed as, verifies nothing."""
    public_key = _parsed(entry.public_key)
    fits = entry.algorithm is not None and entry.algorithm is algorithm_of(public_key)
    return TrustedKey(
        key_id=b64decode(entry.key_id),
        issuer=entry.issuer,
        country=entry.country,
        algorithm=entry.algorithm if fits else None,
        usages=frozenset(entry.usages) or HEALTH_USAGES,
        not_before=entry.not_before,
        not_after=entry.not_after,
        public_key=public_key if fits and isinstance(public_key, PublicKey) else None,
    )


def algorithm_of(public_key: object) -> SigningAlgorithm | None:
    """The one algorithm that passes under this key may use; None for any key that is not allowed."""
    match public_key:
        case ec.EllipticCurvePublicKey(curve=ec.SECP256R1()):
            return SigningAlgorithm.ES256
        case rsa.RSAPublicKey(key_size=bits) if _SHORTEST_RSA <= bits <= _LONGEST_RSA:
            return SigningAlgorithm.PS256
        case _:
            return None


def _parsed(public_key: str) -> object | None:
    try:
        return load_der_public_key(b64decode(public_key))
    except (ValueError, UnsupportedAlgorithm):
        return None
