"""What the centre signs (policies, notices, lists, passes, posts, stations), and how a reader believes it."""

from __future__ import annotations

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SIGNATURE_HEADER = "chotxanh-signature"


def _signed_bytes(topic: str, type_name: str, value: bytes) -> bytes:
    return b"\x1f".join((b"chotxanh centre", topic.encode(), type_name.encode(), value))


class CentreSigner:
    """Holds the centre's private signing key (Ed25519, raw 32 bytes); only services have one."""

    def __init__(self, private_key: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(private_key)

    def signature(self, topic: str, type_name: str, value: bytes) -> bytes:
        return base64.b64encode(self._key.sign(_signed_bytes(topic, type_name, value)))


class CentreVerifier:
    """Holds the public half (raw 32 bytes)."""

    def __init__(self, public_key: bytes) -> None:
        self._key = Ed25519PublicKey.from_public_bytes(public_key)

    def is_right(self, topic: str, type_name: str, value: bytes, signature: bytes | None) -> bool:
        """False for a wrong, missing or unreadable signature."""
        if signature is None:
            return False
        try:
            self._key.verify(base64.b64decode(signature, validate=True), _signed_bytes(topic, type_name, value))
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True
