"""The one JSON text of a value: sorted keys, no spaces, UTC instants, integers. Same value, same bytes."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import msgspec
from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from schemas.bounded import instant_text


def canonical(value: BaseModel | dict[str, Any] | list[Any]) -> bytes:
    """UTF-8 bytes that are equal exactly when the values are; what a verdict is compared by (DESIGN.md 4.9).

    All keys are text.
    """
    plain = value if isinstance(value, dict | list) else value.model_dump(mode="json")
    return _ENCODER.encode(plain).encode()


def canonical_of_ours(value: dict[str, Any] | list[Any]) -> bytes:
    """The same bytes at a tenth of the cost, for what holds no fraction and no number beyond 64 bits.

    It may hold ids, instants, enumerations and models of ours beside JSON.
    """
    return canonical_of_dated(dated(value))


def canonical_of_dated(value: Any) -> bytes:
    """As ``canonical_of_ours``, of what is ``dated`` already."""
    return _OURS.encode(value)


_DATED = frozenset({dict, list, tuple, datetime})
"""Nearly everything else is text, a number or an id, and not worth a call."""


def dated(value: Any) -> Any:
    """With each instant as the wire writes it; the encoder has its own way."""
    kind = type(value)
    if kind is dict:
        return {name: dated(one) if type(one) in _DATED else one for name, one in value.items()}
    if kind is list or kind is tuple:
        return [dated(one) if type(one) in _DATED else one for one in value]
    return instant_text(value) if kind is datetime else value


_OURS = msgspec.json.Encoder(order="sorted", enc_hook=to_jsonable_python)
_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, check_circular=False
)
