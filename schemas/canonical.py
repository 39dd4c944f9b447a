"""The one JSON text of a value: sorted keys, no spaces, UTC instants, integers. Same value, same bytes."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel


def canonical(value: BaseModel | dict[str, Any] | list[Any]) -> bytes:
    """UTF-8 bytes that are equal exactly when the values are; what a verdict is compared by (DESIGN.md 4.9)."""
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()
