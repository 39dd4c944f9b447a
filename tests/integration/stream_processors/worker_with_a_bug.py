"""A worker that ends the process on records that carry a mark. Only tests run this file: HOW, and in which STEP.

``open`` is done ahead, while another batch is with the database; ``store`` is the first transaction.
"""

import os
import sys

from stream_processors import worker
from stream_processors.intake import shell
from stream_processors.settings import settings_from

how, step = sys.argv[1:]
done = getattr(shell.Intake, step)


def carries_the_mark(what):
    records = what if step == "open" else [one.record for one, _ in what]
    return any(b"POISON" in (record.value or b"") for record in records)


async def do(self, what, *more):
    if carries_the_mark(what):
        if how == "raises":
            raise ValueError("a bug")
        os._exit(9)
    return await done(self, what, *more)


setattr(shell.Intake, step, do)
worker.run_worker(settings_from())
