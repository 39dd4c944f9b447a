"""``When``: the one condition by which a policy says whom a rule is for. Data only; see schemas.rules.applying.

Every part is optional and an empty one asks nothing, so an empty ``When`` is for everybody, always.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Protocol

from pydantic import Field, model_validator

from schemas.bounded import Instant, PostId, SmallCount, Text40, Wire
from schemas.passes.kinds import PassKind
from schemas.words import (
    Direction,
    Immunity,
    OccupantRole,
    PostLevel,
    PostMode,
    Purpose,
    VehicleClass,
)

RiskLevel = Annotated[int, Field(ge=1, le=4)]


class Place(Wire):
    """The post where a crossing happens, as far as rules ask for it."""

    post_id: PostId
    mode: PostMode | None = None
    level: PostLevel | None = None
    unit: Text40 | None = None
    """Code of the commune that it stands in."""


class Areas(Protocol):
    """Administrative units and their risk levels."""

    def level_of(self, unit: str, at: datetime) -> int | None:
        """The level in force at ``at`` of the most specific unit that has one; None when none has."""

    def is_within(self, unit: str, ancestor: str) -> bool:
        """Whether ``unit`` is ``ancestor`` or a part of it."""

    def turns_of(self, unit: str) -> Sequence[datetime]:
        """In order, every instant at which its level may become another, those announced for later among them."""


class NoAreas:
    """Nothing is known of any unit but its own code."""

    def level_of(self, unit: str, at: datetime) -> int | None:
        return None

    def is_within(self, unit: str, ancestor: str) -> bool:
        return unit == ancestor

    def turns_of(self, unit: str) -> Sequence[datetime]:
        return ()


class When(Wire):
    """Of several entries in one part any will do; all parts that are given must hold."""

    origins: tuple[Text40, ...] = ()
    """Units (or what lies within them) where the journey began."""
    origin_levels: tuple[RiskLevel, ...] = ()
    destinations: tuple[Text40, ...] = ()
    destination_levels: tuple[RiskLevel, ...] = ()
    post_modes: tuple[PostMode, ...] = ()
    post_levels: tuple[PostLevel, ...] = ()
    posts: tuple[PostId, ...] = ()
    directions: tuple[Direction, ...] = ()
    purposes: tuple[Purpose, ...] = ()
    vehicle_classes: tuple[VehicleClass, ...] = ()
    green_lane: bool | None = None
    """The vehicle asked for the green lane, rightly or not."""
    card_valid: bool | None = None
    """Its green-lane pass or card was accepted and in force, by law and not only by what is printed."""
    pass_kinds: tuple[PassKind, ...] = ()
    """Kinds of pass of which a genuine one was shown."""
    roles: tuple[OccupantRole, ...] = ()
    immunity: tuple[Immunity, ...] = ()
    """By this policy's own definition."""
    age_at_least: SmallCount | None = None
    age_under: SmallCount | None = None
    from_at: Instant | None = None
    until_at: Instant | None = None
    """Exclusive."""
    applies_when_unknown: bool = False
    """What counts where a part asks for something that nobody knows (an origin that was not given)."""

    @model_validator(mode="after")
    def _can_hold(self) -> When:
        if self.from_at is not None and self.until_at is not None and self.until_at <= self.from_at:
            raise ValueError("it ends before it begins")
        if self.age_at_least is not None and self.age_under is not None and self.age_under <= self.age_at_least:
            raise ValueError("no age is in it")
        return self

    @cached_property
    def parts(self) -> tuple[tuple[str, Any], ...]:
        """The parts that ask for something, by name."""
        return tuple(self._asked())

    def _asked(self) -> Iterator[tuple[str, Any]]:
        for name in type(self).model_fields:
            value = getattr(self, name)
            if name != "applies_when_unknown" and value is not None and value != ():
                yield name, value

    @property
    def units(self) -> frozenset[str]:
        """The units that it names."""
        return frozenset((*self.origins, *self.destinations))
