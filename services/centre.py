"""What a running instance of the services has in its hands: pool, keys, clock, the live feed, the pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.clock import Clock, SystemClock
from services.database.connection import Pool
from services.feed.live import Live
from services.keys import CentreKeys
from services.pages.render import Pages
from services.passes.issuing_keys import IssuingKeys
from services.registry.names import PostNames
from services.registry.topics import TopicMaker
from services.registry.units import UnitNames


@dataclass(frozen=True)
class Centre:
    pool: Pool
    keys: CentreKeys
    clock: Clock
    live: Live
    pages: Pages
    topics: TopicMaker
    names: PostNames
    issuing: IssuingKeys = field(default_factory=IssuingKeys)
    units: UnitNames = field(default_factory=UnitNames)
    reachable: Mapping[str, Callable[[], bool]] = field(default_factory=dict)
    """What lies outside, by name, and whether it was in reach when last tried."""
    since: datetime = field(default_factory=lambda: SystemClock().now())
