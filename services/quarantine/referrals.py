"""Referrals of the judge become episodes: people of one number become one, weak ones wait, withdrawn ones show."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.events.verdict import Referral
from schemas.ids import derived_id
from schemas.words import FactState
from services.database.connection import Connection
from services.quarantine.episodes import Episode, one, tell, write
from services.quarantine.steps import State, priority_of

JUDGE = "processors"


async def take_referral(conn: Connection, referral: Referral, at: datetime) -> None:
    """Store the referral if it is the newest revision, and bring its episode up to date."""
    if referral.person_ref:
        # Two referrals of one person on two partitions at the same moment: the second waits for the first.
        await conn.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"person {referral.person_ref}"
        )
    known = await conn.fetchrow(
        "SELECT revision, state, episode_id FROM referrals WHERE referral_id = $1 FOR UPDATE", referral.event_id
    )
    if known and known["revision"] >= referral.revision:
        return
    await _keep(conn, referral)
    episode_id = known["episode_id"] if known else None
    if episode_id and not await _ended_before_it_came_back(conn, episode_id, known, referral):
        await _refresh(conn, episode_id, at)
    elif referral.state is FactState.IN_FORCE:
        await _attach(conn, referral, at)


async def _ended_before_it_came_back(conn: Connection, episode_id: UUID, known: Any, referral: Referral) -> bool:
    """It was withdrawn, its episode closed over that, and now it is in force again: nobody may be lost."""
    if known["state"] != FactState.WITHDRAWN or referral.state is FactState.WITHDRAWN:
        return False
    return (await one(conn, episode_id, lock=True)).state in (State.CLOSED, State.RELEASED)


async def _keep(conn: Connection, referral: Referral) -> None:
    await conn.execute(
        """
        INSERT INTO referrals (referral_id, revision, state, because, reasons, weak, crossing_id, occupant,
            person_ref, post_id, station_id, passed_at, let_through, withdrawn_because, sealed)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        ON CONFLICT (referral_id) DO UPDATE SET
            revision = excluded.revision, state = excluded.state, because = excluded.because,
            reasons = excluded.reasons, weak = excluded.weak, person_ref = excluded.person_ref,
            let_through = excluded.let_through, withdrawn_because = excluded.withdrawn_because,
            sealed = excluded.sealed
        """,
        referral.event_id,
        referral.revision,
        referral.state,
        referral.because,
        list(referral.reasons),
        referral.weak,
        referral.crossing_id,
        referral.occupant,
        referral.person_ref,
        referral.post_id,
        referral.station_id,
        referral.passed_at,
        referral.let_through,
        referral.withdrawn_because,
        referral.sealed.model_dump(mode="json"),
    )


async def _attach(conn: Connection, referral: Referral, at: datetime) -> None:
    """To the person's open episode, or to a new one. A weak match joins nobody's."""
    identity = None if referral.weak else referral.person_ref
    open_id = await conn.fetchval(
        "SELECT episode_id FROM episodes WHERE person_ref = $1 AND state NOT IN ('released', 'closed')", identity
    )
    episode_id = open_id or await _open(conn, referral, identity, at)
    await conn.execute(
        "UPDATE referrals SET episode_id = $2 WHERE referral_id = $1", referral.event_id, episode_id
    )
    if open_id:
        await _refresh(conn, episode_id, at, step="referred-again")
        return
    await tell(conn, await one(conn, episode_id), "referred", JUDGE, at)
    await _keep_group_together(conn, referral.group_id)


async def _open(conn: Connection, referral: Referral, identity: str | None, at: datetime) -> UUID:
    episode_id = derived_id("episode", referral.event_id, referral.revision)
    priority = priority_of(reasons=referral.reasons, because=(referral.because,), let_through=referral.let_through)
    await conn.execute(
        """
        INSERT INTO episodes (episode_id, revision, state, priority, group_priority, person_ref, group_id,
            crossing_id, occupant, post_id, passed_at, let_through, destination_commune, opened_at, changed_at)
        VALUES ($1, 1, $2, $3, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)
        """,
        episode_id,
        State.TO_CONFIRM if referral.weak else State.REFERRED,
        priority,
        identity,
        referral.group_id,
        referral.crossing_id,
        referral.occupant,
        referral.post_id,
        referral.passed_at,
        referral.let_through,
        referral.destination_commune,
        at,
    )
    return episode_id


async def _refresh(conn: Connection, episode_id: UUID, at: datetime, *, step: str | None = None) -> None:
    """Make the episode say what its referrals say now. One that has ended stays as it is."""
    episode = await one(conn, episode_id, lock=True)
    if episode.state in (State.RELEASED, State.CLOSED):
        return
    rows = await conn.fetch(
        """
        SELECT state, because, reasons, weak, let_through, withdrawn_because FROM referrals WHERE episode_id = $1
        """,
        episode_id,
    )
    now = _as_referred(episode, rows)
    if now == episode and step is None:
        return
    changed = replace(now, revision=episode.revision + 1, changed_at=at)
    await write(conn, changed)
    await tell(conn, changed, step or _step_of(episode, changed), JUDGE, at, reason=changed.difference)
    await _keep_group_together(conn, episode.group_id)


def _as_referred(episode: Episode, rows: list[Any]) -> Episode:
    in_force = [row for row in rows if row["state"] == FactState.IN_FORCE]
    if not in_force:
        why = sorted(row["withdrawn_because"] or "REFERRAL_WITHDRAWN" for row in rows)
        return replace(episode, difference=why[0])
    reasons = {reason for row in in_force for reason in row["reasons"]}
    let_through = any(row["let_through"] for row in in_force)
    certain = any(not row["weak"] for row in in_force)
    return replace(
        episode,
        difference=None,
        let_through=let_through,
        state=State.REFERRED if certain and episode.state is State.TO_CONFIRM else episode.state,
        priority=priority_of(
            reasons=reasons, because=[row["because"] for row in in_force], let_through=let_through
        ),
    )


def _step_of(before: Episode, now: Episode) -> str:
    if now.difference and not before.difference:
        return "withdrawn"
    if before.difference and not now.difference:
        return "in-force-again"
    return "updated"


async def _keep_group_together(conn: Connection, group_id: UUID) -> None:
    """The whole group stands where its most urgent member does."""
    await conn.execute(
        """
        WITH urgent AS (SELECT min(priority) AS priority FROM episodes
                        WHERE group_id = $1 AND state NOT IN ('released', 'closed')),
             other AS (SELECT episode_id FROM episodes, urgent
                       WHERE group_id = $1 AND group_priority <> urgent.priority ORDER BY episode_id FOR UPDATE)
        UPDATE episodes SET group_priority = urgent.priority FROM urgent, other
        WHERE episodes.episode_id = other.episode_id
        """,
        group_id,
    )
