"""Stopping: because we were told to, or for good, where starting again does not mend it and a person must look."""

from __future__ import annotations

import asyncio


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


def ends_if_told_to_stop() -> None:
    """Raises CancelledError where the present task was cancelled, whatever it was caught from since.

    What is ended in the middle of a query may raise that its connection is gone, in place of the cancellation
    (seen when the pool was closed meanwhile). Whoever tries again then would do so for ever, and the worker would
    never end.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
