"""CBOR as a pass may use it: bounded, no duplicate keys at any depth, no bytes left over, no clever tags.

Tags do things in a general decoder (shared and cyclic values, regular expressions, huge
numbers). Here only a date-time (tag 0) and an epoch time (tag 1) are let through, since
real issuers write them.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any, Final

import cbor2

DEEPEST: Final = 16
_PLAIN_TAGS: Final = (0, 1)


class CborBroken(ValueError):
    """Not one well-formed, bounded CBOR item."""


class CborDuplicateKey(CborBroken):
    """A map says two things under one key: which one counts would depend on the reader."""


class CborTrailingBytes(CborBroken):
    """Something stands behind the item."""


def decode(encoded: bytes) -> object:
    """The one item in ``encoded``. Raises CborBroken or one of its kinds."""
    stream = BytesIO(encoded)
    decoder = cbor2.CBORDecoder(
        stream,
        semantic_decoders=_TAGS,
        max_depth=DEEPEST,
        allow_duplicate_keys=False,
    )
    try:
        item: object = decoder.decode()
    except (cbor2.CBORError, ValueError, OverflowError, TypeError) as exc:
        # The library has no class of its own for it; a test pins its words.
        if "Duplicate map key" in str(exc):
            raise CborDuplicateKey("a key twice") from None
        raise CborBroken("not CBOR") from None
    if stream.tell() != len(encoded):
        raise CborTrailingBytes("bytes left over")
    return item


def encode(item: object) -> bytes:
    """Canonical CBOR: the same item, the same bytes."""
    return cbor2.dumps(item, canonical=True)


class _Tags(dict[int, Callable[..., Any]]):
    """For the decoder: every tag but the plain ones ends in an error, those we never heard of too."""

    def __missing__(self, tag: int) -> Callable[..., Any]:
        if tag in _PLAIN_TAGS:
            raise KeyError(tag)
        return _refuse


def _refuse(*_: object) -> object:
    raise ValueError("a tag that no pass uses")


_TAGS: Final = _Tags()
