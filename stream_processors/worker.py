"""Runs one worker until it is told to stop."""

from __future__ import annotations

import asyncio
import sys

from stream_processors.broker import wait_for_broker
from stream_processors.keys import read_keys
from stream_processors.logs import set_up_logging
from stream_processors.settings import ProcessorSettings

TURN_S = 0.001
"""What wakes up waits so long for the interpreter, and not five times that: while the consumer's thread reads what
the broker sent, each of a batch's twenty answers of the database would wait for it."""


def run_worker(settings: ProcessorSettings) -> None:
    """Exits the process: 0 after SIGTERM or SIGINT, 70 on a bug. Raises what stops a start, with its reason."""
    import mode.loop

    mode.loop.use("uvloop")
    sys.setswitchinterval(TURN_S)
    read_keys(settings.keys)  # a missing key file is said before anything else begins
    set_up_logging(settings.name)
    asyncio.run(wait_for_broker(settings.kafka_bootstrap))
    from faust import Worker

    from stream_processors.app import Processors

    processors = Processors(settings)
    worker = Worker(
        processors.app,
        loglevel="WARNING",
        override_logging=False,
        redirect_stdouts=False,
        quiet=True,
        loop=asyncio.new_event_loop(),
    )
    worker.execute_from_commandline()
