"""What was revoked, by hashes alone, so that the list names nobody (three kinds for passes, one for tokens)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated

from pydantic import Field

from schemas.bounded import Sha256, Wire
from schemas.passes.token_list import token_hash
from schemas.passes.trust_list import SigningAlgorithm

Hash16 = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
"""First 16 bytes of a SHA-256, in hexadecimal."""


class Revocations(Wire):
    """The list as it travels inside a signed event."""

    certificate_ids: tuple[Hash16, ...] = ()
    countries_and_ids: tuple[Hash16, ...] = ()
    signatures: tuple[Hash16, ...] = ()
    tokens: tuple[Sha256, ...] = ()


@dataclass(frozen=True, slots=True)
class Revoked:
    """The same, ready for looking up."""

    certificate_ids: frozenset[str] = frozenset()
    countries_and_ids: frozenset[str] = frozenset()
    signatures: frozenset[str] = frozenset()
    tokens: frozenset[str] = frozenset()

    @classmethod
    def of(cls, revocations: Revocations) -> Revoked:
        return cls(
            frozenset(revocations.certificate_ids),
            frozenset(revocations.countries_and_ids),
            frozenset(revocations.signatures),
            frozenset(revocations.tokens),
        )

    def names(self, certificate_ids: Collection[str], countries: Collection[str], signature: str) -> bool:
        """Whether any of the three hashes of a pass is listed; ``signature`` is the hash already."""
        if signature in self.signatures:
            return True
        if self.certificate_ids and any(
            certificate_id_hash(id_) in self.certificate_ids for id_ in certificate_ids
        ):
            return True
        return bool(self.countries_and_ids) and any(
            country_and_id_hash(country, id_) in self.countries_and_ids
            for country in countries
            for id_ in certificate_ids
        )

    def names_token(self, token: str) -> bool:
        return bool(self.tokens) and token_hash(token) in self.tokens


def certificate_id_hash(certificate_id: str) -> str:
    return _hash16(certificate_id.encode())


def country_and_id_hash(country: str, certificate_id: str) -> str:
    return _hash16((country + certificate_id).encode())


def signature_hash(signature: bytes, algorithm: SigningAlgorithm) -> str:
    """Of an ES256 signature only the first half: the second can be altered so that it still verifies."""
    counted = signature[: len(signature) // 2] if algorithm is SigningAlgorithm.ES256 else signature
    return _hash16(counted)


def _hash16(plain: bytes) -> str:
    return sha256(plain).hexdigest()[:32]
