"""Leaves what lives as long as the process out of every look for garbage."""

from __future__ import annotations

import gc


def settle() -> None:
    """Called once, when everything that stays is there.

    A batch makes tens of thousands of values and no rings of them. By Python's own thresholds all that was ever
    imported was looked through several times a batch, a quarter of the time. With a look at each ten thousand,
    nearly all still belonged to a batch at work: it took 7 ms, ten times a second. A hundred thousand are more
    than four full batches leave.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
