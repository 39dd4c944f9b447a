"""Whether a day's random inspection draws are what they must have been, and no counter is unaccounted for. Pure.

A draw follows from the station's key, lane, local day and a gapless counter taken at the first scan (TRUST.md,
draws). An abandoned crossing keeps its counter: who opens again until not drawn leaves counters behind.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from schemas.events.self_checks import Unlike
from schemas.policy.policy import Policy
from schemas.rules.facts import CrossingFacts
from schemas.rules.inspection import draw_repeated
from schemas.rules.placing import placed
from stream_processors.judging.context import Registry


@dataclass(frozen=True)
class Draw:
    """As the station recorded it with one revision of a crossing, or with giving it up."""

    crossing_id: UUID
    revision: int
    station_id: str
    enrolment: int
    lane: int
    opened_at: datetime
    counter: int
    drawn: bool | None
    abandoned: bool = False


@dataclass(frozen=True, order=True)
class Told:
    station_id: str
    lane: int
    counter: int
    what: Unlike
    crossing_id: UUID | None = None
    until: int | None = None
    """The last of a range of missing counters; None where it is one."""


def of_a_day(
    draws: Iterable[Draw],
    crossings: Mapping[UUID, CrossingFacts],
    registry: Registry,
    station_key: Callable[[str, int], bytes],
    *,
    all_counters_known: bool,
    incomplete: Set[str] = frozenset(),
) -> list[Told]:
    """``draws`` were opened on one local day. ``all_counters_known``: the day is over, and was kept from its
    beginning. ``incomplete`` are stations of which records are missing."""
    draws = sorted(draws, key=lambda one: (one.crossing_id, one.revision))
    told = [
        Told(one.station_id, one.lane, one.counter, what, one.crossing_id)
        for one in draws
        if one.crossing_id in crossings
        and (what := _differs(one, crossings[one.crossing_id], registry, station_key)) is not None
    ]
    return sorted({*told, *_counters(draws, all_counters_known=all_counters_known, incomplete=incomplete)})


def _differs(
    draw: Draw, facts: CrossingFacts, registry: Registry, station_key: Callable[[str, int], bytes]
) -> Unlike | None:
    if draw.abandoned:
        return None  # its draw was never shown to matter
    facts = facts.but(lane=draw.lane, opened_at=draw.opened_at, draw_counter=draw.counter)
    key = station_key(draw.station_id, draw.enrolment)
    in_force = registry.policy_for(facts)
    expected = _repeated(facts, in_force.policy, registry, key) if in_force is not None else None
    if draw.drawn == expected:
        return None
    others = (one.policy for one in registry.policies if one.policy.effective_at <= facts.occurred_at)
    if any(_repeated(facts, policy, registry, key) == draw.drawn for policy in others):
        return Unlike.BY_ANOTHER_POLICY
    return Unlike.DRAW_DIFFERS


def _repeated(facts: CrossingFacts, policy: Policy, registry: Registry, key: bytes) -> bool | None:
    known = placed(
        facts,
        policy,
        registry.published_notices,
        place=registry.place_of(facts.post_id),
        areas=registry.areas,
        places=registry.places,
    )
    return draw_repeated(known, policy, key)


def _counters(draws: Iterable[Draw], *, all_counters_known: bool, incomplete: Set[str]) -> Iterator[Told]:
    by_lane: dict[tuple[str, int, int], dict[int, set[UUID]]] = defaultdict(lambda: defaultdict(set))
    first: dict[UUID, Draw] = {}
    for one in draws:
        kept = first.setdefault(one.crossing_id, one)
        if (kept.counter, kept.opened_at, kept.lane, kept.drawn) != (
            one.counter,
            one.opened_at,
            one.lane,
            one.drawn if not one.abandoned else kept.drawn,
        ):
            yield Told(one.station_id, one.lane, one.counter, Unlike.COUNTER_CHANGED, one.crossing_id)
        by_lane[one.station_id, one.enrolment, one.lane][one.counter].add(one.crossing_id)
    for (station_id, _, lane), counters in by_lane.items():
        for counter, crossings in counters.items():
            if len(crossings) > 1:
                yield Told(station_id, lane, counter, Unlike.COUNTER_TWICE)
        if all_counters_known:
            what = Unlike.COUNTER_ON_ITS_WAY if station_id in incomplete else Unlike.COUNTER_MISSING
            for begin, end in _gaps(counters):
                yield Told(station_id, lane, begin, what, until=end if end > begin else None)


def _gaps(counters: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Both ends included. A station may name any number as its counter: what lies between is never listed."""
    before = 0
    for counter in sorted(counters):
        if counter > before + 1:
            yield before + 1, counter - 1
        before = counter


def local_day_of(opened_at: datetime, time_zone: str) -> date:
    return opened_at.astimezone(ZoneInfo(time_zone)).date()
