"""Reading a request's body as its model, strictly, and saying what is wrong with it without repeating it.

Ours rather than FastAPI's own: instants are strict, unknown fields are refused in nested models too, and
what stood in a wrong field may be somebody's number.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, TypeAdapter, ValidationError

from services.errors import FieldError, NotValid

T = TypeVar("T", bound=BaseModel)

MOST_AT_ONCE = 10_000
LARGEST = 32_000_000
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}")

_WORDS: tuple[tuple[str, str, str], ...] = (
    ("missing", "thiếu mục này", "this field is missing"),
    ("extra_forbidden", "không có mục này", "there is no such field"),
    ("json_invalid", "nội dung không phải JSON", "the body is not JSON"),
    ("string_pattern_mismatch", "sai dạng", "has another form"),
    ("string_too_long", "quá dài", "is too long"),
    ("string_too_short", "quá ngắn", "is too short"),
    ("string_type", "phải là chữ", "is a text"),
    ("enum", "không nằm trong danh sách cho phép", "is not one of the allowed values"),
    ("literal_error", "không nằm trong danh sách cho phép", "is not one of the allowed values"),
    ("uuid", "phải là mã UUID", "is a UUID"),
    ("datetime", "phải là thời điểm có múi giờ, ví dụ 2021-10-06T07:30:00Z", "is an instant with its time zone"),
    ("timezone", "thời điểm phải ghi múi giờ", "is an instant with its time zone"),
    ("time_delta", "phải là khoảng thời gian, ví dụ PT72H", "is a length of time, such as PT72H"),
    ("int", "phải là số nguyên", "is a whole number"),
    ("greater_than", "số quá nhỏ", "is too small a number"),
    ("less_than", "số quá lớn", "is too large a number"),
    ("too_long", "quá nhiều mục", "has too many entries"),
    ("too_large", "quá lớn", "is too large"),
    ("bool", "phải là true hoặc false", "is true or false"),
    ("tuple", "phải là danh sách", "is a list"),
    ("model", "phải là một đối tượng", "is an object"),
    ("dict", "phải là một đối tượng", "is an object"),
)


def one_of(model: type[T]) -> Callable[[Request], Awaitable[T]]:
    """A dependency: the body as ``model``. Raises NotValid."""
    adapter: TypeAdapter[Any] = TypeAdapter(model)

    async def read(request: Request) -> T:
        body: T = parsed(adapter, await bytes_of(request))
        return body

    return read


def one_or_many(model: type[T]) -> Callable[[Request], Awaitable[tuple[T, ...]]]:
    """A dependency: the body as one ``model``, or as a list of them. Raises NotValid."""
    single: TypeAdapter[Any] = TypeAdapter(model)
    several: TypeAdapter[Any] = TypeAdapter(tuple[model, ...])  # type: ignore[valid-type]  # made at run time

    async def read(request: Request) -> tuple[T, ...]:
        body = await bytes_of(request)
        if not body.lstrip().startswith(b"["):
            return (parsed(single, body),)
        sent: tuple[T, ...] = parsed(several, body)
        if len(sent) > MOST_AT_ONCE:
            raise NotValid(_field((), "too_long"))
        return sent

    return read


async def bytes_of(request: Request) -> bytes:
    """The whole body. Raises NotValid when it is larger than any that we take."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            raise NotValid(_field((), "too_large"))
    return bytes(body)


def parsed(adapter: TypeAdapter[Any], body: bytes) -> Any:
    """Raises NotValid with every field that is wrong or unknown."""
    try:
        value = adapter.validate_json(body)
    except ValidationError as exc:
        errors = exc.errors(include_url=False, include_context=False, include_input=False)
        raise NotValid(*(_field(error["loc"], error["type"]) for error in errors[:50])) from None
    unknown = list(_unknown(TypeAdapter(Any).validate_json(body), adapter.dump_python(value, mode="json"), ()))
    if unknown:
        raise NotValid(*(_field(loc, "extra_forbidden") for loc in unknown[:50]))
    return value


def _unknown(sent: Any, understood: Any, loc: tuple[int | str, ...]) -> Any:
    """Where ``sent`` says something that was not understood: the wire models ignore what they do not know."""
    if isinstance(sent, dict) and isinstance(understood, dict):
        for name, part in sent.items():
            if name not in understood:
                yield (*loc, name)
            else:
                yield from _unknown(part, understood[name], (*loc, name))
    elif isinstance(sent, list) and isinstance(understood, list):
        for nth, (part, other) in enumerate(zip(sent, understood, strict=False)):
            yield from _unknown(part, other, (*loc, nth))


def _field(loc: tuple[int | str, ...], code: str) -> FieldError:
    vi, en = words_of(code)
    return FieldError(".".join(_shown(part) for part in loc) or "(body)", code, vi, en)


def _shown(part: int | str) -> str:
    """A name is shown only if it looks like one: somebody may have put a value where the name belongs."""
    return str(part) if isinstance(part, int) or _NAME.fullmatch(part) else "?"


def words_of(code: str) -> tuple[str, str]:
    for start, vi, en in _WORDS:
        if code.startswith(start):
            return vi, en
    return "chưa đúng", "is not right"
