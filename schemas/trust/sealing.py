"""Sealed boxes: one a record, bound to the record's id, padded so that its length tells nothing.

Whoever writes holds only the public half. Opening is for processors and services.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from nacl.bindings import sodium_pad, sodium_unpad
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey
from nacl.public import SealedBox as NaClBox
from pydantic import ValidationError

from schemas.events.base import SealedBox, Secrets

BLOCK = 512
"""A crossing with two people fits in one to three blocks, so lengths fall into few classes."""

S = TypeVar("S", bound=Secrets)


class BoxRefused(Exception):
    """A box that cannot be taken; ``reason`` is a stable code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Sealer:
    """Seals to one public key (X25519, raw 32 bytes)."""

    def __init__(self, key_id: str, public_key: bytes) -> None:
        self.key_id = key_id
        self._box = NaClBox(PublicKey(public_key))

    def seal(self, secrets: Secrets) -> SealedBox:
        """A box that opens only for the holder of the private half, and only as the record it names."""
        padded = sodium_pad(secrets.model_dump_json(exclude_none=True).encode(), BLOCK)
        return SealedBox(key_id=self.key_id, box=base64.b64encode(self._box.encrypt(padded)).decode())


class Opener:
    """Opens boxes with the private halves that are still kept, by key id."""

    def __init__(self, private_keys: Mapping[str, bytes]) -> None:
        self._boxes = {key_id: NaClBox(PrivateKey(key)) for key_id, key in private_keys.items()}

    def open(self, sealed: SealedBox, record_id: UUID, model: type[S]) -> S:
        """What is inside. Raises BoxRefused: unknown key, broken, of another record, or not readable."""
        (secrets,) = self.open_all([(sealed, record_id)], model)
        if isinstance(secrets, BoxRefused):
            raise secrets
        return secrets

    def open_all(self, boxes: Sequence[tuple[SealedBox, UUID]], model: type[S]) -> list[S | BoxRefused]:
        """The same for several records, in their order: all are opened before the first is read."""
        plain = [self._plain(sealed) for sealed, _ in boxes]
        return [
            one if isinstance(one, BoxRefused) else _read(one, record_id, model)
            for one, (_, record_id) in zip(plain, boxes, strict=True)
        ]

    def _plain(self, sealed: SealedBox) -> bytes | BoxRefused:
        box = self._boxes.get(sealed.key_id)
        if box is None:
            return BoxRefused("BOX_KEY_UNKNOWN")
        try:
            return sodium_unpad(box.decrypt(base64.b64decode(sealed.box)), BLOCK)
        except (CryptoError, ValueError):
            return BoxRefused("BOX_BROKEN")


def _read(plain: bytes, record_id: UUID, model: type[S]) -> S | BoxRefused:
    try:
        secrets = model.model_validate_json(plain)
    except ValidationError:
        return BoxRefused("BOX_CONTENT_UNREADABLE")
    return secrets if secrets.record_id == record_id else BoxRefused("BOX_OF_ANOTHER_RECORD")
