"""The judge on a bare aiokafka loop: fetch, handle, commit, again. What Faust is measured beside.

It has nothing else that a worker has: no rounds for missing numbers, no what-ifs, no watchdog, no second agent.
"""

from __future__ import annotations

import os

import uvloop
from aiokafka import AIOKafkaConsumer

from stream_processors.intake.shell import TOPICS
from stream_processors.logs import set_up_logging
from stream_processors.opening import open_shell, record_of
from stream_processors.settings import ProcessorSettings, needed, settings_from

WITHIN_MS = 5


async def judge_for_ever(settings: ProcessorSettings, group: str) -> None:
    shell = await open_shell(settings)
    consumer = AIOKafkaConsumer(
        *TOPICS,
        bootstrap_servers=settings.kafka_bootstrap,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        while True:
            found = await consumer.getmany(timeout_ms=WITHIN_MS, max_records=settings.batch)
            records = [record_of(message) for messages in found.values() for message in messages]
            if records:
                await shell.batches.handle(records)
                await consumer.commit()
    finally:
        await consumer.stop()
        await shell.close()


if __name__ == "__main__":
    set_up_logging()
    uvloop.run(judge_for_ever(settings_from(), needed(os.environ, "CHOTXANH_BENCH_GROUP")))
