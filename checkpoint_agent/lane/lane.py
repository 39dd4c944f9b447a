"""Every act of an officer at the lane. What it says is done is on the disk.

Personal data of the crossing being built, and of the last ones for corrections, stays in this memory only.
"""

from __future__ import annotations

import asyncio
import os
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from checkpoint_agent.changes import Changes
from checkpoint_agent.clock import Clock
from checkpoint_agent.crossing.advising import Advising, advising
from checkpoint_agent.crossing.building import (
    Crossing,
    ReasonNeeded,
    abandoned,
    changed,
    closed,
    corrected,
    decided,
    digest_of,
    with_reading,
)
from checkpoint_agent.crossing.records import Desk
from checkpoint_agent.crossing.states import IN_HAND, Act, NotNow, State
from checkpoint_agent.identity import Identity
from checkpoint_agent.lane.shown import NotKnownHere, crossing_of_row, seen_of, shown_of
from checkpoint_agent.lane.writing import Surroundings, Writer
from checkpoint_agent.outbox import CrossingRow, Crossings, Opening, Outbox, OutboxTrouble
from schemas.events.decision import Shown
from schemas.events.verdict import VerdictReached
from schemas.ids import new_id
from schemas.passes.read import read_pass
from schemas.passes.reading import PassReading
from schemas.words import Direction, FactState, Outcome, Source

KEPT_IN_MEMORY = 200
"""Closed crossings that can still be corrected here. A restart forgets them; the centre does not."""


class ScreenChanged(Exception):
    """What the officer decided by is no longer what the screen would show: nothing was done, look again."""

    code = "SCREEN_CHANGED"


class Lane:
    def __init__(
        self,
        identity: Identity,
        outbox: Outbox,
        crossings: Crossings,
        clock: Clock,
        surroundings: Surroundings,
        changes: Changes,
    ) -> None:
        self._identity = identity
        self._crossings = crossings
        self._clock = clock
        self._around = surroundings
        self._changes = changes
        self._writer = Writer(identity, outbox, clock, surroundings, on_trouble=changes.tell)
        self._turn = asyncio.Lock()
        self._known: OrderedDict[UUID, Crossing] = OrderedDict()
        self.direction = Direction.IN
        """What is proposed for the next crossing: the last one's."""
        self.current: Crossing | None = None
        self.advising: Advising | None = None
        self.verdict: VerdictReached | None = None
        """Of the current crossing."""
        self.message: str | None = None
        """Code of what could not be done last; None once something was done again."""

    @property
    def trouble(self) -> OutboxTrouble | None:
        return self._writer.trouble

    def desk(self, officer_id: str = "none", **fields: Any) -> Desk:
        identity = self._identity
        place = (identity.station_id, identity.post_id, identity.lane, identity.enrolment)
        return Desk(*place, officer_id=officer_id, **fields)

    # Building

    async def open(
        self,
        *,
        crossing_id: UUID | None = None,
        sheet_id: str | None = None,
        direction: Direction | None = None,
    ) -> Crossing:
        """Begin a crossing; its counter is on the disk before this returns. Raises NotNow while one is in hand."""
        async with self._turn:
            return await self._open(crossing_id or self._new_id(), sheet_id, direction)

    def _new_id(self) -> UUID:
        return new_id(self._clock.now(), os.urandom(10))

    async def _open(self, crossing_id: UUID, sheet_id: str | None, direction: Direction | None) -> Crossing:
        if self.current is not None and self.current.state in IN_HAND:
            raise NotNow(self.current.state, Act.CHANGE)
        at = self._clock.now()
        opening = await self._writer.on_disk(self._crossings.open, crossing_id, at, sheet_id=sheet_id)
        self.verdict = None
        return self._shows(
            Crossing(
                crossing_id=crossing_id,
                opened_at=opening.opened_at,
                counter=opening.counter,
                direction=direction or self.direction,
                sheet_id=sheet_id,
            )
        )

    async def scan(self, text: str, source: Source, *, occupant: int | None = None) -> PassReading:
        """A code was shown; the first one opens the crossing. Raises NotNow while one waits for a decision."""
        held, at = self._around.held(), self._clock.now()
        return await self.add_reading(
            digest_of(text), read_pass(text, held.lists, at=at, source=source), occupant=occupant
        )

    async def add_reading(self, digest: bytes, read: PassReading, *, occupant: int | None = None) -> PassReading:
        async with self._turn:
            crossing = self.current
            if crossing is None or crossing.state in (State.DECIDED, State.ABANDONED):
                crossing = await self._open(self._new_id(), None, None)
            self._shows(with_reading(crossing, digest, read, occupant=occupant))
            return read

    async def change(self, how: Callable[[Crossing], Crossing]) -> Crossing:
        """Raises NotNow when nothing is open."""
        async with self._turn:
            return self._shows(how(self._in_hand(Act.CHANGE)))

    async def set(self, **fields: Any) -> Crossing:
        if "direction" in fields:
            self.direction = fields["direction"]
        return await self.change(lambda crossing: changed(crossing, **fields))

    # Ending

    async def close(self, desk: Desk) -> Crossing:
        """Close and write it. Raises NotNow, OutboxTrouble."""
        async with self._turn:
            return await self._close(desk)

    async def _close(self, desk: Desk, *, seen: str | None = None) -> Crossing:
        crossing = closed(self._in_hand(Act.CLOSE), at=self._clock.now())
        advice = self._advise(crossing, desk)
        if seen is not None and seen != seen_of(Shown(what="advice", outcome=advice.outcome)):
            self._shows(self._in_hand(Act.CHANGE))
            raise ScreenChanged
        await self._writer.closed(crossing, desk, advice, at=crossing.closed_at or self._clock.now())
        self._remember(crossing)
        return self._shows(crossing, advice)

    async def close_and_decide(
        self, outcome: Outcome, desk: Desk, *, reason: str | None = None, seen: str | None = None
    ) -> Crossing:
        """One key at the end of a crossing. ``seen`` is what the page showed: see ``seen_of``."""
        async with self._turn:
            crossing = self.current
            if crossing is not None and crossing.state is State.OPEN:
                if reason is None and self._advise(crossing, desk).outcome is not outcome:
                    raise ReasonNeeded  # before anything is closed
                crossing = await self._close(desk, seen=seen)
                seen = None
            if crossing is None:
                raise NotNow(State.ABANDONED, Act.DECIDE)
            return await self._decide(crossing.crossing_id, outcome, desk, reason=reason, seen=seen)

    async def decide(
        self,
        crossing_id: UUID,
        outcome: Outcome,
        desk: Desk,
        *,
        reason: str | None = None,
        seen: str | None = None,
    ) -> Crossing:
        """Decide a closed crossing, or decide it anew. Raises ReasonNeeded, ScreenChanged, NotKnownHere."""
        async with self._turn:
            return await self._decide(crossing_id, outcome, desk, reason=reason, seen=seen)

    async def _decide(
        self, crossing_id: UUID, outcome: Outcome, desk: Desk, *, reason: str | None, seen: str | None
    ) -> Crossing:
        row = await self._row(crossing_id)
        shown = shown_of(row)
        if seen is not None and seen != seen_of(shown):
            raise ScreenChanged
        before = self._known.get(crossing_id) or crossing_of_row(row)
        crossing = decided(before, outcome, at=self._clock.now(), shown=shown, reason=reason)
        await self._writer.decided(crossing, desk)
        return self._ended(crossing)

    async def correct(self, crossing_id: UUID, reason: str, desk: Desk, **changes: Any) -> Crossing:
        """The whole crossing again as it should have been. Raises NotKnownHere after a restart."""
        async with self._turn:
            before = self._known.get(crossing_id)
            if before is None:
                raise NotKnownHere
            if reason == "NEVER_HAPPENED":
                changes["fact_state"] = FactState.WITHDRAWN
            crossing = corrected(before, **changes)
            at = crossing.closed_at or self._clock.now()
            advice = self._advise(crossing, desk, at=at)
            await self._writer.corrected(crossing, desk, advice, at=at, reason=reason)
            return self._ended(crossing)

    async def abandon(self, desk: Desk, *, reason: str = "OFFICER") -> None:
        async with self._turn:
            crossing = abandoned(self._in_hand(Act.ABANDON))
            opening = Opening(crossing.crossing_id, crossing.counter, crossing.opened_at)
            await self._writer.abandoned(opening, desk, reason=reason)
            self.current = self.advising = None
            self._changes.tell()

    async def abandon_left_open(self, desk: Desk, *, except_for: Collection[UUID] = ()) -> int:
        """Crossings that a restart cut off: their numbers are sent too, so nobody can reopen until not drawn.

        The page may be quicker than the rest of the station: what is in hand by now was not cut off.
        """
        async with self._turn:
            in_hand = () if self.current is None else (self.current.crossing_id,)
            left = await self._writer.on_disk(self._crossings.left_open, except_for={*except_for, *in_hand})
            for opening in left:
                await self._writer.abandoned(opening, desk, reason="STATION_RESTARTED")
            return len(left)

    def forget_current(self) -> None:
        """What is in hand could not be written and will be done again from its beginning."""
        self.current = self.advising = self.verdict = None
        self._changes.tell()

    async def leave(self) -> None:
        """Go on to the next crossing; a closed one without a decision stays so."""
        async with self._turn:
            if self.current is not None and self.current.state is State.OPEN:
                raise NotNow(State.OPEN, Act.CHANGE)
            self.current = self.advising = self.verdict = None
            self._changes.tell()

    # Looking

    def known(self, crossing_id: UUID) -> Crossing | None:
        """A crossing whose contents are still in memory."""
        return self._known.get(crossing_id)

    def shown(self) -> Shown | None:
        """What the screen shows for the current crossing: the verdict, or the advice where none has come."""
        if self.verdict is not None:
            return Shown(what="verdict", outcome=self.verdict.outcome, revision=self.verdict.revision)
        return Shown(what="advice", outcome=self.advising.outcome) if self.advising else None

    async def shown_for(self, crossing_id: UUID) -> Shown:
        """What the screen shows for a crossing that was closed."""
        return shown_of(await self._row(crossing_id))

    def says(self, code: str | None) -> None:
        """Something that the officer should know beside the crossing, by its code."""
        if code != self.message:
            self.message = code
            self._changes.tell()

    def verdicts_came(self, verdicts: Sequence[VerdictReached]) -> None:
        for verdict in verdicts:
            if self.current is not None and verdict.crossing_id == self.current.crossing_id:
                self.verdict = verdict
        self._changes.tell()

    def advise_again(self) -> None:
        """Lists changed, or time has passed: an open crossing is judged as of now."""
        if self.current is not None and self.current.state is State.OPEN:
            self._shows(self.current)

    # Within

    def _in_hand(self, act: Act) -> Crossing:
        if self.current is None:
            raise NotNow(State.ABANDONED, act)
        return self.current

    def _advise(self, crossing: Crossing, desk: Desk | None = None, *, at: datetime | None = None) -> Advising:
        return advising(
            crossing,
            desk or self.desk(),
            self._around.held().rules,
            at=at or crossing.closed_at or self._clock.now(),
            clock_error_ms=self._around.clock_error_ms(),
            lists_age_s=self._around.lists_age_s(),
            station_key=self._around.station_key,
        )

    def _shows(self, crossing: Crossing, advice: Advising | None = None) -> Crossing:
        self.current = crossing
        self.advising = advice or self._advise(crossing)
        self.message = None
        self._changes.tell()
        return crossing

    def _ended(self, crossing: Crossing) -> Crossing:
        if crossing.crossing_id in self._known:
            self._known[crossing.crossing_id] = crossing
        if self.current is not None and self.current.crossing_id == crossing.crossing_id:
            self.current = crossing
        self._changes.tell()
        return crossing

    def _remember(self, crossing: Crossing) -> None:
        self._known[crossing.crossing_id] = crossing
        while len(self._known) > KEPT_IN_MEMORY:
            self._known.popitem(last=False)

    async def _row(self, crossing_id: UUID) -> CrossingRow:
        rows = await asyncio.to_thread(self._crossings.recent, 1, crossing_id=crossing_id)
        if not rows or rows[0].advice is None:
            raise NotKnownHere
        return rows[0]
