"""A station's chain: gapless numbers, the hash of the record before, an HMAC on arrival, a signed head.

The law: one sequence for each enrolment, over all topics, health aside. Records may come in any order.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAC_HEADER = "chotxanh-mac"


def station_key(master_key: bytes, station_id: str, enrolment: int) -> bytes:
    """The HMAC key of one enrolment, derived from the centre's master key; stored nowhere at the centre."""
    info = f"chotxanh station {station_id} {enrolment}".encode()
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(master_key)


def record_mac(key: bytes, topic: str, type_name: str, value: bytes) -> bytes:
    """HMAC-SHA-256 over topic, type and value: a record can be moved neither to another topic nor type."""
    return hmac.digest(key, b"\x1f".join((topic.encode(), type_name.encode(), value)), "sha256")


def mac_is_right(key: bytes, topic: str, type_name: str, value: bytes, mac: bytes) -> bool:
    return hmac.compare_digest(record_mac(key, topic, type_name, value), mac)


def record_hash(value: bytes) -> str:
    """What the next record names as ``previous``."""
    return hashlib.sha256(value).hexdigest()


def chain_head_bytes(station_id: str, enrolment: int, number: int, record_sha256: str) -> bytes:
    return f"chotxanh chain head\x1f{station_id}\x1f{enrolment}\x1f{number}\x1f{record_sha256}".encode()


def sign_head(key: Ed25519PrivateKey, station_id: str, enrolment: int, number: int, record_sha256: str) -> str:
    """Base64 signature that not even the centre could have made."""
    return base64.b64encode(key.sign(chain_head_bytes(station_id, enrolment, number, record_sha256))).decode()


def head_is_right(
    public_key: bytes, station_id: str, enrolment: int, number: int, record_sha256: str, signature: str
) -> bool:
    try:
        signed = chain_head_bytes(station_id, enrolment, number, record_sha256)
        Ed25519PublicKey.from_public_bytes(public_key).verify(base64.b64decode(signature), signed)
    except (InvalidSignature, ValueError):
        return False
    return True
