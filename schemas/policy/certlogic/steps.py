"""How many steps an evaluation may still take.

Only what repeats or searches is counted: everything else is bounded by the size of the rule.
"""

from __future__ import annotations

from schemas.policy.certlogic.errors import TooManySteps


class Steps:
    """What is left of them. Belongs to one evaluation."""

    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        self.left = left

    def spend(self, steps: int) -> None:
        """Raises TooManySteps."""
        self.left -= steps
        if self.left < 0:
            raise TooManySteps
