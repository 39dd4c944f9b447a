"""Where a page of a list, newest first, ended: an instant and an id, as one opaque text. Pure."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from uuid import UUID

from services.errors import FieldError, NotValid


def cursor_of(at: datetime, thing_id: UUID) -> str:
    return base64.urlsafe_b64encode(f"{at.isoformat()} {thing_id}".encode()).decode()


def cursor_in(text: str) -> tuple[datetime, UUID]:
    """Raises NotValid."""
    try:
        at, thing_id = base64.urlsafe_b64decode(text.encode()).decode().split(" ")
        return datetime.fromisoformat(at), UUID(thing_id)
    except (ValueError, binascii.Error) as exc:
        field = FieldError("before", "cursor", "là giá trị next của trang trước", "is the next of the page before")
        raise NotValid(field) from exc
