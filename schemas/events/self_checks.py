"""What the processors find out about the system's own trustworthiness: draws, chains, timers. Names nobody.

Each thing has one id, and a new revision whenever something else is to be said of it; withdrawn when it is over.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from schemas.bounded import Instant, Natural, Positive, PostId, StationId, Text40, Wire
from schemas.events.base import RevisedEvent

MOST_TOLD = 500


class Unlike(StrEnum):
    """How a random inspection draw, or its counter, is not what it must have been."""

    DRAW_DIFFERS = "DRAW_DIFFERS"
    BY_ANOTHER_POLICY = "BY_ANOTHER_POLICY"
    """A policy that the station had, and that was not in force: it came late. No fault of the lane."""
    COUNTER_MISSING = "COUNTER_MISSING"
    COUNTER_ON_ITS_WAY = "COUNTER_ON_ITS_WAY"
    """Records of the station are missing still; it may be among them."""
    COUNTER_TWICE = "COUNTER_TWICE"
    COUNTER_CHANGED = "COUNTER_CHANGED"
    """By a correction; a draw is none of the things that an officer may correct."""


HARMLESS = frozenset({Unlike.BY_ANOTHER_POLICY, Unlike.COUNTER_ON_ITS_WAY})


class DrawTold(Wire):
    station_id: StationId
    post_id: PostId | None = None
    lane: Positive
    counter: Natural
    until: Natural | None = None
    """The last of a range of missing counters; None where it is one."""
    what: Unlike
    crossing_id: UUID | None = None


class DrawsRepeated(RevisedEvent):
    """The random inspection draws of one local day were repeated from what stations recorded.

    A day is looked at again while something about it may still come: the highest revision counts.
    """

    type_name: ClassVar[str] = "vn.chotxanh.self-check.draws-repeated"
    day: date
    looked_at: Instant
    draws: Natural
    abandoned: Natural
    """Of crossings that were given up: they keep their counter."""
    all_counters_known: bool
    """False: the day was not kept from its beginning, so no counter can be called missing."""
    told: Annotated[tuple[DrawTold, ...], Field(max_length=MOST_TOLD)] = ()
    """Faults first."""
    untold: Natural = 0
    """More faults than there is room for."""
    failed: bool = False
    """The day could not be repeated for a fault of ours; nothing is known about it."""

    @property
    def in_order(self) -> bool:
        return not self.failed and not self.untold and all(one.what in HARMLESS for one in self.told)


class ChainHeadWrong(RevisedEvent):
    """What a station signed of its chain does not agree with what stands here. One for each station and fault."""

    type_name: ClassVar[str] = "vn.chotxanh.self-check.chain-head-wrong"
    station_id: StationId
    enrolment: Positive
    post_id: PostId | None = None
    because: Literal["signature_wrong", "other_record"]
    number: Natural
    """The lowest number of the chain at which it was seen."""
    since: Instant
    last_hour: Instant
    """The beginning of the hour in which such a head last came: a station may send one every minute."""


class TimerPutAside(RevisedEvent):
    """A deadline of a crossing whose judging ended the process again and again: a fault of ours."""

    type_name: ClassVar[str] = "vn.chotxanh.self-check.timer-put-aside"
    crossing_id: UUID
    kind: Text40
    deadline: Instant
    put_aside_at: Instant
    station_id: StationId | None = None
    post_id: PostId | None = None
