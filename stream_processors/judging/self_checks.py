"""When something new is to be said about ourselves, and under which revision. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from schemas.events.base import RevisedEvent
from schemas.words import FactState

R = TypeVar("R", bound=RevisedEvent)


def to_say(former: RevisedEvent | None, now: R) -> R | None:
    """``now`` under its revision; None when the same was said before. When it was said is not what is said."""
    if former is None:
        return now
    if now.model_copy(update={"revision": former.revision, "occurred_at": former.occurred_at}) == former:
        return None
    return now.model_copy(update={"revision": former.revision + 1})


def over(in_force: Mapping[UUID, R], standing: Iterable[RevisedEvent], *, at: datetime) -> list[R]:
    """Withdrawals of what was said to stand and does not stand any more."""
    still = {one.event_id for one in standing}
    return [
        one.model_copy(
            update={"revision": one.revision + 1, "state": FactState.WITHDRAWN, "occurred_at": at},
        )
        for id_, one in sorted(in_force.items())
        if id_ not in still
    ]
