"""What the judge is given: a crossing, and the facts that bear on it. Values only, and nobody's name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

import msgspec

from schemas.bounded import Text40
from schemas.events.crossing import HeadCount
from schemas.events.registry import NoticePublished, PolicyPublished, PostRegistered, StationEnrolled
from schemas.policy.in_force import is_in_force, precedence
from schemas.policy.policy import Policy
from schemas.policy.when import Areas, NoAreas, Place
from schemas.rules.facts import CrossingFacts, OccupantFacts
from schemas.words import (
    IDENTIFYING,
    CargoSpace,
    Direction,
    FactState,
    OrderedChange,
    Outcome,
    Purpose,
    RefKind,
    TestBasis,
    TestKind,
    TestOutcome,
    TestStanding,
    VehicleClass,
)

VEHICLE = "vehicle"
PASS_NUMBER = "pass_number"
PASS_TOKEN = "pass_token"
CERTIFICATE = "certificate"
TRIP = "trip"
PASS_HASH = "pass_hash"
"""Of what a revocation may name a signed pass by."""
PLATE_LOOK = "plate_look"
"""Of what a plate has in common with all that it may be misread as; where a pass was shown. Not followed."""
PASS_KINDS = frozenset({PASS_NUMBER, PASS_TOKEN})
PERSON_KINDS = frozenset(kind.value for kind in RefKind)
IDENTIFYING_PERSON = frozenset(kind.value for kind in IDENTIFYING)
FOLLOWED_KINDS = PASS_KINDS | IDENTIFYING_PERSON | {VEHICLE, CERTIFICATE}
"""Refs by which two crossings are surely of one pass, person, vehicle or certificate."""
FOLLOWED_AHEAD = PASS_KINDS | {VEHICLE}
"""Refs by which a vehicle in transit is known again when it comes out."""


class CrossingRef(NamedTuple):
    """One keyed hash of what a crossing showed. ``occupant`` is 0 and ``reading`` -1 where there is none."""

    kind: str
    ref: str
    occupant: int = 0
    reading: int = -1


@dataclass(frozen=True)
class KnownCrossing:
    """A crossing at its highest revision."""

    facts: CrossingFacts
    event_id: UUID
    state: FactState = FactState.IN_FORCE
    ahead: timedelta = timedelta(0)
    """How far its station's clock was ahead of ours when it arrived: counts as clock error."""
    doubted: bool = False
    refs: tuple[CrossingRef, ...] = ()

    def refs_of(self, *kinds: str) -> frozenset[str]:
        return frozenset([one.ref for one in self.refs if one.kind in kinds])

    def person_refs(self, occupant: int) -> Mapping[str, frozenset[str]]:
        """The refs of one occupant, by kind. Several of a kind when they showed several papers."""
        by_kind: dict[str, set[str]] = {}
        for one in self.refs:
            if one.occupant == occupant and one.kind in PERSON_KINDS:
                by_kind.setdefault(one.kind, set()).add(one.ref)
        return {kind: frozenset(refs) for kind, refs in by_kind.items()}

    @property
    def vehicle_ref(self) -> str | None:
        return min(self.refs_of(VEHICLE), default=None)


class Decided(msgspec.Struct, frozen=True):
    """The officer's decision at its highest revision."""

    event_id: UUID
    at: datetime
    outcome: Outcome
    occupants: Mapping[int, Outcome] = msgspec.field(default_factory=dict)
    revision: int = 1

    def for_occupant(self, occupant: int) -> Outcome:
        return self.occupants.get(occupant, self.outcome)


UNCOUNTED = HeadCount()


@dataclass(frozen=True)
class Neighbour:
    """Another crossing that shares a ref which identifies, at its highest revision, whatever was decided about it.

    Earlier ones are given for every followed ref; later ones by certificates, and for what is in transit by its
    vehicle and passes.
    Withdrawn, abandoned and practised ones are not given.
    """

    crossing_id: UUID
    event_id: UUID
    post_id: str
    at: datetime
    clock_error_ms: int | None
    ahead: timedelta
    shared: frozenset[tuple[str, str]]
    """Kind and ref."""
    revision: int = 1
    station_id: str = ""
    direction: Direction = Direction.IN
    purpose: Purpose = Purpose.UNKNOWN
    vehicle_class: VehicleClass = VehicleClass.OTHER
    head_count: HeadCount = UNCOUNTED
    cargo_space: CargoSpace = CargoSpace.NONE
    seal_number: str | None = None
    ordered_change: OrderedChange | None = None
    emergency: bool = False
    green_lane: bool = False
    group_id: str | None = None
    decision: Decided | None = None
    no_decision_until: datetime | None = None
    """Up to this instant it is known that nothing was decided."""
    refs: tuple[CrossingRef, ...] = ()
    """All that it showed."""
    occupants: tuple[OccupantFacts, ...] = ()
    """Who showed what; given where a certificate is shared, and empty otherwise."""

    @property
    def place_in_time(self) -> tuple[datetime, UUID]:
        """Which of two crossings is the later one."""
        return self.at, self.crossing_id

    def shares(self, *kinds: str) -> bool:
        return any(kind in kinds for kind, _ in self.shared)

    def refs_of(self, *kinds: str) -> frozenset[str]:
        return frozenset(one.ref for one in self.refs if one.kind in kinds)


class PersonMatch(msgspec.Struct, frozen=True):
    """A person of a result: the refs by kind, and whether they were sampled or only covered by the sample."""

    refs: Mapping[str, str]
    covered: bool = False


@dataclass(frozen=True)
class KnownResult:
    """A test result at its highest revision. Withdrawn ones are given too: certificates rest on them."""

    result_id: UUID
    event_id: UUID
    at: datetime
    state: FactState
    kind: TestKind
    basis: TestBasis
    standing: TestStanding
    outcome: TestOutcome
    sampled_at: datetime
    resulted_at: datetime
    persons: tuple[PersonMatch, ...] = ()
    certificate_ref: str | None = None
    crossing_id: UUID | None = None
    occupant: int | None = None
    """With ``crossing_id``: tested at the post, so it is known whose it is without any number."""
    revision: int = 1

    @property
    def stands(self) -> bool:
        return self.state is FactState.IN_FORCE and self.standing is not TestStanding.WITHDRAWN


class KnownPass(msgspec.Struct, frozen=True):
    """The registry's record of a green-lane pass at its highest revision."""

    pass_id: UUID
    event_id: UUID
    at: datetime
    state: FactState
    registered_crew: int
    issuer: Text40
    valid_from: datetime
    valid_until: datetime
    number_ref: str
    token_ref: str | None
    plate_ref: str | None
    misreads: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Refs of plates one misread letter away, each with the pair of letters."""
    crew: tuple[Mapping[str, str], ...] = ()
    """Refs of each registered person, by kind."""
    carrier_id: str | None = None
    vehicle_class: VehicleClass | None = None
    route: tuple[str, ...] = ()
    """Neither is known of a pass that was stored before they were kept."""
    revision: int = 1

    def withdrawn_at(self, at: datetime) -> bool:
        """A pass that is withdrawn today was good yesterday."""
        return self.state is FactState.WITHDRAWN and self.at <= at


@dataclass(frozen=True)
class KnownNotice:
    published: NoticePublished
    pass_ref: str | None = None
    """Of the token, or of the pass number or the plate in its box."""


@dataclass(frozen=True)
class Registry:
    """What is in force for everyone. Read whole; changes seldom."""

    policies: tuple[PolicyPublished, ...] = ()
    notices: tuple[KnownNotice, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)
    """The posts, by id."""
    posts: Mapping[str, PostRegistered] = field(default_factory=dict)
    stations: tuple[StationEnrolled, ...] = ()
    """Every enrolment, withdrawn ones too."""
    areas: Areas = field(default_factory=NoAreas)
    at_change: int = 0
    """Which state of the registry this is. No rule looks at it; what was given is kept by it."""

    @cached_property
    def published_notices(self) -> tuple[NoticePublished, ...]:
        return tuple(known.published for known in self.notices)

    @cached_property
    def _notices_by_ref(self) -> Mapping[str, tuple[int, ...]]:
        """Their places in ``notices``."""
        places: dict[str, list[int]] = {}
        for place, known in enumerate(self.notices):
            if known.pass_ref is not None:
                places.setdefault(known.pass_ref, []).append(place)
        return {ref: tuple(found) for ref, found in places.items()}

    def notices_naming(self, refs: Iterable[str]) -> tuple[KnownNotice, ...]:
        """Those that name a pass or a vehicle by one of ``refs``, in their order."""
        by_ref = self._notices_by_ref
        if not by_ref:
            return ()
        places = {place for ref in refs for place in by_ref.get(ref, ())}
        return tuple(self.notices[place] for place in sorted(places))

    def place_of(self, post_id: str) -> Place:
        """A post that nobody registered yet is known by its id."""
        return self.places.get(post_id) or Place(post_id=post_id)

    def policy_for(self, facts: CrossingFacts) -> PolicyPublished | None:
        return self.policy_at(facts.occurred_at, self.place_of(facts.post_id))

    def policy_at(self, at: datetime, place: Place | None = None) -> PolicyPublished | None:
        """As ``schemas.policy.in_force.policy_at`` chooses, of those that are not withdrawn."""
        ordered = self._policies_by_precedence
        return next((one for one in ordered if is_in_force(one.policy, at, place, self.areas)), None)

    @cached_property
    def _policies_by_precedence(self) -> tuple[PolicyPublished, ...]:
        published = (one for one in self.policies if one.state is FactState.IN_FORCE)
        return tuple(sorted(published, key=lambda one: precedence(one.policy), reverse=True))

    @property
    def neighbours_back(self) -> timedelta:
        """How far back any policy's rules between crossings look."""
        spans = [one.policy.between_posts.farthest_back for one in self.policies]
        return max([self.widest_travel, *spans], default=timedelta(0))

    @property
    def slow_within(self) -> timedelta:
        """How long any policy takes two posts for one journey; zero where none asks whether it was slow."""
        asked = [one.policy.between_posts for one in self.policies]
        return max((one.slow_within for one in asked if one.slow_percent is not None), default=timedelta(0))

    @property
    def neighbours_ahead(self) -> timedelta:
        """How long after its entry any policy waits for a vehicle in transit, late exits and clocks included."""
        windows = [window.lasts for one in self.policies for window in one.policy.transit_windows]
        return 2 * max(windows) + CLOCKS_AT_MOST if windows else timedelta(0)

    def widest(self, span_of: str) -> timedelta:
        """The longest that any policy says for ``span_of`` (``look_back``): bounds what is asked of the store."""
        return max((getattr(one.policy, span_of) for one in self.policies), default=timedelta(0))

    @property
    def widest_travel(self) -> timedelta:
        times = [time.at_least for one in self.policies for time in one.policy.travel_times]
        return max(times, default=timedelta(0))


DECISION_DEADLINE, TRANSIT_DEADLINE = "decision", "transit"
CLOCKS_AT_MOST = timedelta(days=1)
"""A station's clock is taken as wrong by no more than this; beyond, its records are refused."""


@dataclass(frozen=True)
class KnownDeadline:
    """A timer found once that its instant had passed, with every post heard beyond it that it asks for."""

    passed_at: datetime
    posts: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Companion:
    """Another crossing of the same trip, with what is known of the people on it."""

    crossing: KnownCrossing
    decision: Decided | None = None
    results: tuple[KnownResult, ...] = ()


@dataclass(frozen=True)
class PassedToo:
    """Another crossing of the same vehicle, or of somebody aboard."""

    event_id: UUID
    at: datetime
    people: int
    """Seen by the officer, at least."""
    by_vehicle: bool = False
    by_occupants: tuple[int, ...] = ()
    """Who of the crossing that is judged was aboard, by a number that identifies."""


@dataclass(frozen=True)
class LookedBack:
    """Of one crossing, over its period."""

    passed: tuple[PassedToo, ...] = ()
    """In the order of their time."""


@dataclass(frozen=True)
class Context:
    """The facts that bear on one crossing, each at its highest revision, in any order."""

    registry: Registry
    decision: Decided | None = None
    neighbours: tuple[Neighbour, ...] = ()
    deadlines: Mapping[str, KnownDeadline] = field(default_factory=dict)
    """What is known to have passed, by the kind of timer."""
    travelled: tuple[tuple[str, timedelta], ...] = ()
    """Others that came to this post in the hours before: from which post, and how long they took."""
    trip: tuple[Companion, ...] = ()
    """Other crossings of its boat or ferry trip, as far as somebody aboard of them may be positive."""
    looked_back: LookedBack | None = None
    """None where nobody aboard is positive: then nothing was looked for."""
    results: tuple[KnownResult, ...] = ()
    passes: tuple[KnownPass, ...] = ()


def clock_error(measured_ms: int | None, ahead: timedelta, policy: Policy) -> timedelta:
    """What is allowed to a station's clock."""
    measured = policy.clock_error_when_unknown if measured_ms is None else timedelta(milliseconds=measured_ms)
    return max(measured, ahead)
