"""Stopping for good: what starting again does not mend, and a person must look at."""

from __future__ import annotations


class NeedsAPerson(Exception):
    """The worker ends with status 78 (EX_CONFIG), which supervisors do not answer with another start.

    ``message`` is constant; ``facts`` are codes and numbers, and name nobody.
    """

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message)
        self.message, self.facts = message, facts


class RulesTooNew(NeedsAPerson):
    """The centre signed a policy that this program cannot read: what it would say is not what is in force.

    Workers of a newer version go on, and get its partitions.
    """

    def __init__(self, detail: str | None) -> None:
        super().__init__("a policy of the centre cannot be read by this version: stopping", detail=detail)
