"""A policy bundle: parameters, the map from codes to outcomes, and who signed it. Data only.

Nothing names a disease, a province or a year; the ten real cases of DOMAIN.md section 3 are bundles, not code.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from schemas.bounded import Code, Instant, Positive, PostId, SmallCount, Span, Text40, Text100, Text300, Wire
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


class TravelTime(Wire):
    """The least time between two posts, either way."""

    between: tuple[PostId, PostId]
    at_least: Span


class Sentence(Wire):
    """What the officer can read to the driver about a code, and the document that says so."""

    vi: Text300
    en: Text300
    document: Text300 | None = None


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
    crew_of_class: dict[VehicleClass, SmallCount] = {}
    """Upper limit of a crew, whatever the pass says."""
    registry_is_complete: bool = False
    """True when a genuine pass of ours that the registry does not know is suspicious by itself."""
    codes: tuple[CodeOutcome, ...] = ()
    unnamed_code: Outcome = Outcome.CHECK_MORE
    """Whatever the policy does not name is checked by a person."""
    order: Annotated[tuple[Outcome, ...], Field(min_length=6, max_length=6)] = DEFAULT_ORDER
    areas: tuple[Text40, ...] = ()
    """Of a pilot: the units or posts where it is in force; everywhere when empty."""

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
        return self

    def outcome_of(self, code: str) -> Outcome | None:
        """What ``code`` leads to; None when it is shown and changes nothing."""
        for entry in self.codes:
            if entry.code == code:
                return entry.outcome
        return self.unnamed_code

    def sentence_of(self, code: str) -> Sentence | None:
        return next((entry.sentence for entry in self.codes if entry.code == code), None)

    def first_of(self, outcomes: set[Outcome]) -> Outcome:
        """The first that applies in the policy's order; let through when nothing applies."""
        return next((outcome for outcome in self.order if outcome in outcomes), Outcome.LET_THROUGH)

    def travel_time(self, one: str, other: str) -> timedelta | None:
        """The least time between two posts, or None when it is not known: then nothing is suspected."""
        for known in self.travel_times:
            if set(known.between) == {one, other}:
                return known.at_least
        return None
