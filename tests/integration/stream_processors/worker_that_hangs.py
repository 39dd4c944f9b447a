"""A worker whose intake never comes back from records that carry a mark. Only tests run this file."""

import asyncio
import sys
import time

from stream_processors import worker
from stream_processors.intake import shell
from stream_processors.settings import settings_from

opened = shell.Intake.open


async def open_(self, records, *more):
    if any(b"HANG" in (record.value or b"") for record in records):
        if sys.argv[1] == "blocks":
            time.sleep(600)  # noqa: ASYNC251
        await asyncio.Event().wait()
    return await opened(self, records, *more)


shell.Intake.open = open_
worker.run_worker(settings_from())
