"""How a process that answers a question lives: nicer than anything live, and no longer than whoever started it."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
from collections.abc import Mapping

NICENESS = 10
_DIE_WITH_PARENT = 1
_NEEDED = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG", "PGSSLROOTCERT")


def handed_down(ours: Mapping[str, str]) -> dict[str, str]:
    """Of our environment, what a child is given beside what it is started for. No keys are among it."""
    return {name: ours[name] for name in _NEEDED if name in ours}


def settle_for_a_question() -> None:
    """Values by the million, none of them in a cycle: looking for cycles among them takes a tenth of the run."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def tied_to(parent: int) -> bool:
    """Ask the kernel to end us with our parent; False when it is gone already."""
    ctypes.CDLL(None, use_errno=True).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    return os.getppid() == parent
