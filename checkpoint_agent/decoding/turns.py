"""Whose turn it is among the further steps: one a frame, a round while something moves or every 2 s."""

from __future__ import annotations

from datetime import datetime

from checkpoint_agent.decoding.codes import Step
from checkpoint_agent.decoding.motion import MotionGate


class Turns:
    """A round of ``steps``, begun when the gate allows it and always gone through to its end."""

    def __init__(self, steps: tuple[Step, ...]) -> None:
        self._steps = steps
        self._left: tuple[Step, ...] = ()

    def take(self, gate: MotionGate, at: datetime) -> Step | None:
        """The step for a frame in which the first step found nothing new, or None."""
        if not self._left and (gate.is_open(at) or gate.is_due(at)):
            gate.note_round(at)
            self._left = self._steps
        if not self._left:
            return None
        step, *rest = self._left
        self._left = tuple(rest)
        return step
