"""Episodes in the database: made of referrals, moved by people. Each step is history, feed, outbox and audit.

Names are in the boxes of the referrals and nowhere here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.events.operations import EpisodeChanged
from schemas.topics import EPISODES
from services.alerts import store as alerts
from services.audit import chain
from services.database.connection import Connection
from services.errors import Conflict, FieldError, NotFound, NotValid
from services.feed import store as feed
from services.outbox import store as outbox
from services.quarantine import places
from services.quarantine.steps import (
    ONLY_AFTER_WITHDRAWAL,
    ONLY_BY_CLAIMER,
    REASONS,
    TRANSITIONS,
    State,
    Step,
)


@dataclass(frozen=True)
class Episode:
    episode_id: UUID
    queue_number: int
    revision: int
    state: State
    priority: int
    group_priority: int
    person_ref: str | None
    group_id: UUID
    crossing_id: UUID
    occupant: int
    post_id: str
    passed_at: datetime
    let_through: bool
    destination_commune: str | None
    claimed_by: str | None
    place_id: str | None
    difference: str | None
    """Why its referral was withdrawn, until a person has decided what that means."""
    reason: str | None
    opened_at: datetime
    changed_at: datetime

    @property
    def places(self) -> tuple[str | None, ...]:
        """What decides whose episode it is."""
        return (self.post_id, self.destination_commune, self.place_id)


def episode_of(row: Any) -> Episode:
    return Episode(**dict(row) | {"state": State(row["state"])})


async def one(conn: Connection, episode_id: UUID, *, lock: bool = False) -> Episode:
    """Raises NotFound."""
    row = await conn.fetchrow(
        f"SELECT * FROM episodes WHERE episode_id = $1 {'FOR UPDATE' if lock else ''}", episode_id
    )
    if row is None:
        raise NotFound
    return episode_of(row)


@dataclass(frozen=True)
class Asked:
    """A step that somebody asks for."""

    step: Step
    by: str
    reason: str | None = None
    place_id: str | None = None


async def take_step(conn: Connection, episode_id: UUID, asked: Asked, at: datetime) -> Episode:
    """Move the episode on. Runs inside the caller's transaction, which holds the row until it ends.

    Claiming what one has claimed changes nothing. Raises NotFound, NotValid, and Conflict when the step
    cannot be taken from here, another coordinator holds the person, or the place is full.
    """
    episode = await one(conn, episode_id, lock=True)
    if asked.step is Step.CLAIM and episode.state is State.CLAIMED and episode.claimed_by == asked.by:
        return episode
    _check(episode, asked)
    if asked.step is Step.PLACE:
        await places.take_one(conn, asked.place_id or "", unless_in=episode.place_id)
    moved = _moved(episode, asked, at)
    await write(conn, moved)
    await tell(conn, moved, asked.step, asked.by, at, reason=asked.reason)
    if asked.step is Step.CONFIRM:
        await _count_weak_findings(conn, episode_id, at)
    await chain.record(
        conn,
        at,
        asked.by,
        f"episode_{asked.step}",
        episode_id,
        details={"reason": asked.reason, "place": asked.place_id},
    )
    return moved


def _check(episode: Episode, asked: Asked) -> None:
    step = asked.step
    if episode.claimed_by not in (None, asked.by) and (
        step is Step.CLAIM or (episode.state, step) in ONLY_BY_CLAIMER
    ):
        raise Conflict(
            "EPISODE_TAKEN",
            f"{episode.claimed_by} đã nhận hồ sơ này.",
            f"{episode.claimed_by} has taken this episode.",
        )
    if (episode.state, step) not in TRANSITIONS or (step in ONLY_AFTER_WITHDRAWAL and not episode.difference):
        raise Conflict(
            "STEP_NOT_POSSIBLE",
            "Hồ sơ đã thay đổi, không làm được bước này nữa. Xem lại hồ sơ.",
            "The episode has changed and this step is no longer possible. Look at it again.",
        )
    if step in REASONS and asked.reason not in REASONS[step]:
        raise NotValid(FieldError("reason", "missing", "Chọn lý do.", "Choose a reason."))
    if step is Step.PLACE and not asked.place_id:
        raise NotValid(FieldError("place_id", "missing", "Chọn chỗ cách ly.", "Choose a place."))


def _moved(episode: Episode, asked: Asked, at: datetime) -> Episode:
    state = TRANSITIONS[episode.state, asked.step]
    moved = replace(episode, state=state, revision=episode.revision + 1, changed_at=at)
    match asked.step:
        case Step.CLAIM:
            return replace(moved, claimed_by=asked.by)
        case Step.GIVE_BACK:
            return replace(moved, claimed_by=None)
        case Step.PLACE:
            return replace(moved, place_id=asked.place_id)
        case Step.KEEP:
            return replace(moved, difference=None, reason=asked.reason)
        case Step.RELEASE | Step.REJECT | Step.ACCEPT_WITHDRAWAL:
            return replace(moved, reason=asked.reason)
        case _:
            return moved


async def _count_weak_findings(conn: Connection, episode_id: UUID, at: datetime) -> None:
    rows = await conn.fetch(
        "SELECT person_ref, crossing_id FROM referrals WHERE episode_id = $1 AND person_ref IS NOT NULL",
        episode_id,
    )
    for row in rows:
        await alerts.confirm_person(conn, row["person_ref"], row["crossing_id"], at)


async def write(conn: Connection, episode: Episode) -> None:
    await conn.execute(
        """
        UPDATE episodes SET revision = $2, state = $3, priority = $4, person_ref = $5, let_through = $6,
            claimed_by = $7, place_id = $8, difference = $9, reason = $10, changed_at = $11
        WHERE episode_id = $1
        """,
        episode.episode_id,
        episode.revision,
        episode.state,
        episode.priority,
        episode.person_ref,
        episode.let_through,
        episode.claimed_by,
        episode.place_id,
        episode.difference,
        episode.reason,
        episode.changed_at,
    )


async def tell(
    conn: Connection, episode: Episode, step: str, by: str, at: datetime, *, reason: str | None = None
) -> None:
    """History for the page, feed for the other screens, outbox for the other programs."""
    await conn.execute(
        """
        INSERT INTO episode_history (episode_id, revision, at, step, state, by, reason, place_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        episode.episode_id,
        episode.revision,
        at,
        step,
        episode.state,
        by,
        reason,
        episode.place_id,
    )
    content = {"revision": episode.revision, "state": episode.state, "step": step, "by": by}
    await feed.add(conn, feed.QUEUE, "episode", episode.episode_id, content | _where(episode), at)
    await outbox.add(conn, EPISODES, await _event(conn, episode, step, by, at, reason), at)


def _where(episode: Episode) -> dict[str, str | None]:
    return {
        "post_id": episode.post_id,
        "commune": episode.destination_commune,
        "place_id": episode.place_id,
    }


async def _event(
    conn: Connection, episode: Episode, step: str, by: str, at: datetime, reason: str | None
) -> EpisodeChanged:
    referral_id = await conn.fetchval(
        "SELECT referral_id FROM referrals WHERE episode_id = $1 ORDER BY passed_at, referral_id LIMIT 1",
        episode.episode_id,
    )
    return EpisodeChanged(
        event_id=episode.episode_id,
        occurred_at=at,
        revision=episode.revision,
        episode_id=episode.episode_id,
        referral_id=referral_id,
        step=step,
        place_id=episode.place_id,
        by=by,
        reason=reason,
    )


async def history(conn: Connection, episode_ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
    """Who did what when, oldest first, by episode."""
    rows = await conn.fetch(
        "SELECT * FROM episode_history WHERE episode_id = ANY($1) ORDER BY episode_id, revision", list(episode_ids)
    )
    lines: dict[UUID, list[Any]] = {}
    for row in rows:
        lines.setdefault(row["episode_id"], []).append(row)
    return lines
