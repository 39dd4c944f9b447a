"""A worker whose intake ends the process on records that carry a mark. Only tests run this file."""

import os
import sys

from stream_processors import worker
from stream_processors.intake import shell
from stream_processors.settings import settings_from

taken = shell.Intake.take_in


async def take_in(self, records):
    if any(b"POISON" in (record.value or b"") for record in records):
        if sys.argv[1] == "raises":
            raise ValueError("a bug")
        os._exit(9)
    return await taken(self, records)


shell.Intake.take_in = take_in
worker.run_worker(settings_from())
