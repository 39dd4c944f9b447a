"""From a crossing to the outbox: seal, number, write. Returns when the disk has it, raises OutboxTrouble else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from checkpoint_agent.clock import Clock
from checkpoint_agent.crossing.advising import Advising
from checkpoint_agent.crossing.building import Crossing
from checkpoint_agent.crossing.records import (
    Desk,
    abandoned_id,
    abandoned_record,
    closed_record,
    corrected_record,
    decision_id,
    decision_record,
    record_id,
    secrets_of,
)
from checkpoint_agent.identity import Identity
from checkpoint_agent.listening.held import Held
from checkpoint_agent.outbox import Opening, Outbox, OutboxTrouble
from schemas.events.base import SealedBox
from schemas.topics import CROSSINGS, DECISIONS

T = TypeVar("T")


@dataclass(frozen=True)
class Surroundings:
    """What the lane asks of the rest of the station, each time anew."""

    held: Callable[[], Held]
    clock_error_ms: Callable[[], int | None]
    lists_age_s: Callable[[], int | None]
    station_key: bytes | None = field(default=None, repr=False)
    """Draws for the random inspection; the centre can derive it, and an auditor repeat every draw."""


class Writer:
    def __init__(
        self,
        identity: Identity,
        outbox: Outbox,
        clock: Clock,
        around: Surroundings,
        *,
        on_trouble: Callable[[], None] = lambda: None,
    ) -> None:
        self._identity = identity
        self._outbox = outbox
        self._clock = clock
        self._around = around
        self._on_trouble = on_trouble
        self.trouble: OutboxTrouble | None = None
        """Why the last act could not be written; None when it was."""

    async def closed(self, crossing: Crossing, desk: Desk, advice: Advising, *, at: datetime) -> None:
        sealed, error = self._sealed(crossing, advice, at), self._around.clock_error_ms()
        await self.on_disk(
            self._outbox.add,
            CROSSINGS,
            record_id(crossing.crossing_id, 1),
            lambda link: closed_record(
                crossing,
                desk,
                link=link,
                at=at,
                clock_error_ms=error,
                advice=advice.advice,
                sealed=sealed,
                drawn=advice.drawn,
            ),
        )

    async def corrected(
        self, crossing: Crossing, desk: Desk, advice: Advising, *, at: datetime, reason: str
    ) -> None:
        """``at`` is when the crossing was closed; the box is sealed to the key of now."""
        sealed = self._sealed(crossing, advice, self._clock.now())
        error = self._around.clock_error_ms()
        await self.on_disk(
            self._outbox.add,
            CROSSINGS,
            record_id(crossing.crossing_id, crossing.revision),
            lambda link: corrected_record(
                crossing,
                desk,
                link=link,
                at=at,
                clock_error_ms=error,
                advice=advice.advice,
                sealed=sealed,
                reason=reason,
                drawn=advice.drawn,
            ),
        )

    async def decided(self, crossing: Crossing, desk: Desk) -> None:
        error = self._around.clock_error_ms()
        revision = crossing.decision.revision if crossing.decision else 1
        await self.on_disk(
            self._outbox.add,
            DECISIONS,
            decision_id(crossing.crossing_id, revision),
            lambda link: decision_record(crossing, desk, link=link, clock_error_ms=error),
        )

    async def abandoned(self, opening: Opening, desk: Desk, *, reason: str) -> None:
        at, error = self._clock.now(), self._around.clock_error_ms()
        await self.on_disk(
            self._outbox.add,
            CROSSINGS,
            abandoned_id(opening.crossing_id),
            lambda link: abandoned_record(
                opening.crossing_id,
                desk,
                link=link,
                opened_at=opening.opened_at,
                counter=opening.counter,
                at=at,
                clock_error_ms=error,
                reason=reason,
            ),
        )

    async def on_disk(self, act: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """In a thread, since the disk takes its time. Remembers what is wrong with it, for the page."""
        try:
            done = await asyncio.to_thread(act, *args, **kwargs)
        except OutboxTrouble as exc:
            self.trouble = exc
            self._on_trouble()
            raise
        if self.trouble is not None:
            self.trouble = None
            self._on_trouble()
        return done

    def _sealed(self, crossing: Crossing, advice: Advising, at: datetime) -> SealedBox:
        secrets = secrets_of(crossing, revision=crossing.revision, advised=advice.advised)
        return self._around.held().sealer_at(at, self._identity.sealer).seal(secrets)
