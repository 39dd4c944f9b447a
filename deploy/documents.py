"""Files that people give to a command: read, or refused in one sentence that shows nothing of their content."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from deploy.refusals import CannotStart

LARGEST_BYTES = 64 << 20

Model = TypeVar("Model", bound=BaseModel)


class DocumentRefused(CannotStart):
    """What was given cannot be used; the sentence says which and why."""


def bytes_of(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > LARGEST_BYTES:
            raise DocumentRefused(f"{path} has {size} bytes; at most {LARGEST_BYTES} are read.")
        return path.read_bytes()
    except OSError as exc:
        raise DocumentRefused(f"{path} cannot be read: {exc.strerror or 'no reason given'}.") from exc


def json_in(path: Path) -> Any:
    """The JSON in ``path``, which may begin with a byte order mark."""
    try:
        return json.loads(bytes_of(path).decode("utf-8-sig"), parse_constant=_no_such_number)
    except (ValueError, RecursionError) as exc:
        raise DocumentRefused(f"{path} is not JSON{_line_of(exc)}.") from exc


def model_in(path: Path, model: type[Model]) -> Model:
    try:
        return model.model_validate_json(bytes_of(path))
    except ValidationError as exc:
        raise DocumentRefused(f"{path} is no {model.__name__}: {first_fault(exc)}.") from exc


def first_fault(wrong: ValidationError) -> str:
    """``entries.0.key_id: string_pattern_mismatch``: field and reason, never the value."""
    fault = wrong.errors(include_url=False, include_context=False, include_input=False)[0]
    return f"{'.'.join(map(str, fault['loc'])) or 'the whole'}: {fault['type']}"


def instant_from(text: str) -> datetime:
    """For argparse. Raises ValueError: an instant without its zone would be guessed."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("no time zone")
    return at.astimezone(UTC)


def _no_such_number(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _line_of(exc: BaseException) -> str:
    return f" (line {exc.lineno})" if isinstance(exc, json.JSONDecodeError) else ""
