"""What a worker says of itself to whoever runs it. Names parts and states, and nobody."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from schemas.bounded import instant_text
from stream_processors.seen import metrics

DATABASE, BROKER = "database", "broker"


@dataclass
class Health:
    name: str
    since: datetime
    ready: bool = False
    """It has read the registry and takes records."""
    live: bool = True
    """False: it does not get on although it could, and should be started again."""
    stuck_for_s: float = 0.0
    backlog: int = 0
    away: set[str] = field(default_factory=set)

    def found(self, part: str, *, away: bool) -> None:
        (self.away.add if away else self.away.discard)(part)
        metrics.AWAY.labels(part).set(away)

    def document(self) -> dict[str, Any]:
        return {
            "program": "processors",
            "name": self.name,
            "live": self.live,
            "ready": self.ready,
            "since": instant_text(self.since),
            "away": sorted(self.away),
            "backlog": self.backlog,
            "stuck_for_s": round(self.stuck_for_s),
        }
