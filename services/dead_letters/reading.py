"""What an unreadable record says of itself, and how it is shown safely. Pure: bytes in, plain values out.

Nothing that is read here is believed: it helps a person to find the post that wrote it.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from schemas.bounded import Instant, Int64, Positive, Slug
from schemas.events.operations import DeadLetterSecrets
from schemas.topics import header

SHOWN_BYTES = 4096
_SLUG: TypeAdapter[str] = TypeAdapter(Slug)
_POSITIVE: TypeAdapter[int] = TypeAdapter(Positive)
_NUMBER: TypeAdapter[int] = TypeAdapter(Int64)
_INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)


@dataclass(frozen=True)
class RawLetter:
    """The buried record as it was."""

    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]

    @property
    def type_name(self) -> str:
        return (header(self.headers, "ce_type") or b"").decode("ascii", "replace")


def raw_of(secrets: DeadLetterSecrets) -> RawLetter:
    return RawLetter(
        _bytes(secrets.key),
        _bytes(secrets.value),
        tuple((name, _bytes(value) or b"") for name, value in secrets.headers),
    )


def _bytes(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


@dataclass(frozen=True)
class Claimed:
    """What it says of its origin, as far as that has the right form. Ids, places and times: nobody's name."""

    type_name: str | None = None
    station_id: str | None = None
    post_id: str | None = None
    lane: int | None = None
    number: int | None = None
    occurred_at: datetime | None = None


def claimed(key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes | None]]) -> Claimed:
    fields = json_object(value) or {}
    type_name = (header(headers, "ce_type") or b"").decode("ascii", "replace")
    return Claimed(
        type_name=type_name if type_name.startswith("vn.chotxanh.") and len(type_name) <= 100 else None,
        station_id=_formed(_SLUG, fields.get("station_id")),
        post_id=_formed(_SLUG, fields.get("post_id")),
        lane=_formed(_POSITIVE, fields.get("lane")),
        number=_formed(_NUMBER, fields.get("number")),
        occurred_at=_formed(_INSTANT, fields.get("occurred_at"), as_json=True),
    )


def json_object(value: bytes | None) -> dict[str, Any] | None:
    """The record's fields; None when it is not the JSON of an object."""
    try:
        found = json.loads(value or b"")
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _formed(adapter: TypeAdapter[Any], value: Any, *, as_json: bool = False) -> Any:
    try:
        return adapter.validate_json(json.dumps(value)) if as_json else adapter.validate_python(value, strict=True)
    except ValidationError:
        return None


@dataclass(frozen=True)
class Shown:
    """The contents for a person's eyes: JSON set out in lines, or text, or a dump of bytes."""

    form: str
    """``json``, ``text``, ``hex`` or ``empty``."""
    text: str
    bytes: int
    cut: bool = False
    headers: tuple[tuple[str, str], ...] = field(default=())


def shown(letter: RawLetter) -> Shown:
    """Boxes stay closed: what a station sealed is no part of what went wrong."""
    value = letter.value or b""
    headers = tuple((_safe(name), _header_text(content)) for name, content in letter.headers)
    fields = json_object(letter.value)
    if not value:
        return Shown("empty", "", 0, headers=headers)
    if fields is not None:
        return Shown("json", set_out(fields), len(value), headers=headers)
    head, cut = value[:SHOWN_BYTES], len(value) > SHOWN_BYTES
    try:
        text = head.decode("utf-8", "ignore" if cut else "strict")
    except UnicodeDecodeError:
        return Shown("hex", hex_dump(head), len(value), cut, headers)
    if sum(not (letter.isprintable() or letter in "\r\n\t") for letter in text) > len(text) // 20:
        return Shown("hex", hex_dump(head), len(value), cut, headers)
    return Shown("text", _safe(text), len(value), cut, headers)


def set_out(fields: dict[str, Any]) -> str:
    """As JSON in lines; the same value when read back. Letters that are not printable are written as escapes."""
    text = json.dumps(fields, ensure_ascii=False, indent=2)
    return "".join(one if one.isprintable() or one == "\n" else json.dumps(one)[1:-1] for one in text)


def hex_dump(content: bytes) -> str:
    lines = []
    for offset in range(0, len(content), 16):
        part = content[offset : offset + 16]
        plain = "".join(chr(one) if 0x20 <= one < 0x7F else "." for one in part)
        lines.append(f"{offset:06x}  {part.hex(' '):<47}  {plain}")
    return "\n".join(lines)


def _header_text(content: bytes) -> str:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return content[:64].hex(" ")
    return _safe(text[:200]) if text.isprintable() else content[:64].hex(" ")


def _safe(text: str) -> str:
    """No control character and no change of writing direction reaches the page."""
    return "".join(letter if letter.isprintable() or letter in "\n\t" else "�" for letter in text)
