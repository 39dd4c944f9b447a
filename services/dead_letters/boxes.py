"""The boxes of dead letters: opened in memory, by the services' key."""

from __future__ import annotations

from uuid import UUID

from schemas.events.base import SealedBox
from schemas.events.operations import DeadLetterSecrets
from schemas.trust.sealing import BoxRefused, Opener
from services.database.connection import Connection
from services.dead_letters.reading import RawLetter, raw_of
from services.errors import Conflict

MOST_BASE64 = 8_388_608
"""A value of this length was cut when it was buried (services) and is not the record any more."""


def opened(opener: Opener, sealed: SealedBox, record_id: UUID) -> RawLetter | None:
    """None where the box cannot be opened (any more)."""
    try:
        return raw_of(opener.open(sealed, record_id, DeadLetterSecrets))
    except BoxRefused:
        return None


async def original(conn: Connection, opener: Opener, case_id: UUID) -> RawLetter:
    """The record as it was first buried, from whichever letter still opens. Raises Conflict."""
    rows = await conn.fetch(
        """
        SELECT event_id, sealed FROM dead_letters
        WHERE case_id = $1 AND (topic, "partition", "offset")
            = (SELECT topic, "partition", "offset" FROM dead_letter_cases WHERE case_id = $1)
        ORDER BY occurred_at, event_id
        """,
        case_id,
    )
    for row in rows:
        letter = opened(opener, SealedBox.model_validate(row["sealed"]), row["event_id"])
        if letter is not None:
            return letter
    raise Conflict(
        "BOX_NOT_OPENED",
        "Không mở được hộp niêm phong của bản ghi này; khóa có thể đã hủy theo hạn.",
        "The box of this record cannot be opened; its key may have been destroyed on its date.",
    )


async def newest_correction(conn: Connection, opener: Opener, case_id: UUID) -> RawLetter | None:
    row = await conn.fetchrow(
        "SELECT sealed, sealed_id FROM dead_letter_corrections WHERE case_id = $1 ORDER BY attempt DESC LIMIT 1",
        case_id,
    )
    return opened(opener, SealedBox.model_validate(row["sealed"]), row["sealed_id"]) if row else None
