"""A morning of traffic and its truth. Pure: the same seed, lanes, policy, times and counts give the same plan."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from deploy.keys import Lane
from deploy.simulator.long_ways import LongWays
from deploy.simulator.papers import Papers
from deploy.simulator.people import Cast
from deploy.simulator.plan_model import (
    Counts,
    Plan,
    PlannedClosure,
    PlannedCrossing,
    PlannedResult,
    PlannedSilence,
)
from deploy.simulator.slots import Slot, Slots
from deploy.simulator.way_cases import WayCases
from schemas.ids import derived_id
from schemas.policy.policy import Policy
from schemas.rules.codes import Note
from schemas.words import Direction

SHORTEST_LEFT = timedelta(minutes=20)
"""A crossing whose result comes later leaves at least this much of the morning for it."""
SAME_POST_AGAIN = timedelta(minutes=15)
"""Whoever comes to one post twice comes so much later."""
TRUCKS = 0.2
CARDS = 0.1
TYPED = 0.1
OUTWARD = 0.3


def plan(
    seed: int,
    lanes: Sequence[Lane],
    policy: Policy,
    start: datetime,
    end: datetime,
    counts: Counts | None = None,
    *,
    taken: set[str] | None = None,
) -> Plan:
    """Raises NoRoom when the pairs of crossings do not fit between ``start`` and ``end`` on these lanes.

    People, plates and numbers also follow from ``start``, so that two mornings with one seed do not meet.
    Among many thousands they still may, by chance: plans that share ``taken``, which is added to, never do.
    """
    counts = counts or Counts()
    run_id = f"{start:%y%m%d-%H%M%S}-{seed}"
    drawn = _Drawn(seed, run_id, tuple(lanes), policy, start, end, counts, taken)
    drawn.long_ways()
    drawn.pairs()
    drawn.results_to_come()
    drawn.the_rest()
    return Plan(run_id, seed, *drawn.in_order(), drawn.closures, drawn.silence)


class _Drawn:
    """The plan while it is made. What is hardest to place is placed first."""

    def __init__(
        self,
        seed: int,
        run_id: str,
        lanes: tuple[Lane, ...],
        policy: Policy,
        start: datetime,
        end: datetime,
        counts: Counts,
        taken: set[str] | None,
    ) -> None:
        # The shape of the morning follows from the seed alone; who comes, from the run as well.
        self._shape = random.Random(f"{seed}/shape")
        self._rng = random.Random(f"{seed}/{run_id}")
        self._run_id, self._policy, self._end, self._counts = run_id, policy, end, counts
        self._slots = Slots(lanes, start, end, counts.crossings, random.Random(seed))
        cast = Cast(self._rng, taken)
        self._cases = WayCases(cast, Papers(cast, policy, self._rng), self._direction)
        self._singles: list[PlannedCrossing] = []
        self._pairs: list[tuple[PlannedCrossing, PlannedCrossing]] = []
        self._with_result: list[tuple[PlannedCrossing, PlannedResult]] = []
        self._long = LongWays(policy, [lane.post_id for lane in lanes], start, end, counts)
        self.closures: tuple[PlannedClosure, ...] = ()
        self.silence: PlannedSilence | None = None

    def long_ways(self) -> None:
        """What takes hours. Its roads are then kept free of others whose waits would be measured."""
        counts, cases, long = self._counts, self._cases, self._long
        self._pairs += [cases.slow(*self._slots.take_pair(long.far_too_slow)) for _ in range(counts.slow)]
        for _ in range(counts.jam):
            self._pairs += [cases.held_up(*slots) for slots in self._a_jam()]
        for _ in range(counts.ferry_closed):
            one, other = self._slots.take_pair(long.held_by_closure)
            self._pairs.append(cases.held_up(one, other))
            self.closures += (long.closure(one, other),)
        stays = [cases.stays_inside(self._slots.take(long.early)) for _ in range(counts.stays_inside)]
        unknown = [cases.exit_silent(self._slots.take(long.late)) for _ in range(counts.exit_silent)]
        self._singles += [*stays, *unknown]
        if unknown:
            self.silence = long.silence(stays, unknown, self.closures)

    def _a_jam(self) -> list[tuple[Slot, Slot]]:
        take, long = self._slots.take_pair, self._long
        first = take(long.in_the_jam)
        second = take(long.next_in_the_jam(first[1]))
        return [first, second, take(long.last_of_the_jam((first[1], second[1])))]

    def pairs(self) -> None:
        for _ in range(self._counts.cloned):
            self._pairs.append(self._cases.cloned(*self._slots.take_pair(self._too_fast)))
        for _ in range(self._counts.turned_back):
            self._pairs.append(self._cases.turned_back(*self._slots.take_pair(self._believable)))
        at_one_post = (
            (self._cases.edited_date, self._counts.edited_date),
            (self._cases.sold_card, self._counts.sold_card),
            (self._cases.misread_plate, self._counts.lawful_pair),
        )
        cases, counts = self._cases, self._counts
        lawful = (cases.driver_changed, cases.seal_held, cases.passed_through)
        on_the_way = (
            *((cases.boarded,) * counts.boarded),
            *((cases.dropped,) * counts.dropped),
            *((cases.seal_changed,) * counts.seal_changed),
            *((cases.seen_elsewhere,) * counts.seen_elsewhere),
            *((cases.ordered_driver,) * counts.ordered_driver),
            *(lawful[number % len(lawful)] for number in range(counts.lawful_way)),
        )
        self._pairs += [way(*self._slots.take_pair(self._one_journey)) for way in on_the_way]
        for case, count in at_one_post:
            self._pairs += [case(*self._slots.take_pair(self._later_at_one_post)) for _ in range(count)]

    def results_to_come(self) -> None:
        for number in range(self._counts.positive_later):
            crew_size = 1 + (number + 1) % 2
            self._with_result.append(
                self._cases.positive_later(self._early_slot(), self._end, crew_size, self._result_id())
            )
        for _ in range(self._counts.turned_back_positive):
            self._with_result.append(
                self._cases.turned_back_positive(self._early_slot(), self._end, self._result_id())
            )

    def the_rest(self) -> None:
        counts, cases, take = self._counts, self._cases, self._slots.take
        self._singles += [cases.expired(take()) for _ in range(counts.expired)]
        forged = (cases.forged_truck, cases.forged_test)
        self._singles += [forged[number % 2](take()) for number in range(counts.forged)]
        self._singles += [cases.head_count(take(), self._shape.randrange(3, 11)) for _ in range(counts.head_count)]
        self._singles += [cases.another_plate(take()) for _ in range(counts.another_plate)]
        self._singles += [cases.one_misread(take()) for _ in range(counts.misread)]
        self._singles += [cases.another_driver(take()) for _ in range(counts.not_on_pass)]
        self._singles += [cases.private_car(take()) for _ in range(counts.wrong_class)]
        self._singles += [cases.off_route(take(self._off_every_closed_road)) for _ in range(counts.off_route)]
        self._singles += [cases.untested_mate(take()) for _ in range(counts.crew_untested)]
        self._singles += [cases.borrowed_test(take()) for _ in range(counts.borrowed_test)]
        lawful = (cases.co_driver_alone, cases.container_on_route)
        self._singles += [lawful[number % 2](take()) for number in range(counts.lawful)]
        self._singles += [cases.unknown_code(take()) for _ in range(counts.unknown_code)]
        self._singles += [self._clean(take()) for _ in range(counts.clean)]

    def in_order(self) -> tuple[tuple[PlannedCrossing, ...], tuple[PlannedResult, ...]]:
        """Everything with its sheet's name, whose order is that of closing."""
        loose = [*self._singles, *(truck for truck, _ in self._with_result)]
        loose += [crossing for pair in self._pairs for crossing in pair]
        names = {
            _place(crossing): f"{self._run_id}-{number:06d}"
            for number, crossing in enumerate(sorted(loose, key=_when), start=1)
        }
        partners = {_place(one): names[_place(other)] for a, b in self._pairs for one, other in ((a, b), (b, a))}
        named = (
            replace(
                self._with_notices(crossing),
                sheet_id=names[_place(crossing)],
                partner=partners.get(_place(crossing)),
            )
            for crossing in loose
        )
        results = (replace(result, after_sheet=names[_place(truck)]) for truck, result in self._with_result)
        return tuple(sorted(named, key=_when)), tuple(results)

    def _with_notices(self, crossing: PlannedCrossing) -> PlannedCrossing:
        """What every verdict names at the ends of a closed road, and which decides nothing."""
        if not any(closure.is_said_at(crossing) for closure in self.closures):
            return crossing
        reasons = (Note.ROAD_CLOSED.value, *crossing.expected.reasons)
        return replace(crossing, expected=replace(crossing.expected, reasons=reasons))

    def _off_every_closed_road(self, slot: Slot) -> bool:
        """Whose registered way leads over a closed road may come by another: that is no case of a wrong route."""
        return all(slot.lane.post_id in closure.posts for closure in self.closures)

    def _clean(self, slot: Slot) -> PlannedCrossing:
        drawn = self._shape.random()
        if drawn < TRUCKS:
            return self._cases.clean_truck(slot)
        if drawn < TRUCKS + CARDS:
            return self._cases.clean_national_card(slot)
        return self._cases.clean_rider(slot, typed=self._shape.random() < TYPED)

    def _direction(self) -> Direction:
        return Direction.OUT if self._shape.random() < OUTWARD else Direction.IN

    def _result_id(self) -> UUID:
        return derived_id("simulated result", self._run_id, self._rng.random())

    def _early_slot(self) -> Slot:
        return self._slots.take(lambda slot: self._end - slot.closed_at >= SHORTEST_LEFT)

    def _too_fast(self, one: Slot, other: Slot) -> bool:
        """Faster than the road even if both clocks are as wrong as the policy allows."""
        needed = self._policy.travel_time(one.lane.post_id, other.lane.post_id)
        if needed is None or self._long.is_kept_free(one, other):
            return False
        longest = needed - 2 * self._policy.clock_error_when_unknown - timedelta(minutes=1)
        return timedelta(minutes=1) <= other.closed_at - one.closed_at <= longest

    def _later_at_one_post(self, one: Slot, other: Slot) -> bool:
        return one.lane.post_id == other.lane.post_id and other.closed_at - one.closed_at >= SAME_POST_AGAIN

    def _believable(self, one: Slot, other: Slot) -> bool:
        needed = self._policy.travel_time(one.lane.post_id, other.lane.post_id)
        if self._long.is_kept_free(one, other):
            return False
        return needed is not None and 2 * needed + timedelta(minutes=10) <= other.closed_at - one.closed_at

    def _one_journey(self, one: Slot, other: Slot) -> bool:
        """Neither faster than the road nor so slow that somebody asks (GL12)."""
        travel, asked = self._policy.travel_time(one.lane.post_id, other.lane.post_id), self._policy.between_posts
        if travel is None or not self._believable(one, other):
            return False
        if asked.slow_percent is None:
            return True
        return other.closed_at - one.closed_at <= travel * asked.slow_percent / 100 + asked.slow_allowance


def _when(crossing: PlannedCrossing) -> tuple[datetime, str]:
    return crossing.closed_at, crossing.station_id


def _place(crossing: PlannedCrossing) -> tuple[str, datetime]:
    return crossing.station_id, crossing.closed_at
