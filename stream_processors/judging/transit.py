"""GL10: entered in transit, not out again within its window. Pure.

Unseen is not absent (DOMAIN.md section 4). It is said only when every post where the vehicle could have left
records that direction, was open all the time, and was heard beyond the deadline. Until then the verdict is
marked, and a timer waits and names the posts that it waits for. The time in which a road or ferry on the way was
closed by notice is not counted; while nobody knows when it opens, nothing is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from schemas.events.registry import NoticePublished, PostRegistered
from schemas.events.verdict import EvidenceItem
from schemas.policy.policy import Policy
from schemas.rules.closed_roads import after_open_time, ends_of, leads_over, registered_way
from schemas.rules.codes import Rule
from schemas.rules.facts import CrossingFacts
from schemas.rules.inspection import exemptions
from schemas.words import Direction, FactState, Purpose, Severity
from stream_processors.judging.context import (
    PASS_KINDS,
    TRANSIT_DEADLINE,
    VEHICLE,
    Context,
    KnownCrossing,
    Neighbour,
    Registry,
    clock_error,
)


class TransitState(StrEnum):
    OPEN = "open"
    """Still within its window, or a post where it could have left was not yet heard beyond it."""
    UNKNOWABLE = "unknowable"
    """It could have left where nobody looked."""
    OUT = "out"
    LEFT_LATE = "left_late"
    OVERDUE = "overdue"


class Transit(msgspec.Struct, frozen=True):
    state: TransitState
    deadline: datetime
    """The end of the window, closed roads not counted, and the entry's clock error behind it."""
    posts: tuple[str, ...]
    """Where the vehicle could leave."""
    exit: Neighbour | None = None

    @property
    def mark(self) -> str | None:
        """Shown beside the verdict for as long as nobody knows."""
        marks = {TransitState.OPEN: "TRANSIT_NOT_OUT_YET", TransitState.UNKNOWABLE: "TRANSIT_CANNOT_BE_KNOWN"}
        return marks.get(self.state)

    @property
    def found(self) -> bool:
        return self.state in (TransitState.OVERDUE, TransitState.LEFT_LATE)


def transit_of(crossing: KnownCrossing, facts: CrossingFacts, context: Context, policy: Policy) -> Transit | None:
    """None for what did not enter in transit, cannot be known again, or is not asked when it comes out."""
    if crossing.state is FactState.WITHDRAWN or facts.practice or facts.emergency:
        return None
    if facts.purpose is not Purpose.TRANSIT or facts.direction is not Direction.IN:
        return None
    window = policy.transit_window(facts.vehicle_class, facts.post_id)
    if window is None or crossing.vehicle_ref is None:
        return None
    if any(Rule.GL10.value in one.waives for one in exemptions(facts, policy)):
        return None
    own_error = clock_error(facts.clock_error_ms, crossing.ahead, policy)
    leaving = ways_out(facts.post_id, context.registry)
    posts = tuple(sorted(post.post_id for post in leaving))
    shut = _roads_that_hold_up(facts, posts, context.registry)
    opens = after_open_time(shut, facts.occurred_at, window)
    # Nobody is known to be out beyond twice the window (Registry.neighbours_ahead).
    held = opens is None or opens > facts.occurred_at + 2 * window
    deadline = (facts.occurred_at + window if held or opens is None else opens) + own_error
    seen = _seen_out(crossing, facts, context, policy)
    if seen is not None:
        late = not held and seen.at - clock_error(seen.clock_error_ms, seen.ahead, policy) > deadline
        return Transit(TransitState.LEFT_LATE if late else TransitState.OUT, deadline, posts, seen)
    if held or _could_leave_unseen(leaving, facts.occurred_at, deadline, context.registry):
        return Transit(TransitState.UNKNOWABLE, deadline, posts)
    passed = context.deadlines.get(TRANSIT_DEADLINE)
    known = passed is not None and passed.passed_at >= deadline and passed.posts >= set(posts)
    return Transit(TransitState.OVERDUE if known else TransitState.OPEN, deadline, posts)


def ways_out(entered_at: str, registry: Registry) -> tuple[PostRegistered, ...]:
    """Every post of the level that it entered by: the border of the province, or of the district."""
    entry = registry.posts.get(entered_at)
    if entry is None:
        return ()
    return tuple(
        post for post in registry.posts.values() if post.state is FactState.IN_FORCE and post.level is entry.level
    )


def _roads_that_hold_up(
    facts: CrossingFacts, posts: Sequence[str], registry: Registry
) -> tuple[NoticePublished, ...]:
    """Closed roads on the way that its passes name. Where they name none, it may have wanted to go by any road
    from where it entered or to where it could leave."""
    route = registered_way(facts)
    way, ends = route | {facts.post_id}, {facts.post_id, *posts}
    return tuple(
        notice
        for notice in registry.published_notices
        if (leads_over(way, notice) if route else ends & ends_of(notice))
    )


def _could_leave_unseen(
    leaving: Sequence[PostRegistered], entered_at: datetime, deadline: datetime, registry: Registry
) -> bool:
    """A post that does not record the way out, or that was closed meanwhile; or nobody knows the posts."""
    if not leaving or any(Direction.OUT not in post.records for post in leaving):
        return True
    ids = {post.post_id for post in leaving}
    return any(
        notice.notice == "post_closed"
        and notice.state is FactState.IN_FORCE
        and notice.post_id in ids
        and notice.effective_at <= deadline
        and (notice.ends_at is None or entered_at < notice.ends_at)
        for notice in (known.published for known in registry.notices)
    )


def _seen_out(crossing: KnownCrossing, facts: CrossingFacts, context: Context, policy: Policy) -> Neighbour | None:
    """The first time that it was seen leaving, or coming in again, which it cannot without having left.

    Whatever was decided there: whoever is turned back on the way out is not the one who stays. A pass with a
    mistyped plate is the vehicle all the same.
    """
    own_error = clock_error(facts.clock_error_ms, crossing.ahead, policy)
    border = {post.post_id for post in ways_out(facts.post_id, context.registry)}
    seen = [
        one
        for one in context.neighbours
        if one.shares(VEHICLE, *PASS_KINDS)
        and one.crossing_id != facts.crossing_id
        and one.post_id in border
        and (one.direction is Direction.OUT or one.post_id != facts.post_id)
        and one.at + clock_error(one.clock_error_ms, one.ahead, policy) > facts.occurred_at - own_error
        and (one.direction is Direction.OUT or one.place_in_time > (facts.occurred_at, facts.crossing_id))
    ]
    return min(seen, key=lambda one: one.place_in_time, default=None)


def evidence_of(transit: Transit, facts: CrossingFacts) -> EvidenceItem:
    hours = int((transit.deadline - facts.occurred_at).total_seconds() // 3600)
    words = {"entry": facts.post_id}
    instants = {"entered-at": facts.occurred_at, "until": transit.deadline}
    if transit.exit is None:
        return EvidenceItem(code="TRANSIT_NOT_OUT", numbers={"hours": hours}, words=words, instants=instants)
    return EvidenceItem(
        code="TRANSIT_LEFT_LATE",
        numbers={"hours": hours},
        words={**words, "exit": transit.exit.post_id},
        instants={**instants, "left-at": transit.exit.at},
    )


def severity_of(transit: Transit) -> Severity:
    """Who has left is nobody to be looked for: it stays on record, and the alert ends."""
    return Severity.MEDIUM if transit.state is TransitState.OVERDUE else Severity.INFORMATION
