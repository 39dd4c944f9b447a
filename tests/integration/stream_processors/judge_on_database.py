"""The processors' batches on a real PostgreSQL, with a sender that keeps what it is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from schemas.events.base import Event
from schemas.events.operations import DeadLetter
from schemas.events.verdict import Finding, Recall, Referral, VerdictReached
from schemas.words import FactState
from stream_processors.batches import Batches
from stream_processors.clock import SystemClock
from stream_processors.database.pool import Pool, open_pool
from stream_processors.database.registry import RegistryInForce
from stream_processors.database.statements import Output
from stream_processors.intake.records import RawRecord
from stream_processors.intake.shell import Intake
from stream_processors.judging_shell import Judging
from stream_processors.keys import read_keys
from stream_processors.outputs.sending import Sent
from stream_processors.timing import Timing

E = TypeVar("E", bound=Event)


@dataclass
class SenderThatKeeps:
    sent: list[Output] = field(default_factory=list)

    async def send(self, outputs: Sequence[Output]) -> Sent:
        self.sent += outputs
        return Sent()


@dataclass
class MovedClock:
    """Ours, and as much later as a test says."""

    later: timedelta = timedelta(0)

    def now(self) -> datetime:
        return SystemClock().now() + self.later


@dataclass
class JudgeOnDatabase:
    pool: Pool
    batches: Batches
    timing: Timing
    clock: MovedClock
    sender: SenderThatKeeps
    offset: int = 0

    @classmethod
    async def opened(cls, url: str, keys_folder: Path) -> JudgeOnDatabase:
        pool, keys, in_force = await open_pool(url), read_keys(keys_folder), RegistryInForce()
        sender = SenderThatKeeps()
        clock = MovedClock()
        intake = Intake(pool, keys, SystemClock(), in_force, wait_for_station_s=0)
        judging = Judging(pool, keys, in_force, clock)
        batches = Batches(pool, intake, judging, sender)  # type: ignore[arg-type]
        timing = Timing(pool, clock, judging, sender)  # type: ignore[arg-type]
        return cls(pool, batches, timing, clock, sender)

    async def close(self) -> None:
        await self.pool.close()

    @property
    def sent(self) -> list[Output]:
        return self.sender.sent

    async def takes(self, *records: RawRecord) -> list[RawRecord]:
        """One batch, each record at its own offset."""
        placed = []
        for record in records:
            placed.append(replace(record, offset=self.offset))
            self.offset += 1
        await self.batches.handle(placed)
        return placed

    async def fires(self, later: timedelta = timedelta(minutes=1)) -> int:
        """How many timers fire when our clock has moved on by so much."""
        self.clock.later += later
        fired = 0
        while found := await self.timing.fire_due():
            fired += found
        return fired

    async def takes_one_by_one(self, *records: RawRecord) -> None:
        for record in records:
            await self.takes(record)

    def said(self, model: type[E], topic: str) -> list[E]:
        return [model.model_validate_json(one.value) for one in self.sent if one.topic.startswith(topic)]

    def verdicts(self) -> list[VerdictReached]:
        return self.said(VerdictReached, "verdicts.")

    def dead_letters(self) -> list[DeadLetter]:
        return self.said(DeadLetter, "dead-letters.")

    def findings(self) -> list[Finding]:
        return in_force(self.said(Finding, "findings."))

    def referrals(self) -> list[Referral]:
        return in_force(self.said(Referral, "referrals."))

    def recalls(self) -> list[Recall]:
        return in_force(self.said(Recall, "recalls."))


def in_force(events: Sequence[Any]) -> list[Any]:
    """The highest revision of each, without those that it withdraws."""
    highest: dict[Any, Any] = {}
    for event in events:
        if event.event_id not in highest or highest[event.event_id].revision < event.revision:
            highest[event.event_id] = event
    return [event for event in highest.values() if event.state is FactState.IN_FORCE]
