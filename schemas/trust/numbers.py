"""A person's number inside an issued pass: sealed to the passes' own key, so that no reader of a code learns it.

Bound to its pass by the issuer's signature over both. Every box is 60 bytes, whichever number is in it, and
two boxes of one number are unlike. Opened at the centre only (TRUST.md, Sealing).
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from schemas.passes.claims import PersonClaims

_LENGTH = 12
_MASK = "******"


class NumberSealer:
    """Seals to the public half (X25519, raw 32 bytes)."""

    def __init__(self, public_key: bytes) -> None:
        self._box = SealedBox(PublicKey(public_key))

    def sealed(self, number: str) -> str:
        """``number`` of 12 digits, or an old one of 9. Base64."""
        return b64encode(self._box.encrypt(number.encode("ascii").ljust(_LENGTH, b"\x00"))).decode("ascii")

    def for_a_pass(self, person: PersonClaims) -> PersonClaims:
        """``person`` as a pass may name them: the number sealed, its last six digits to compare with a card."""
        number = person.number or person.old_number
        if number is None:
            return person
        masked = _MASK + person.number[6:] if person.number else person.masked_number
        changes = {"number": None, "old_number": None, "masked_number": masked}
        return person.model_copy(update=changes | {"sealed_number": self.sealed(number)})


class NumberOpener:
    """Opens with any of the private halves that are kept: a box does not say which one it is for."""

    def __init__(self, private_keys: Sequence[bytes]) -> None:
        self._boxes = [SealedBox(PrivateKey(key)) for key in private_keys]

    def opened(self, sealed: str) -> str | None:
        """The number; None when it is no box of ours."""
        for box in self._boxes:
            try:
                number = box.decrypt(b64decode(sealed)).rstrip(b"\x00").decode("ascii")
            except (CryptoError, ValueError, TypeError):
                continue
            return number if number.isdigit() and len(number) in (9, _LENGTH) else None
        return None

    def with_number(self, person: PersonClaims) -> PersonClaims:
        """``person`` with the number that is sealed inside their pass; unchanged where none can be opened."""
        number = self.opened(person.sealed_number) if person.sealed_number else None
        if number is None or person.number or person.old_number:
            return person
        return person.model_copy(update={"number" if len(number) == _LENGTH else "old_number": number})
