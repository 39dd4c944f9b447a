"""What the rules between two posts look at: how far back, how long is too long, how long a transit may last.

Each rule is silent where its part is not given. Data only.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from schemas.bounded import PostId, Span, Wire
from schemas.words import VehicleClass


class TransitWindow(Wire):
    """How long a vehicle that entered in transit may stay. Empty parts fit everyone."""

    lasts: Annotated[Span, Field(gt=timedelta(0), le=timedelta(days=14))]
    vehicle_classes: tuple[VehicleClass, ...] = ()
    entered_at: tuple[PostId, ...] = ()

    def fits(self, vehicle_class: VehicleClass, post_id: str) -> bool:
        return (not self.vehicle_classes or vehicle_class in self.vehicle_classes) and (
            not self.entered_at or post_id in self.entered_at
        )


Lookback = Annotated[Span, Field(le=timedelta(days=31))]


class BetweenPosts(Wire):
    count_within: Lookback | None = None
    """GL09: the count at a post is compared with that of the post before, up to this long ago."""
    slow_percent: Annotated[int, Field(ge=100, le=10_000)] | None = None
    """GL12: longer than this much of the usual time, and than the allowance behind it, is far too long."""
    slow_allowance: Span = timedelta(0)
    """GL12: for a meal, a rest, fuel."""
    slow_within: Lookback = timedelta(hours=24)
    """GL12: beyond this it is another journey."""
    turned_back_within: Lookback | None = None
    """GL16: turned back, and seen at another post up to this long after."""
    seal_within: Lookback | None = None
    """GL17: a door seal is looked for up to this long after it was put on."""
    same_code_within: Lookback | None = None
    """GL08, GL14: one token on several plates, one certificate with different contents, up to this long apart."""

    @property
    def farthest_back(self) -> timedelta:
        spans = (
            self.count_within,
            self.slow_within if self.slow_percent is not None else None,
            self.turned_back_within,
            self.seal_within,
            self.same_code_within,
        )
        return max((span for span in spans if span is not None), default=timedelta(0))
