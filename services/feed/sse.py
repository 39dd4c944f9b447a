"""Server-sent events as the HTML standard has them: id, event, data. Nothing about what they mean."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from fastapi import Request
from fastapi.responses import StreamingResponse

from services.errors import FieldError, NotValid


def message(position: int, kind: str, content: dict[str, Any]) -> bytes:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return f"id: {position}\nevent: {kind}\ndata: {text}\n\n".encode()


BEAT = b": still here\n\n"


def stream(messages: AsyncIterator[bytes]) -> StreamingResponse:
    return StreamingResponse(
        messages,
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def resume_from(request: Request, *, otherwise: int) -> int:
    """The position that the follower has: ``Last-Event-ID``, or ``?after=``, or ``otherwise``."""
    text = request.headers.get("last-event-id") or request.query_params.get("after")
    return otherwise if not text else position_in(text)


def position_in(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        field = FieldError("after", "int_parsing", "là một số vị trí", "is a position, a number")
        raise NotValid(field)
    return int(text)
