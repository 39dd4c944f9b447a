"""Why a code stops half-way along the chain: the pass is at fault, or we are.

    PassStopped
     ├─ PassRejected    the pass is at fault: nothing of it is believed
     └─ PassUnchecked   we are at fault: an old list, an unknown key

Raised and caught inside ``schemas.passes`` only; whoever reads a pass gets a PassReading.
"""

from __future__ import annotations

from schemas.passes.kinds import ReadingReason, Step


class PassStopped(Exception):
    """The chain stopped at step ``at`` for ``reason``. Never carries any of the pass's content."""

    def __init__(self, at: Step, reason: ReadingReason) -> None:
        super().__init__(at, reason)
        self.at = at
        self.reason = reason

    @property
    def passed(self) -> Step | None:
        """The last step that the code did pass."""
        return step_before(self.at)


class PassRejected(PassStopped):
    """The pass is at fault."""


class PassUnchecked(PassStopped):
    """We are at fault: the pass may well be genuine."""


_STEPS = tuple(Step)


def step_before(step: Step) -> Step | None:
    place = _STEPS.index(step)
    return _STEPS[place - 1] if place else None
