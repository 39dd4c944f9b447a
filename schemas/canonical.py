"""The one JSON text of a value: sorted keys, no spaces, UTC instants, integers. Same value, same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from pydantic import BaseModel


def canonical(
    value: BaseModel | dict[str, Any] | list[Any], *, plain: Callable[[object], object] | None = None
) -> bytes:
    """UTF-8 bytes that are equal exactly when the values are; what a verdict is compared by (DESIGN.md 4.9).

    ``plain`` makes JSON of what is inside and is none. All keys are text.
    """
    encode = _encoder(plain).encode
    return encode(value if isinstance(value, dict | list) else value.model_dump(mode="json")).encode()


@lru_cache
def _encoder(plain: Callable[[object], object] | None) -> json.JSONEncoder:
    """Kept: ``json.dumps`` with settings makes one for every call."""
    return json.JSONEncoder(
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
        default=plain,
        check_circular=False,
    )
