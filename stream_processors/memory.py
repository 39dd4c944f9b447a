"""Leaves what lives as long as the process out of every look for garbage."""

from __future__ import annotations

import gc


def settle() -> None:
    """Called once, when everything that stays is there.

    A batch makes tens of thousands of values and no rings of them. By Python's own thresholds all that was ever
    imported was looked through several times a batch, a quarter of the time. Of each ten thousand, every one still
belonged to a batch at work: to look at them took 7 ms, ten times a second. When four full batches are gone, so are
their values; a hundred thousand that are left are worth a look.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
