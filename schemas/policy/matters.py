"""What a bundle can say beyond its parameters: acceptance rules, exemptions, inspections, quarantine, immunity.

Data only. Each carries the sentence that an officer can read out, with its document.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from schemas.bounded import Code, SmallCount, Span, Text300, Wire
from schemas.policy.certlogic import Expression, RuleBroken
from schemas.policy.when import RiskLevel, When
from schemas.words import Stay

Days = Annotated[int, Field(ge=0, le=366)]
LocalTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
PerMille = Annotated[int, Field(ge=0, le=1000)]


class Sentence(Wire):
    """What the officer can read to the driver about a code, and the document that says so."""

    vi: Text300
    en: Text300
    document: Text300 | None = None


class AcceptanceRule(Wire):
    """A condition in CertLogic that those it is for must meet; where it fails, its code is added."""

    code: Code
    about: Literal["occupant", "crossing"] = "occupant"
    when: When = When()
    logic: Any
    """CertLogic; its data are described in schemas.rules.acceptance."""
    sentence: Sentence

    @field_validator("logic")
    @classmethod
    def _is_certlogic(cls, logic: Any) -> Any:
        try:
            Expression(logic)
        except RuleBroken as exc:
            raise ValueError(f"not CertLogic at {exc.where or 'its top'}: {exc.reason}") from exc
        return logic

    @cached_property
    def expression(self) -> Expression:
        """Compiled once for each rule, and gone with it."""
        return Expression(self.logic)

    def __getstate__(self) -> dict[Any, Any]:
        state = super().__getstate__()
        state["__dict__"] = {name: value for name, value in state["__dict__"].items() if name != "expression"}
        return state


class Exemption(Wire):
    """Codes that change nothing for those it is for, unless they were drawn; its own code is shown instead."""

    code: Code
    when: When = When()
    waives: Annotated[tuple[Code, ...], Field(min_length=1, max_length=200)]
    sentence: Sentence


DistancingPlace = Literal["origin", "destination", "route"]


class Distancing(Wire):
    """Where distancing must hold for a green-lane card to be alive: at any one of the places that are named.

    Several of these must all hold: one for the origin and one for the destination ask for both.
    """

    at: Annotated[tuple[DistancingPlace, ...], Field(min_length=1, max_length=3)]
    """``route``: the communes of the posts on the pass and of the post itself."""
    levels: Annotated[tuple[RiskLevel, ...], Field(min_length=1, max_length=4)] = (3, 4)
    """At which there is distancing."""
    when: When = When()
    holds_when_unknown: bool = True
    """What counts where origin or destination was not given, or nobody assigned it a level."""
    sentence: Sentence


class InspectionRate(Wire):
    """How many of a thousand are drawn. The first rate that is for a crossing counts."""

    when: When = When()
    per_mille: PerMille
    sentence: Sentence | None = None


class RouteHours(Wire):
    """When the green lane may be used, in the policy's local time. Of several for one crossing any will do."""

    when: When = When()
    begins: LocalTime
    ends: LocalTime
    """Exclusive; before ``begins`` when the hours pass midnight."""
    grace: Span = timedelta(minutes=30)
    """A queue before the post is not the driver's doing."""

    @model_validator(mode="after")
    def _some_time(self) -> RouteHours:
        if self.begins == self.ends:
            raise ValueError("hours that begin and end at once")
        return self


class Stage(Wire):
    where: Stay
    days: Annotated[int, Field(ge=1, le=366)]


class QuarantineRule(Wire):
    """One line of the quarantine matrix. The first line that is for a person counts."""

    code: Code
    """Mapped to an outcome by the policy: at home may mean "let through", in a centre "refer"."""
    when: When = When()
    stages: Annotated[tuple[Stage, ...], Field(max_length=10)] = ()
    """In their order; none when the person only watches their own health."""
    self_monitoring_days: Days = 0
    """After the last stage."""
    test_days: Annotated[tuple[Days, ...], Field(max_length=20)] = ()
    """Day 1 is the first day."""
    sentence: Sentence

    @model_validator(mode="after")
    def _tests_within(self) -> QuarantineRule:
        whole = sum(stage.days for stage in self.stages) + self.self_monitoring_days
        if any(day > whole for day in self.test_days):
            raise ValueError("a test day after the last day")
        return self


class Measure(Wire):
    """What the matrix asks of one person; names nobody."""

    code: Code
    stages: tuple[Stage, ...] = ()
    self_monitoring_days: Days = 0
    test_days: tuple[Days, ...] = ()
    sentence: Sentence


class ImmunityDefinition(Wire):
    """What counts as immune. Days and months are local days: until the end of the last one."""

    full_from_day: Days = 14
    """Days after the last dose that was needed."""
    full_months: SmallCount | None = None
    """None: for as long as this policy is in force."""
    part_from_day: Days = 14
    recovered_from_day: Days = 0
    """Days after the first positive test."""
    recovered_months: SmallCount | None = 6
