"""A policy bundle: parameters, the map from codes to outcomes, and who signed it. Data only.

Nothing names a disease, a province or a year; the ten real cases of DOMAIN.md section 3 are bundles, not code.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import cached_property
from typing import Annotated, Literal, cast
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from schemas.bounded import Code, Instant, Positive, PostId, SmallCount, Span, Text40, Text100, Text300, Wire
from schemas.policy.between_posts import BetweenPosts, TransitWindow
from schemas.policy.matters import (
    AcceptanceRule,
    Distancing,
    Exemption,
    ImmunityDefinition,
    InspectionRate,
    QuarantineRule,
    RouteHours,
    Sentence,
)
from schemas.policy.when import When
from schemas.words import Direction, Outcome, Purpose, TestBasis, TestKind, VehicleClass

DEFAULT_ORDER = (
    Outcome.REFER,
    Outcome.HOLD,
    Outcome.TURN_BACK,
    Outcome.CHECK_MORE,
    Outcome.COULD_NOT_CHECK,
    Outcome.LET_THROUGH,
)


class TestValidity(Wire):
    """How long a test of one kind counts."""

    __test__ = False
    kind: TestKind
    lasts: Span
    counted_from: Literal["sample", "result"] = "sample"
    basis: tuple[TestBasis, ...] = (TestBasis.INDIVIDUAL,)


class TestDemand(Wire):
    """Who must show a test. Empty tuples ask of everyone."""

    __test__ = False
    directions: tuple[Direction, ...] = ()
    purposes: tuple[Purpose, ...] = ()
    vehicle_classes: tuple[VehicleClass, ...] = ()
    only_green_lane: bool = False
    when: When = When()
    """Asked for beside the parts above."""
    sentence: Sentence | None = None


class TravelTime(Wire):
    """The least time between two posts, either way."""

    between: tuple[PostId, PostId]
    at_least: Span


class CodeOutcome(Wire):
    """What a code leads to; None when it is shown and changes nothing."""

    code: Code
    outcome: Outcome | None
    sentence: Sentence | None = None


class Policy(Wire):
    policy_id: Text100
    version: Positive
    effective_at: Instant
    document: Text300
    """Number and date of the document that it puts into rules."""
    issuer: Text100
    signer: Text100
    approver: Text100
    time_zone: Text40 = "Asia/Ho_Chi_Minh"

    tests: tuple[TestValidity, ...] = ()
    test_demands: tuple[TestDemand, ...] = ()
    travel_times: tuple[TravelTime, ...] = ()
    clock_error_when_unknown: Span = timedelta(minutes=10)
    """Allowed to each clock whose error was never measured."""
    decision_time: Span = timedelta(minutes=10)
    """A crossing with no decision after this counts as let through, and is marked so."""
    look_back: Span = timedelta(days=14)
    """A positive sample makes us look at crossings up to this long before it."""
    positive_counts: Span = timedelta(days=14)
    """A positive sample counts against crossings up to this long after it."""
    between_posts: BetweenPosts = BetweenPosts()
    transit_windows: Annotated[tuple[TransitWindow, ...], Field(max_length=50)] = ()
    """The first that fits an entry in transit; where none fits, nobody asks when it comes out."""
    station_silent_after: Span = timedelta(minutes=5)
    """A station that was not heard for this long is called silent. What waits for it goes on waiting."""
    crew_of_class: dict[VehicleClass, SmallCount] = {}
    """Upper limit of a crew, whatever the pass says."""
    class_covers: dict[VehicleClass, tuple[VehicleClass, ...]] = {}
    """Class on the pass to the classes that it may be used for; none when such a class has no green lane at all.

    Of a class that is not named nothing is said.
    """
    route_hours: Annotated[tuple[RouteHours, ...], Field(max_length=200)] = ()
    diversion_lasts: Span = timedelta(hours=3)
    """After a post on the registered route opened again, vehicles that went round it are still on their way."""
    sample_time_error: Span = timedelta(hours=2)
    """Two times of one sample this close are one time, read or rounded unlike."""
    registry_is_complete: bool = False
    """True when a genuine pass of ours that the registry does not know is suspicious by itself."""
    codes: tuple[CodeOutcome, ...] = ()
    unnamed_code: Outcome = Outcome.CHECK_MORE
    """Whatever the policy does not name is checked by a person."""
    order: Annotated[tuple[Outcome, ...], Field(min_length=6, max_length=6)] = DEFAULT_ORDER
    areas: tuple[Text40, ...] = ()
    """Of a pilot: the units or posts where it is in force; everywhere when empty."""
    ends_at: Instant | None = None
    """Of a pilot: when what is in force elsewhere is in force there again. Exclusive."""
    immunity: ImmunityDefinition = ImmunityDefinition()
    value_sets: dict[Text40, tuple[Text100, ...]] = {}
    """Lists of codes that acceptance rules look things up in."""
    acceptance: Annotated[tuple[AcceptanceRule, ...], Field(max_length=500)] = ()
    distancing: Annotated[tuple[Distancing, ...], Field(max_length=20)] = ()
    """Where distancing must hold; the card ends with the first that ends."""
    exemptions: Annotated[tuple[Exemption, ...], Field(max_length=200)] = ()
    inspection_rates: Annotated[tuple[InspectionRate, ...], Field(max_length=200)] = ()
    quarantine: Annotated[tuple[QuarantineRule, ...], Field(max_length=500)] = ()

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as exc:
            raise ValueError("not a time zone") from exc
        return name

    @model_validator(mode="after")
    def _consistent(self) -> Policy:
        if set(self.order) != set(Outcome):
            raise ValueError("order names each outcome once")
        if len({entry.code for entry in self.codes}) != len(self.codes):
            raise ValueError("a code is mapped twice")
        if self.signer == self.approver:
            raise ValueError("the approver is a second person")
        if self.ends_at is not None and not self.areas:
            raise ValueError("only a pilot ends by itself: elsewhere the next bundle takes over")
        if self.ends_at is not None and self.ends_at <= self.effective_at:
            raise ValueError("it ends before it takes effect")
        return self

    def outcome_of(self, code: str) -> Outcome | None:
        """What ``code`` leads to; None when it is shown and changes nothing."""
        return self._outcomes.get(code, self.unnamed_code)

    def outcomes_of(self, codes: Iterable[str]) -> set[Outcome]:
        """All that ``codes`` lead to."""
        mapped, unnamed = self._outcomes, self.unnamed_code
        outcomes = {mapped.get(code, unnamed) for code in codes}
        outcomes.discard(None)
        return cast(set[Outcome], outcomes)

    def sentence_of(self, code: str) -> Sentence | None:
        """The sentence beside the code, else that of the first rule that gives it."""
        return self._sentences.get(code)

    @cached_property
    def _outcomes(self) -> dict[str, Outcome | None]:
        return {entry.code: entry.outcome for entry in self.codes}

    @cached_property
    def _sentences(self) -> dict[str, Sentence]:
        rules: tuple[AcceptanceRule | Exemption | QuarantineRule, ...]
        rules = (*self.acceptance, *self.exemptions, *self.quarantine)
        of_rules = {rule.code: rule.sentence for rule in reversed(rules)}
        return of_rules | {entry.code: entry.sentence for entry in self.codes if entry.sentence}

    @cached_property
    def _travel_times(self) -> dict[frozenset[str], timedelta]:
        return {frozenset(known.between): known.at_least for known in reversed(self.travel_times)}

    @cached_property
    def units(self) -> tuple[str, ...]:
        """Every administrative unit that any of its conditions names."""
        return tuple(sorted(frozenset().union(*(when.units for when in self.conditions))))

    @property
    def conditions(self) -> tuple[When, ...]:
        """Of every demand, rule, exemption, rate, hour and line of the matrix."""
        return (
            *(demand.when for demand in self.test_demands),
            *(demand.when for demand in self.distancing),
            *(rule.when for rule in self.acceptance),
            *(exempt.when for exempt in self.exemptions),
            *(rate.when for rate in self.inspection_rates),
            *(hours.when for hours in self.route_hours),
            *(line.when for line in self.quarantine),
        )

    def __copy__(self) -> Policy:
        """A copy may be given other parts, so it begins without what was worked out of these."""
        copied = super().__copy__()
        for name in vars(copied).keys() - type(self).model_fields.keys():
            del vars(copied)[name]
        return copied

    def first_of(self, outcomes: set[Outcome]) -> Outcome:
        """The first that applies in the policy's order; let through when nothing applies."""
        if len(outcomes) == 1:
            return next(iter(outcomes))
        return next((outcome for outcome in self.order if outcome in outcomes), Outcome.LET_THROUGH)

    def transit_window(self, vehicle_class: VehicleClass, post_id: str) -> timedelta | None:
        """How long a vehicle that entered in transit may stay; None: nobody asks."""
        fitting = (window for window in self.transit_windows if window.fits(vehicle_class, post_id))
        return next((window.lasts for window in fitting), None)

    def travel_time(self, one: str, other: str) -> timedelta | None:
        """The least time between two posts, or None when it is not known: then nothing is suspected."""
        return self._travel_times.get(frozenset((one, other)))
