"""The judge on Quix Streams: records gathered by a sink, handled when its checkpoint commits.

What Quix gives: consumer, checkpoint, commit after the sink. What it cannot give here: its state is kept by
partition, and a crossing's neighbours (by vehicle, person and pass at once) lie in all of them, so the same
SQL finds them; its producer sends row by row and ahead of the sink, so the same sender sends; it knows no
await, so the sink runs a loop of its own while Quix stands still.
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime
from typing import Any

import uvloop

from stream_processors.intake.records import RawRecord
from stream_processors.intake.shell import TOPICS
from stream_processors.logs import set_up_logging
from stream_processors.opening import Shell, open_shell
from stream_processors.settings import ProcessorSettings, needed, settings_from

AT_LEAST_EVERY_S = 0.05
"""Of time it spends most in the sink: shorter than this it never fills a batch."""
TOPICS_SIDE_BY_SIDE = {"queued.min.messages": 500, "max.partition.fetch.bytes": 131_072}
"""By default it reads one topic far ahead of the other, and judges each crossing again when its decision comes."""


def judge_for_ever(settings: ProcessorSettings, group: str) -> None:
    from quixstreams import Application
    from quixstreams.sinks.base import BaseSink

    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    shell = loop.run_until_complete(open_shell(settings))

    class JudgeSink(BaseSink):  # type: ignore[misc]
        """A batch is what came between two checkpoints."""

        def __init__(self) -> None:
            super().__init__()
            self._records: list[RawRecord] = []

        def add(
            self, value: Any, key: Any, timestamp: int, headers: Any, topic: str, partition: int, offset: int
        ) -> None:
            at = datetime.fromtimestamp(timestamp / 1000, UTC)
            self._records.append(RawRecord(topic, partition, offset, key, value, tuple(headers or ()), at))

        def flush(self) -> None:
            records, self._records = self._records, []
            loop.run_until_complete(_handle(shell, records))

    application = Application(
        broker_address=settings.kafka_bootstrap,
        consumer_group=group,
        auto_offset_reset="earliest",
        auto_create_topics=False,
        commit_every=settings.batch,
        commit_interval=AT_LEAST_EVERY_S,
        consumer_poll_timeout=AT_LEAST_EVERY_S,
        consumer_extra_config=TOPICS_SIDE_BY_SIDE,
        loglevel="WARNING",
    )
    sink = JudgeSink()
    for name in TOPICS:
        raw = application.topic(name, key_deserializer="bytes", value_deserializer="bytes")
        application.dataframe(raw).sink(sink)
    application.run()


async def _handle(shell: Shell, records: list[RawRecord]) -> None:
    await shell.batches.handle(records)


if __name__ == "__main__":
    # Behind ours: both then use the same pydantic, though Quix asks for an older one.
    sys.path.append(needed(os.environ, "CHOTXANH_BENCH_QUIX"))
    set_up_logging()
    judge_for_ever(settings_from(), needed(os.environ, "CHOTXANH_BENCH_GROUP"))
