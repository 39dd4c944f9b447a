"""Frames in, codes out, never blocking the station: each look is made in a child process.

Two children. One tries the first step on every frame and answers within milliseconds. The other
takes a further step, one at a time, on frames in which the first found nothing new, at lower
priority; for a moving picture its reading comes with the answer to a later frame.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

import cv2
import numpy as np

from checkpoint_agent.camera.frames import Frame, Pixels
from checkpoint_agent.decoding.child_reader import ChildReader, ReadingFailed
from checkpoint_agent.decoding.codes import Decoded, DecodedCode, Failure, Step, StepReading
from checkpoint_agent.decoding.in_view import CodesInView
from checkpoint_agent.decoding.light import Gray, unanswered, whole_picture_hint
from checkpoint_agent.decoding.motion import MotionGate, shrunk
from checkpoint_agent.decoding.steps import FURTHER_STEPS
from checkpoint_agent.decoding.turns import Turns

log = logging.getLogger(__name__)

NEW_FOR = timedelta(seconds=2)
"""How long a code that is being read keeps the further steps away. A poster that hangs in view is
read on every frame, and must not hide for ever what only a further step can read."""


@dataclass(frozen=True, slots=True)
class DecoderState:
    """What the station's page and its health record say about its eyes."""

    fallback_available: bool
    restarts: int
    away: bool


class Decoder:
    """``async with Decoder() as decoder: decoded = await decoder.decode(frame)``, one at a time."""

    def __init__(self, *, first_limit_s: float = 1.0, further_limit_s: float = 3.0) -> None:
        self._first = ChildReader(limit_s=first_limit_s)
        self._further = ChildReader(limit_s=further_limit_s, niceness=5)
        self._gate = MotionGate()
        self._turns = Turns(FURTHER_STEPS)
        self._standing = CodesInView(leaves_after=NEW_FOR, counts_again_after=timedelta(0))
        self._new_at: datetime | None = None
        self._look: asyncio.Task[StepReading] | None = None
        self._still: tuple[Pixels, Decoded] | None = None
        self._is_away = False

    async def __aenter__(self) -> Self:
        for reader in (self._first, self._further):
            with contextlib.suppress(ReadingFailed):  # tried again, and said, at the first frame
                await reader.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._look is not None:
            self._look.cancel()
            await asyncio.gather(self._look, return_exceptions=True)
        await self._first.__aexit__(kind, exc, trace)
        await self._further.__aexit__(kind, exc, trace)

    @property
    def state(self) -> DecoderState:
        restarts = self._first.restarts + self._further.restarts
        return DecoderState(self._further.fallback_available, restarts, self._is_away)

    @property
    def child_pids(self) -> tuple[int | None, int | None]:
        """The children's process ids: that of the first step, that of the further ones."""
        return self._first.pid, self._further.pid

    async def decode(self, frame: Frame) -> Decoded:
        """What is known after ``frame``. Never raises for what a picture holds or does.

        For a still picture the further steps are waited for, and the same picture shown again is
        answered from memory. For a moving one they are not: their codes come with a later frame
        and carry the number of their own.
        """
        if frame.pixels.size == 0:
            return Decoded()
        if self._still is not None and self._still[0] is frame.pixels:
            return self._still[1]
        started = time.perf_counter()
        decoded = await self._looked_at(frame)
        elapsed_ms = 1000 * (time.perf_counter() - started)
        decoded = replace(decoded, elapsed_ms=elapsed_ms)
        self._still = (frame.pixels, decoded) if frame.is_still and decoded.failure is None else None
        return decoded

    async def _looked_at(self, frame: Frame) -> Decoded:
        gray = gray_of(frame.pixels)
        small = shrunk(gray)
        self._gate.look(small, frame.taken_at)
        try:
            first = await self._first_look(gray, is_still=frame.is_still)
        except ReadingFailed as failed:
            return self._failed(failed.failure)
        self._back()
        more = await self._more_of_still(gray, first) if frame.is_still else self._more(gray, first, frame)
        codes = _without_repeats((*first.codes, *more.codes), frame.number)
        hints = unanswered(first.hints, codes)
        if not codes and (hint := whole_picture_hint(small)) is not None:
            hints = (*hints, hint)
        return Decoded(codes, hints, step=codes[0].step if codes else None)

    async def _first_look(self, gray: Gray, *, is_still: bool) -> StepReading:
        """A still picture is tried twice: no next frame makes up for a child that was ended."""
        try:
            return await self._first.read(gray, Step.FIRST)
        except ReadingFailed as failed:
            if not is_still or failed.failure not in (Failure.TIME_LIMIT, Failure.DECODER_DIED):
                raise
            self._failed(failed.failure)
        return await self._first.read(gray, Step.FIRST)

    async def _more_of_still(self, gray: Gray, first: StepReading) -> StepReading:
        """Every further step until one reads something: the picture will not get better."""
        if first.codes and not first.hints:
            return StepReading()
        rest = hidden(gray, first.codes)
        for step in FURTHER_STEPS:
            try:
                reading = await self._further.read(rest, step)
            except ReadingFailed as failed:
                self._failed(failed.failure)
                continue
            if reading.codes:
                return reading
        return StepReading()

    def _more(self, gray: Gray, first: StepReading, frame: Frame) -> StepReading:
        """What the last further look found, if it is over; begin the next when it is worth it."""
        if self._look is not None and not self._look.done():
            return StepReading()
        found = self._finished_look()
        if self._is_worth_more(first, frame.taken_at):
            step = self._turns.take(self._gate, frame.taken_at)
            if step is not None:
                rest = hidden(gray, first.codes)
                self._look = asyncio.create_task(self._further_look(rest, step, frame.number))
        return found

    def _is_worth_more(self, first: StepReading, at: datetime) -> bool:
        if self._standing.fresh(first.codes, at):
            self._new_at = at
        is_new = self._new_at is not None and abs(at - self._new_at) <= NEW_FOR
        return not first.codes or not is_new

    async def _further_look(self, gray: Gray, step: Step, frame_number: int) -> StepReading:
        reading = await self._further.read(gray, step)
        return StepReading(codes=tuple(replace(c, frame_number=frame_number) for c in reading.codes))

    def _finished_look(self) -> StepReading:
        look, self._look = self._look, None
        if look is None:
            return StepReading()
        try:
            return look.result()
        except ReadingFailed as failed:
            self._failed(failed.failure)
            return StepReading()

    def _failed(self, failure: Failure) -> Decoded:
        if failure is Failure.DECODER_AWAY:
            if not self._is_away:  # once, not for every frame
                log.warning("the decoder does not start, frames go unread")
            self._is_away = True
        else:
            log.warning("a frame was not read to its end", extra={"reason": failure.value})
        return Decoded(failure=failure)

    def _back(self) -> None:
        if self._is_away:
            log.info("the decoder reads again")
        self._is_away = False


def gray_of(pixels: Pixels) -> Gray:
    """``pixels`` (H, W, 3; BGR) as (H, W)."""
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), dtype=np.uint8)


def hidden(gray: Gray, codes: Sequence[DecodedCode]) -> Gray:
    """``gray`` with ``codes`` painted over, so that a further step looks at what is left.

    pyzbar gives up a whole frame for one structured-append code; painted over, it cannot.
    """
    if not codes:
        return gray
    rest = gray.copy()
    for code in codes:
        cv2.fillConvexPoly(rest, np.array(code.corners, dtype=np.int32), float(gray.mean()))
    return rest


def _without_repeats(codes: Sequence[DecodedCode], frame_number: int) -> tuple[DecodedCode, ...]:
    """One code a text, the first step's before the others', each with the number of its frame."""
    by_text: dict[str, DecodedCode] = {}
    for code in codes:
        by_text.setdefault(code.text, replace(code, frame_number=code.frame_number or frame_number))
    return tuple(by_text.values())
