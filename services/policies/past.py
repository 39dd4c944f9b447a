"""A bundle that takes effect in the past: accepted when what it changes of crossings already judged was shown.

Shown is what a what-if of the very same content found over the whole of that time; nobody's word is taken for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from schemas.canonical import canonical
from schemas.policy.policy import Policy
from services.database.connection import Connection
from services.errors import FieldError

FRESH = timedelta(hours=24)
"""A what-if shows what was stored when it ran. An older one is run again: what has passed since is not in it."""


@dataclass(frozen=True)
class Past:
    """What the sender offers for a bundle that takes effect in the past."""

    whatif_id: UUID | None = None
    nothing_judged: bool = False
    """They say that nothing was judged in that time; our own records decide."""


def content_hash(policy: Policy) -> str:
    return sha256(canonical(policy)).hexdigest()


async def unseen_effect(conn: Connection, policy: Policy, at: datetime, past: Past) -> FieldError | None:
    """Why ``policy`` cannot be published at ``at`` for the past; None when it can, or is for the future."""
    if policy.effective_at >= at:
        return None
    until = min(at, policy.ends_at or at)
    if past.whatif_id is not None:
        return await _not_shown_by(conn, policy, past.whatif_id, until, at)
    if past.nothing_judged and not await _anything_judged(conn, policy.effective_at, until):
        return None
    return TAKES_EFFECT_IN_PAST


async def _anything_judged(conn: Connection, begins_at: datetime, ends_at: datetime) -> bool:
    found: bool = await conn.fetchval(
        """
        SELECT EXISTS (SELECT FROM crossings WHERE occurred_at >= $1 AND occurred_at < $2)
            OR EXISTS (SELECT FROM verdicts WHERE occurred_at >= $1 AND occurred_at < $2)
        """,
        begins_at,
        ends_at,
    )
    return found


async def _not_shown_by(
    conn: Connection, policy: Policy, whatif_id: UUID, until: datetime, at: datetime
) -> FieldError | None:
    row = await conn.fetchrow(
        "SELECT state, draft_sha256, begins_at, ends_at, answered_at FROM whatifs WHERE whatif_id = $1", whatif_id
    )
    if row is None or row["state"] != "done":
        return WHATIF_NOT_DONE
    if row["draft_sha256"] != content_hash(policy):
        return WHATIF_OF_OTHER_CONTENT
    if row["begins_at"] > policy.effective_at or row["ends_at"] < until:
        return WHATIF_PERIOD_TOO_SHORT
    return WHATIF_TOO_OLD if row["answered_at"] < at - FRESH else None


TAKES_EFFECT_IN_PAST = FieldError(
    "policy.effective_at",
    "TAKES_EFFECT_IN_PAST",
    "có hiệu lực trong quá khứ: chạy thử đúng bộ này từ lúc có hiệu lực đến nay, "
    "rồi gửi lại kèm mã lần chạy thử (whatif)",
    "takes effect in the past: try this very bundle by what-if from its instant until now, "
    "then send it again with the what-if's id (whatif)",
)
WHATIF_NOT_DONE = FieldError(
    "whatif",
    "WHATIF_NOT_DONE",
    "chưa có lần chạy thử nào hoàn thành với mã này",
    "no what-if of this id has come to its end",
)
WHATIF_OF_OTHER_CONTENT = FieldError(
    "whatif",
    "WHATIF_OF_OTHER_CONTENT",
    "lần chạy thử này là của nội dung khác: chạy thử lại đúng bộ này",
    "was of other content: try this very bundle",
)
WHATIF_PERIOD_TOO_SHORT = FieldError(
    "whatif",
    "WHATIF_PERIOD_TOO_SHORT",
    "lần chạy thử không gồm hết thời gian từ lúc có hiệu lực đến nay",
    "does not cover the whole time from when it takes effect until now",
)
WHATIF_TOO_OLD = FieldError(
    "whatif",
    "WHATIF_TOO_OLD",
    "lần chạy thử đã quá 24 giờ: chạy lại",
    "was answered more than 24 hours ago: try it again",
)
