"""Single values out of a signed payload. Real issuers write nulls, floats, blanks and strange dates.

What cannot be read is unknown (None), never guessed. Whether it was needed is the caller's business.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from schemas.bounded import EARLIEST, LATEST

_BIRTH_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?", re.ASCII)


def text(value: object, longest: int = 100) -> str | None:
    """Trimmed, and cut to ``longest``; None for anything that is not text, and for blanks."""
    if isinstance(value, datetime):
        value = value.isoformat()
    if not isinstance(value, str):
        return None
    return value.strip()[:longest].rstrip() or None


def count(value: object) -> int | None:
    """A whole number of 0 to 10,000, floats such as 2.0 included."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value <= 10_000 and value == int(value) else None


def birth_date(value: object) -> str:
    """``YYYY-MM-DD`` or as much of it as is known; empty otherwise."""
    known = _BIRTH_DATE.match(text(value) or "")
    return known.group() if known else ""


def instant(value: object) -> datetime | None:
    """An instant of 2020 to 2100; a time without a zone is taken as UTC."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return aware if EARLIEST <= aware < LATEST else None


def mapping(value: object) -> Mapping[object, object]:
    return value if isinstance(value, dict) else {}


MOST_ITEMS = 100
"""Of one list. What stands under a right signature is bounded too: issuers make mistakes, and keys are stolen."""


def items(value: object) -> tuple[Mapping[object, object], ...]:
    """The maps in a list, one more than are allowed at most; empty for a null list. What is no map is left out."""
    listed = value[: MOST_ITEMS + 1] if isinstance(value, list) else []
    return tuple(item for item in listed if isinstance(item, dict))
