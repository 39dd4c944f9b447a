"""A question that is being answered: how far it is, whether somebody stopped it, how long it took."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from uuid import UUID

from stream_processors.database import questions
from stream_processors.database.pool import Connection
from stream_processors.database.questions import Progress


@dataclass
class Running:
    url: str
    """Of the database, for a snapshot of the facts."""
    desk: Connection
    """Writes the question's own row, and is never read from."""
    command_id: UUID
    begun: float = field(default_factory=time.monotonic)

    async def stopped(self, crossings: int, expected: int) -> bool:
        """Says how far it is; True when somebody asked to stop it."""
        progress = min(99, crossings * 100 // max(expected, 1))
        return await questions.get_on(self.desk, self.command_id, Progress(progress, crossings))

    @property
    def took_ms(self) -> int:
        return int((time.monotonic() - self.begun) * 1000)
