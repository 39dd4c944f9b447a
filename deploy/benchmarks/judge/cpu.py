"""CPU seconds of a process and all that it started, from /proc: on a busy machine they say more than a clock."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def cpu_s(*pids: int) -> float:
    """Of the processes, their living descendants, and children that have ended."""
    ticks, children = _all()
    waiting, total = list(pids), 0
    while waiting:
        pid = waiting.pop()
        total += ticks.get(pid, 0)
        waiting += children[pid]
    return total * TICK_S


def _all() -> tuple[dict[int, int], dict[int, list[int]]]:
    ticks: dict[int, int] = {}
    children: dict[int, list[int]] = defaultdict(list)
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = path.read_text()
        except OSError:  # it ended
            continue
        pid, parent, used = parsed(text)
        ticks[pid] = used
        children[parent].append(pid)
    return ticks, children


def parsed(stat: str) -> tuple[int, int, int]:
    """Process, parent, and ticks in user and kernel, its ended children's included (proc(5))."""
    head, _, tail = stat.rpartition(")")  # a command's name may hold blanks and brackets
    fields = tail.split()
    return int(head.split("(", 1)[0]), int(fields[1]), sum(int(each) for each in fields[11:15])
