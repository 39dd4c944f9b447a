"""The first five steps of a signed code: prefix, base45, inflate, CBOR, COSE_Sign1. No key is asked yet.

Both ``HC1:`` and the province's ``CX1:`` travel like this; what is inside differs.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from schemas.passes import base45, strict_cbor
from schemas.passes.kinds import ReadingReason, Step
from schemas.passes.refusals import PassRejected
from schemas.passes.trust_list import SigningAlgorithm

LARGEST: Final = 65_536
"""Bytes after inflating. A real pass has under 1,000."""

ALGORITHMS: Final[Mapping[int, SigningAlgorithm]] = {-7: SigningAlgorithm.ES256, -37: SigningAlgorithm.PS256}

_ALG, _CRIT, _KID = 1, 2, 4
_LONGEST_KEY_ID = 16
# 61(18([...])), 18([...]) or the bare array: all three are seen. 0xd812 is 18 written in two bytes.
_CWT_TAG = b"\xd8\x3d"
_SIGN1_TAGS = (b"\xd2", b"\xd8\x12")


@dataclass(frozen=True, slots=True)
class Envelope:
    """A code taken apart, nothing of it believed yet."""

    key_id: bytes
    algorithm: SigningAlgorithm
    signed: bytes
    """The exact bytes that the signature is over."""
    signature: bytes
    payload: Mapping[object, object]


def opened(text: str, prefix: str) -> Envelope:
    """``text`` taken apart. Raises PassRejected with the step that failed."""
    return _unwrapped(_inflated(_decoded(_without(prefix, text))))


def _without(prefix: str, text: str) -> str:
    if not text.startswith(prefix):
        raise PassRejected(Step.PREFIX, ReadingReason.PASS_PREFIX_UNKNOWN)
    return text[len(prefix) :]


def _decoded(text: str) -> bytes:
    try:
        return base45.decode(text)
    except base45.Base45Broken:
        raise PassRejected(Step.BASE45, ReadingReason.PASS_BASE45_BROKEN) from None


def _inflated(compressed: bytes) -> bytes:
    """Exactly one whole zlib stream. What was never compressed is refused: HC1 says zlib."""
    inflater = zlib.decompressobj()
    try:
        plain = inflater.decompress(compressed, LARGEST + 1)
    except zlib.error:
        raise PassRejected(Step.INFLATE, ReadingReason.PASS_INFLATE_BROKEN) from None
    if len(plain) > LARGEST:
        raise PassRejected(Step.INFLATE, ReadingReason.PASS_TOO_LARGE)
    if not inflater.eof or inflater.unused_data:
        raise PassRejected(Step.INFLATE, ReadingReason.PASS_INFLATE_BROKEN)
    return plain


def _unwrapped(encoded: bytes) -> Envelope:
    match _cbor(_untagged(encoded), Step.CBOR):
        case [bytes() as protected, dict() as unprotected, bytes() as payload, bytes() as signature]:
            return _envelope(protected, unprotected, payload, signature)
        case _:
            raise PassRejected(Step.COSE, ReadingReason.PASS_COSE_BROKEN)


def _untagged(encoded: bytes) -> bytes:
    encoded = encoded.removeprefix(_CWT_TAG)
    for tag in _SIGN1_TAGS:
        if encoded.startswith(tag):
            return encoded[len(tag) :]
    return encoded


def _envelope(protected: bytes, unprotected: dict[object, object], payload: bytes, signature: bytes) -> Envelope:
    header = _header(protected) if protected else {}
    if _CRIT in header or _CRIT in unprotected:
        # RFC 9052: a critical parameter that is not understood makes the message unusable.
        raise PassRejected(Step.COSE, ReadingReason.PASS_COSE_BROKEN)
    return Envelope(
        key_id=_key_id(header.get(_KID, unprotected.get(_KID))),
        algorithm=_algorithm(header.get(_ALG, unprotected.get(_ALG))),
        signed=_signed(protected, payload),
        signature=signature,
        payload=_map(payload),
    )


@lru_cache(maxsize=512)
def _header(protected: bytes) -> Mapping[object, object]:
    """All passes under one key have the same protected header."""
    return _map(protected)


def _key_id(stated: object) -> bytes:
    if not isinstance(stated, bytes) or not 1 <= len(stated) <= _LONGEST_KEY_ID:
        raise PassRejected(Step.COSE, ReadingReason.PASS_KEY_ID_MISSING)
    return stated


def _algorithm(stated: object) -> SigningAlgorithm:
    """The stated algorithm. Some issuers leave it unprotected: it must be that of the listed key anyway."""
    algorithm = ALGORITHMS.get(stated) if type(stated) is int else None
    if algorithm is None:
        raise PassRejected(Step.COSE, ReadingReason.PASS_ALGORITHM_NOT_ALLOWED)
    return algorithm


def _map(encoded: bytes) -> dict[object, object]:
    match _cbor(encoded, Step.COSE):
        case dict() as found if all(type(key) in (int, str) for key in found):
            # To Python 1, 1.0 and true are one key. To CBOR they are three.
            return found
        case _:
            raise PassRejected(Step.COSE, ReadingReason.PASS_COSE_BROKEN)


def _cbor(encoded: bytes, step: Step) -> object:
    try:
        return strict_cbor.decode(encoded)
    except strict_cbor.CborDuplicateKey:
        raise PassRejected(step, ReadingReason.PASS_CBOR_DUPLICATE_KEY) from None
    except strict_cbor.CborTrailingBytes:
        raise PassRejected(step, ReadingReason.PASS_CBOR_TRAILING_BYTES) from None
    except strict_cbor.CborBroken:
        raise PassRejected(step, ReadingReason.PASS_CBOR_BROKEN) from None


def _signed(protected: bytes, payload: bytes) -> bytes:
    """``Sig_structure`` of RFC 9052, section 4.4, with no external data."""
    return b"\x84\x6aSignature1" + _byte_string(protected) + b"\x40" + _byte_string(payload)


def _byte_string(plain: bytes) -> bytes:
    length = len(plain)
    if length < 24:
        return bytes([0x40 + length]) + plain
    if length < 256:
        return bytes([0x58, length]) + plain
    if length < 65_536:
        return b"\x59" + length.to_bytes(2, "big") + plain
    return b"\x5a" + length.to_bytes(4, "big") + plain


def to_be_signed(payload: bytes, key_id: bytes, algorithm: SigningAlgorithm) -> tuple[bytes, bytes]:
    """The protected header of a new pass, and the bytes to sign."""
    number = next(number for number, known in ALGORITHMS.items() if known is algorithm)
    protected = strict_cbor.encode({_ALG: number, _KID: key_id})
    return protected, _signed(protected, payload)


def closed(prefix: str, protected: bytes, payload: bytes, signature: bytes) -> str:
    """The text of a new pass."""
    message = b"\xd2" + strict_cbor.encode([protected, {}, payload, signature])
    return prefix + base45.encode(zlib.compress(message, 9))
