"""What a correction may change, and whether what comes of it is right. Pure.

The law: only what is at fault in its form. A field that the station wrote well is the station's word, and
nobody at the centre may put another in its place; that would be a new fact under an old name.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from schemas.canonical import canonical
from schemas.events.base import Event, Trust
from schemas.topics import Topic, header, known_fields
from schemas.trust.again import CORRECTED_HEADER, Corrected
from schemas.trust.chain import MAC_HEADER, mac_is_right
from services.dead_letters.reading import RawLetter, json_object
from services.errors import FieldError
from services.registry.bodies import words_of

FORM = "RECORD_NOT_VALID"
TIMES = frozenset({"TIME_IN_FUTURE", "TIME_PAST_RETENTION"})


class CannotCorrect(Exception):
    """Why this record is not one that anybody at the centre may correct; ``code`` is stable."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Wrong(Exception):
    """The correction is not right yet; says which fields."""

    def __init__(self, *fields: FieldError) -> None:
        super().__init__()
        self.fields = fields


@dataclass(frozen=True)
class Correctable:
    """An original that may be corrected."""

    model: type[Event]
    fields: Mapping[str, Any]
    at_fault: frozenset[str]
    """Names of the outermost fields that may change."""


def correctable(
    letter: RawLetter, topic: Topic, topic_name: str, reason: str, station_key: Callable[[str, int], bytes]
) -> Correctable:
    """Raises CannotCorrect."""
    model = topic.models.get(letter.type_name)
    if model is None or reason not in (FORM, *TIMES):
        raise CannotCorrect("REASON_NOT_OF_FORM")
    if model.trust is Trust.SIGNED:
        raise CannotCorrect("PUBLISHED_AT_REGISTRY")
    fields = json_object(letter.value)
    if fields is None:
        raise CannotCorrect("NOT_JSON")
    if model.trust in (Trust.CHAINED, Trust.MAC):
        _check_written_by_station(letter, topic_name, fields, station_key)
    at_fault = fields_at_fault(model, letter.value or b"") if reason == FORM else frozenset({"occurred_at"})
    if not at_fault:
        raise CannotCorrect("FORM_IS_RIGHT_NOW")
    return Correctable(model, fields, at_fault)


def _check_written_by_station(
    letter: RawLetter, topic_name: str, fields: Mapping[str, Any], station_key: Callable[[str, int], bytes]
) -> None:
    """A stranger's bytes are never corrected into a station's record."""
    station_id, enrolment = fields.get("station_id"), fields.get("enrolment")
    if not isinstance(station_id, str) or not isinstance(enrolment, int) or isinstance(enrolment, bool):
        raise CannotCorrect("STATION_NOT_NAMED")
    mac = header(letter.headers, MAC_HEADER) or b""
    key = station_key(station_id, enrolment)
    if not mac_is_right(key, topic_name, letter.type_name, letter.value or b"", mac):
        raise CannotCorrect("NOT_BY_THE_STATION")


def fields_at_fault(model: type[Event], value: bytes) -> frozenset[str]:
    try:
        model.model_validate_json(value)
    except ValidationError as exc:
        return frozenset(str(error["loc"][0]) for error in exc.errors(include_input=False) if error["loc"])
    return frozenset()


def corrected(original: Correctable, text: str) -> Event:
    """The record that goes out. Raises Wrong."""
    fields = json_object(text.encode("utf-8", "replace"))
    if fields is None:
        raise Wrong(FieldError("record", "json_invalid", "nội dung không phải JSON", "this is not JSON"))
    touched = [name for name in sorted({*fields, *original.fields}) if _differs(fields, original.fields, name)]
    forbidden = [name for name in touched if name not in original.at_fault]
    if forbidden:
        raise Wrong(*(_not_at_fault(name) for name in forbidden))
    if not touched:
        raise Wrong(FieldError("record", "unchanged", "chưa sửa gì", "nothing was corrected yet"))
    try:
        return original.model.model_validate_json(json.dumps(fields))
    except ValidationError as exc:
        errors = exc.errors(include_url=False, include_context=False, include_input=False)
        raise Wrong(*(_field(error["loc"], error["type"]) for error in errors[:20])) from None


_MISSING = object()


def _differs(one: Mapping[str, Any], other: Mapping[str, Any], name: str) -> bool:
    left, right = one.get(name, _MISSING), other.get(name, _MISSING)
    # 1, 1.0 and true are equal to Python, and not to whoever signed.
    return left is not right and (_MISSING in (left, right) or json.dumps(left) != json.dumps(right))


def _not_at_fault(name: str) -> FieldError:
    shown = name if name in known_fields() else "?"
    return FieldError(
        shown,
        "not_at_fault",
        "mục này viết đúng dạng, không được sửa",
        "this field is well formed and may not be changed",
    )


def _field(loc: tuple[int | str, ...], code: str) -> FieldError:
    vi, en = words_of(code)
    name = ".".join(str(part) if isinstance(part, int) or part in known_fields() else "?" for part in loc)
    return FieldError(name or "record", code, vi, en)


def to_send(letter: RawLetter, event: Event, case_id: UUID) -> tuple[bytes, tuple[tuple[str, bytes], ...]]:
    """Value and headers: the original's own, without the proof that does not hold any more, marked corrected."""
    mark = Corrected(case_id, hashlib.sha256(letter.value or b"").hexdigest())
    kept = tuple((name, value) for name, value in letter.headers if name not in (MAC_HEADER, CORRECTED_HEADER))
    return canonical(event), (*kept, (CORRECTED_HEADER, mark.header()))
