"""What is asked of a bundle at entry: it breaks no limit from above, and the past is not changed unseen."""

from __future__ import annotations

from datetime import datetime

from schemas.policy.policy import Policy
from schemas.rules.limits import Broken, check_limits
from services.database.connection import Connection
from services.errors import FieldError, NotValid
from services.policies import limits


async def refuse_unfit(conn: Connection, policy: Policy, at: datetime, *, accept_past: bool) -> None:
    """Raises NotValid with every limit that is broken. A version that is here already was let in before."""
    if await _is_here(conn, policy):
        return
    wrong = [_broken(one) for one in check_limits(policy, await limits.newest(conn))]
    if policy.effective_at < at and not accept_past:
        wrong.append(IN_THE_PAST)
    if wrong:
        raise NotValid(*wrong)


async def _is_here(conn: Connection, policy: Policy) -> bool:
    here: bool = await conn.fetchval(
        "SELECT EXISTS (SELECT FROM registry WHERE kind = 'policies' AND thing_id = $1 AND revision = $2)",
        policy.policy_id,
        policy.version,
    )
    return here


def _broken(one: Broken) -> FieldError:
    return FieldError(
        f"policy.{one.field}",
        one.limit.code,
        f"vượt giới hạn của cấp trên: {one.limit.sentence.vi} ({one.document})",
        f"breaks a limit from above: {one.limit.sentence.en} ({one.document})",
    )


IN_THE_PAST = FieldError(
    "policy.effective_at",
    "TAKES_EFFECT_IN_PAST",
    "có hiệu lực trong quá khứ: xem trước tác động lên các lượt đã qua, rồi gửi lại với accept_past=true",
    "takes effect in the past: see by what-if what it changes of crossings already judged, "
    "then send it again with accept_past=true",
)
