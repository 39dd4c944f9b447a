"""Ctrl-C, ``kill`` and a closed terminal, as an event that can be waited for."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def stop_requested() -> Iterator[asyncio.Event]:
    """While inside, these signals set the event and do nothing else: stopping is in the hands of whoever waits."""
    loop = asyncio.get_running_loop()
    requested = asyncio.Event()
    for each in STOP_SIGNALS:
        loop.add_signal_handler(each, requested.set)
    try:
        yield requested
    finally:
        for each in STOP_SIGNALS:
            loop.remove_signal_handler(each)
