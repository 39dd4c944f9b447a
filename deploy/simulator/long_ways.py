"""Which slots and roads fit what takes hours, so that its truth is certain. Pure.

GL12 measures how long others needed on the same road. So the slow truck, the jam and the closed ferry have a road
each, and nobody else is planted on the first two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import combinations

from deploy.simulator.plan_model import Counts, PlannedClosure, PlannedCrossing, PlannedSilence
from deploy.simulator.slots import NoRoom, Slot
from schemas.policy.policy import Policy

Road = tuple[str, str]
SlotsFit = Callable[[Slot, Slot], bool]

MARGIN = timedelta(minutes=10)
"""More than both clocks may be wrong together, and than a notice is away from who is held by it."""
WIDTH = timedelta(minutes=30)
"""Within which the slots of a jam lie."""
EARLY, LATE = 0.25, 0.85
"""Parts of the day in which who stays inside enters, and who may have left unseen."""
LONGEST_CLOSURE = timedelta(hours=3, minutes=15)


class LongWays:
    """Three roads of the province, the shortest first; None where there are not as many."""

    def __init__(
        self, policy: Policy, posts: Sequence[str], start: datetime, end: datetime, counts: Counts
    ) -> None:
        self._policy, self._start, self._lasts = policy, start, end - start
        self._posts = sorted(set(posts))
        travel = {road: policy.travel_time(*road) for road in combinations(self._posts, 2)}
        known = sorted((needed, road) for road, needed in travel.items() if needed is not None)
        self._slow, self._jam, self._closed = (*(road for _, road in known), None, None, None)[:3]
        self._kept_free = {self._slow if counts.slow else None, self._jam if counts.jam else None} - {None}
        # The judge measures by the last 50 arrivals of two hours.
        arrivals = max(1.0, counts.crossings / len(self._posts))
        self._soon = min(timedelta(hours=1), self._lasts / arrivals * 30)

    def is_kept_free(self, one: Slot, other: Slot) -> bool:
        return _road(one, other) in self._kept_free

    # Slots

    def far_too_slow(self, one: Slot, other: Slot) -> bool:
        if _road(one, other) != self._slow:
            return False
        return self._allowed(one, other) + MARGIN < _gap(one, other) <= self._asked_within

    def in_the_jam(self, one: Slot, other: Slot) -> bool:
        """Nearly too slow: before anybody's wait is known."""
        if _road(one, other) != self._jam:
            return False
        allowed = self._allowed(one, other)
        return allowed - WIDTH <= _gap(one, other) <= allowed - MARGIN

    def next_in_the_jam(self, first: Slot) -> SlotsFit:
        return lambda one, other: (
            self.in_the_jam(one, other) and abs(other.closed_at - first.closed_at) <= self._soon / 2
        )

    def last_of_the_jam(self, arrived: Sequence[Slot]) -> SlotsFit:
        """Too slow, but for what those who ``arrived`` had to wait."""
        first, last = min(one.closed_at for one in arrived), max(one.closed_at for one in arrived)

        def fits(one: Slot, other: Slot) -> bool:
            if _road(one, other) != self._jam or not last < other.closed_at <= first + self._soon:
                return False
            allowed = self._allowed(one, other)
            waited = allowed - WIDTH - self._travel(one, other)
            return allowed + MARGIN < _gap(one, other) <= allowed + waited - MARGIN

        return fits

    def held_by_closure(self, one: Slot, other: Slot) -> bool:
        if _road(one, other) != self._closed:
            return False
        return self._allowed(one, other) + MARGIN < _gap(one, other) <= LONGEST_CLOSURE

    def early(self, slot: Slot) -> bool:
        return slot.closed_at <= self._start + self._lasts * EARLY

    def late(self, slot: Slot) -> bool:
        return slot.closed_at >= self._start + self._lasts * LATE

    # What is announced, and what is not heard

    def closure(self, one: Slot, other: Slot) -> PlannedClosure:
        """Nearly all the time that the truck is on its way."""
        minute = timedelta(minutes=1)
        posts = (one.lane.post_id, other.lane.post_id)
        return PlannedClosure(posts, one.closed_at + minute, other.closed_at - minute, "TB-12/UBND")

    def silence(
        self,
        stays: Sequence[PlannedCrossing],
        unknown: Sequence[PlannedCrossing],
        closures: Sequence[PlannedClosure],
    ) -> PlannedSilence:
        """The last post falls silent when every one of ``stays`` should have left, and none of ``unknown``.

        Raises NoRoom where these lie too near.
        """
        closed = sum((one.ends_at - one.effective_at for one in closures), timedelta(0))
        begins = max((self._deadline(one) + closed for one in stays), default=self._start) + MARGIN
        ends = min(self._deadline(one) for one in unknown)
        if begins >= ends:
            raise NoRoom(
                "who stays inside and who may have left enter too near to each other: a longer day is needed"
            )
        return PlannedSilence(self._posts[-1], begins)

    def _deadline(self, crossing: PlannedCrossing) -> datetime:
        window = self._policy.transit_window(crossing.vehicle_class, crossing.post_id)
        if window is None:
            raise NoRoom("the policy has no transit window")
        return crossing.closed_at + window

    @property
    def _asked_within(self) -> timedelta:
        return self._policy.between_posts.slow_within - MARGIN

    def _travel(self, one: Slot, other: Slot) -> timedelta:
        needed = self._policy.travel_time(*_road(one, other))
        assert needed is not None, "roads are chosen by their travel time"
        return needed

    def _allowed(self, one: Slot, other: Slot) -> timedelta:
        """By GL12, while no wait is measured. Raises NoRoom where the policy does not ask."""
        asked = self._policy.between_posts
        if asked.slow_percent is None:
            raise NoRoom("the policy does not ask who took too long")
        return self._travel(one, other) * asked.slow_percent / 100 + asked.slow_allowance


def _road(one: Slot, other: Slot) -> Road:
    return one.lane.post_id, other.lane.post_id


def _gap(one: Slot, other: Slot) -> timedelta:
    return other.closed_at - one.closed_at
