"""Ends the process groups of a supervisor that was killed. Started by it, told of each group, else idle.

The kernel's death signal (launcher.py) reaches only the supervisor's own children; this reaches
theirs as well, and those that do not listen. On its standard input: ``+ GROUP SIGNAL`` for a group
that began, ``- GROUP`` for one that ended. The end of the input is the end of the supervisor.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterable, Mapping

PATIENCE_S = 10.0
LOOK_EVERY_S = 0.1


def groups_left(lines: Iterable[str]) -> dict[int, int]:
    """The groups that began and did not end, oldest first, each with its stop signal."""
    left: dict[int, int] = {}
    for line in lines:
        sign, group, *stop_signal = line.split()
        if sign == "+":
            left[int(group)] = int(stop_signal[0])
        else:
            left.pop(int(group), None)
    return left


def end(groups: Mapping[int, int], *, patience_s: float = PATIENCE_S) -> None:
    """Ask each group to stop, and kill what is still there after ``patience_s``."""
    for group, stop_signal in reversed(list(groups.items())):
        _signal(group, stop_signal)
    give_up_at = time.monotonic() + patience_s
    while any(_signal(group, 0) for group in groups) and time.monotonic() < give_up_at:
        time.sleep(LOOK_EVERY_S)
    for group in groups:
        _signal(group, signal.SIGKILL)


def _signal(group: int, number: int) -> bool:
    """False when no process of ``group`` is left."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)
        return True
    return False


def main() -> None:
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)  # the supervisor's end is what ends us
    end(groups_left(sys.stdin))


if __name__ == "__main__":
    main()
