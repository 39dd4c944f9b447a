"""Seeing who somebody is: with a purpose, one audit record each. What is opened is shown and never stored."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from schemas.events.base import SealedBox
from schemas.events.verdict import RecallSecrets, ReferralSecrets
from schemas.trust.sealing import BoxRefused, Opener
from services.audit import chain
from services.database.connection import Connection
from services.errors import Conflict, FieldError, NotFound, NotValid
from services.quarantine import recalls

PURPOSES = ("CALL_PERSON", "CONFIRM_IDENTITY", "ARRANGE_PLACE", "ASKED_BY_AUTHORITY")


async def open_person(
    conn: Connection, opener: Opener, episode_id: UUID, purpose: str, by: str, at: datetime
) -> ReferralSecrets:
    """Who the episode is about, from its newest referral. Raises NotFound, NotValid, Conflict."""
    _check(purpose)
    row = await conn.fetchrow(
        """
        SELECT referral_id, sealed FROM referrals WHERE episode_id = $1
        ORDER BY passed_at DESC, referral_id LIMIT 1
        """,
        episode_id,
    )
    if row is None:
        raise NotFound
    try:
        secrets = opener.open(SealedBox.model_validate(row["sealed"]), row["referral_id"], ReferralSecrets)
    except BoxRefused as exc:
        raise _cannot(exc) from None
    await chain.record(conn, at, by, "person_opened", episode_id, purpose=purpose)
    return secrets


async def open_recall(
    conn: Connection, opener: Opener, recall_id: UUID, purpose: str, by: str, at: datetime
) -> RecallSecrets:
    """Whom to call. Raises NotFound, NotValid, Conflict."""
    _check(purpose)
    recall = await recalls.one(conn, recall_id)
    try:
        secrets = opener.open(SealedBox.model_validate(recall.sealed), recall_id, RecallSecrets)
    except BoxRefused as exc:
        raise _cannot(exc) from None
    await chain.record(conn, at, by, "recall_opened", recall_id, purpose=purpose)
    return secrets


def _check(purpose: str) -> None:
    if purpose not in PURPOSES:
        raise NotValid(FieldError("purpose", "missing", "Chọn mục đích xem tên.", "Choose a purpose."))


def _cannot(exc: BoxRefused) -> Conflict:
    return Conflict(
        exc.reason,
        "Không mở được phần niêm phong của hồ sơ này.",
        "The sealed part of this record cannot be opened.",
    )
