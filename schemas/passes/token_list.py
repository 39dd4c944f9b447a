"""The signed list of green-lane card tokens that a station holds: hashes, never tokens or plates in the clear.

A token is long and random, so its plain SHA-256 cannot be guessed back (TRUST.md, refs). The plate
is sealed under a key made from the token itself: whoever holds the card can read it, whoever steals
the list cannot.
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from pydantic import Field

from schemas.bounded import Base64, Instant, Sha256, Wire
from schemas.words import VehicleClass


class TokenEntry(Wire):
    """One card, as far as a station may know it."""

    token_hash: Sha256
    valid_from: Instant | None = None
    valid_until: Instant
    vehicle_class: VehicleClass | None = None
    sealed_plate: Base64 | None = None
    """``sealed_plate`` of the token and the plate."""
    revoked: bool = False


class TokenList(Wire):
    """The list as it travels inside a signed event."""

    entries: Annotated[tuple[TokenEntry, ...], Field(max_length=500_000)]


@dataclass(frozen=True, slots=True)
class Tokens:
    """The same, ready for looking up."""

    by_hash: Mapping[str, TokenEntry]

    @classmethod
    def of(cls, token_list: TokenList) -> Tokens:
        return cls({entry.token_hash: entry for entry in token_list.entries})

    def entry_of(self, token: str) -> TokenEntry | None:
        return self.by_hash.get(token_hash(token))


def token_hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


_NONCE_LENGTH = 12
_PADDED_TO = 48


def sealed_plate(token: str, plate: str) -> str:
    """The plate, readable only with the token. The same pair gives the same text.

    The nonce is a keyed hash of the plate: a card whose plate is changed never uses one twice.
    """
    key = _plate_key(token)
    padded = plate.encode().ljust(_PADDED_TO, b"\x00")
    nonce = hmac.digest(key, padded, "sha256")[:_NONCE_LENGTH]
    return b64encode(nonce + ChaCha20Poly1305(key).encrypt(nonce, padded, None)).decode("ascii")


def opened_plate(token: str, sealed: str) -> str | None:
    """The plate; None when this is not the box of this token."""
    box = b64decode(sealed)
    try:
        padded = ChaCha20Poly1305(_plate_key(token)).decrypt(box[:_NONCE_LENGTH], box[_NONCE_LENGTH:], None)
    except (InvalidTag, ValueError):
        return None
    return padded.rstrip(b"\x00").decode()


def _plate_key(token: str) -> bytes:
    # Another hash than token_hash, which everyone with the list can see.
    return sha256(b"chotxanh plate of a card\x00" + token.encode()).digest()
