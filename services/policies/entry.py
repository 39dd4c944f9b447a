"""What is asked of a bundle at entry: it breaks no limit from above, and the past is not changed unseen."""

from __future__ import annotations

from datetime import datetime

from schemas.policy.policy import Policy
from schemas.rules.limits import Broken
from services.database.connection import Connection
from services.errors import FieldError, NotValid
from services.policies import limits
from services.policies.past import Past, unseen_effect


async def refuse_unfit(conn: Connection, policy: Policy, at: datetime, past: Past) -> None:
    """Raises NotValid with every limit that is broken. A version that is here already was let in before."""
    if await _is_here(conn, policy):
        return
    wrong = [broken_as_error(one) for one in await limits.broken(conn, policy)]
    unseen = await unseen_effect(conn, policy, at, past)
    if unseen is not None:
        wrong.append(unseen)
    if wrong:
        raise NotValid(*wrong)


async def _is_here(conn: Connection, policy: Policy) -> bool:
    here: bool = await conn.fetchval(
        "SELECT EXISTS (SELECT FROM registry WHERE kind = 'policies' AND thing_id = $1 AND revision = $2)",
        policy.policy_id,
        policy.version,
    )
    return here


def broken_as_error(one: Broken) -> FieldError:
    return FieldError(
        f"policy.{one.field}",
        one.limit.code,
        f"vượt giới hạn của cấp trên: {one.limit.sentence.vi} ({one.document})",
        f"breaks a limit from above: {one.limit.sentence.en} ({one.document})",
    )
