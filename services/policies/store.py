"""Bundles as they were published, those that wait for a second person, and which station holds which version."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from schemas.canonical import canonical
from schemas.events.registry import PolicyPublished
from schemas.policy.in_force import held_as
from schemas.policy.policy import Policy
from services.audit import chain
from services.centre import Centre
from services.database.connection import Connection
from services.errors import Conflict, NotFound
from services.policies import entry
from services.policies.past import Past
from services.registry import store as registry
from services.registry.requests import PolicySent

SHOWN = 100


@dataclass(frozen=True)
class Proposal:
    proposal_id: UUID
    policy: Policy
    past: Past
    proposed_at: datetime
    proposed_by: str


@dataclass(frozen=True)
class Holder:
    """A station and the version of one policy that it last said it holds; None when it never did."""

    station_id: str
    post_id: str
    version: int | None
    said_at: datetime


async def published(conn: Connection, policy_id: str | None = None, *, most: int | None = SHOWN) -> list[Policy]:
    """The versions, the newest that was published first; all of them without ``most``."""
    rows = await conn.fetch(
        """
        SELECT value FROM registry WHERE kind = 'policies' AND ($1::text IS NULL OR thing_id = $1)
        ORDER BY recorded_at DESC, revision DESC LIMIT $2
        """,
        policy_id,
        most,
    )
    return [PolicyPublished.model_validate_json(row["value"]).policy for row in rows]


async def version_of(conn: Connection, policy_id: str, version: int) -> Policy:
    """Raises NotFound."""
    for policy in await published(conn, policy_id):
        if policy.version == version:
            return policy
    raise NotFound


async def holders(conn: Connection, policy_id: str) -> list[Holder]:
    rows = await conn.fetch(
        "SELECT station_id, post_id, lists, occurred_at FROM station_health ORDER BY post_id, station_id"
    )
    name = held_as(policy_id)
    return [
        Holder(row["station_id"], row["post_id"], json.loads(row["lists"]).get(name), row["occurred_at"])
        for row in rows
    ]


async def publish(centre: Centre, conn: Connection, policy: Policy, by: str, past: Past) -> bool:
    """Within the caller's transaction. Raises NotValid (limits, the past) and Conflict (version)."""
    at = centre.clock.now()
    await entry.refuse_unfit(conn, policy, at, past)
    sent = PolicySent(policy=policy)
    event = sent.event(centre.keys.sealer, at)
    entered = registry.Entry(event, centre.keys.content_mac(canonical(sent)), sent.family)
    created = await registry.publish(conn, entered, by, at)
    if created and past.whatif_id is not None:
        details = {"version": policy.version, "whatif": str(past.whatif_id)}
        await chain.record(conn, at, by, "policy_effect_on_past_shown", policy.policy_id, details=details)
    return created


async def back_to(centre: Centre, conn: Connection, policy: Policy, by: str) -> Policy:
    """The former content as a new version, in force at once. Both signatures of then still stand under it."""
    versions = [one.version for one in await published(conn, policy.policy_id)]
    # The next whole second: what is published for now must not be for the past.
    now = centre.clock.now().replace(microsecond=0) + timedelta(seconds=1)
    again = policy.model_copy(update={"version": max(versions, default=0) + 1, "effective_at": now})
    await publish(centre, conn, again, by, Past())
    details = {"content_of": policy.version, "version": again.version}
    await chain.record(conn, centre.clock.now(), by, "policy_put_back", policy.policy_id, details=details)
    return again


async def propose(centre: Centre, conn: Connection, policy: Policy, by: str, past: Past) -> UUID:
    """Refused at once for what a second person could not approve either. Raises NotValid."""
    at = centre.clock.now()
    await entry.refuse_unfit(conn, policy, at, past)
    proposal_id = uuid4()
    await conn.execute(
        """
        INSERT INTO policy_proposals
            (proposal_id, policy_id, version, value, accept_past, whatif_id, proposed_at, proposed_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        proposal_id,
        policy.policy_id,
        policy.version,
        canonical(policy).decode(),
        past.nothing_judged,
        past.whatif_id,
        at,
        by,
    )
    await chain.record(conn, at, by, "policy_proposed", policy.policy_id, details={"version": policy.version})
    return proposal_id


async def proposals(conn: Connection) -> list[Proposal]:
    """Those that wait, the oldest first."""
    rows = await conn.fetch(
        "SELECT * FROM policy_proposals WHERE state = 'open' ORDER BY proposed_at LIMIT $1", SHOWN
    )
    return [
        Proposal(
            row["proposal_id"],
            Policy.model_validate_json(row["value"]),
            Past(row["whatif_id"], row["accept_past"]),
            row["proposed_at"],
            row["proposed_by"],
        )
        for row in rows
    ]


async def decide(centre: Centre, conn: Connection, proposal_id: UUID, by: str, *, approved: bool) -> Policy:
    """Approve (a second person only) or refuse. Raises NotFound, Conflict, NotValid."""
    await conn.execute("SELECT FROM policy_proposals WHERE proposal_id = $1 FOR UPDATE", proposal_id)
    waiting = {one.proposal_id: one for one in await proposals(conn)}
    if proposal_id not in waiting:
        raise NotFound
    proposal = waiting[proposal_id]
    if approved and proposal.proposed_by == by:
        raise Conflict(
            "APPROVER_IS_PROPOSER",
            "Người duyệt phải là người thứ hai, không phải người đề nghị.",
            "The approver is a second person, not the one who proposed it.",
        )
    if approved:
        await publish(centre, conn, proposal.policy, by, proposal.past)
    await conn.execute(
        "UPDATE policy_proposals SET state = $2, decided_at = $3, decided_by = $4 WHERE proposal_id = $1",
        proposal_id,
        "published" if approved else "refused",
        centre.clock.now(),
        by,
    )
    return proposal.policy
