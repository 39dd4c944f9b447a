"""Values that never leave the centre's own tables or a station's own memory: derived by us, kept, read back.

What travels between programs is a ``Wire`` (schemas.bounded), validated where it comes in. What is derived from
that is made by the million and read back by the million: a ``Plain`` costs about a tenth. Its types are checked
when it is read back; the bounds of what it holds were checked on the way in.
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

import msgspec
from pydantic import BaseModel

P = TypeVar("P", bound="Plain")


class NotAsKept(ValueError):
    """A text that is none of ours, or no longer as it was written."""


class Plain(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Frozen and comparable. What has its default value is not written."""

    def but(self: P, **changes: Any) -> P:
        """The same with other values in some fields. Raises TypeError for a field that is none."""
        return msgspec.structs.replace(self, **changes)


def as_kept(value: Plain) -> str:
    """JSON text; instants as RFC 3339, enumerations by their value."""
    return _ENCODER.encode(value).decode()


def from_kept(kind: type[P], text: str | bytes) -> P:
    """Raises NotAsKept, which does not say what stood in it."""
    value: P = _read(_decoder(kind), text)
    return value


def all_from_kept(kind: type[P], text: str | bytes) -> tuple[P, ...]:
    """Of a JSON array. Raises NotAsKept."""
    values: tuple[P, ...] = _read(_decoder(tuple[kind, ...]), text)  # type: ignore[valid-type]
    return values


def _read(decoder: msgspec.json.Decoder[Any], text: str | bytes) -> Any:
    try:
        return decoder.decode(text)
    except (msgspec.MsgspecError, ValueError):
        raise NotAsKept("not as it was kept") from None


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind, dec_hook=_wire_from)


def _wire_from(kind: type[BaseModel], value: object) -> BaseModel:
    """A part of it that travels as well. A field of any other kind is our own mistake, and ends here."""
    return kind.model_validate(value)


def _plain_of(value: BaseModel) -> object:
    return value.model_dump(mode="json")


_ENCODER = msgspec.json.Encoder(enc_hook=_plain_of)
