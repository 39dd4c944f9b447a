"""Kafka's classes in one file that a JVM maps: to load and check them one by one is half of a start.

Made at set-up by a broker that starts on empty folders and stops again. Whether the file fits, a JVM finds out by
itself (its own build, the same jars); where it does not, or there is none, a start takes longer and is the same.
"""

import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path

from deploy.checks import free_port
from deploy.home import Home
from deploy.parts.java import making_archive
from deploy.parts.kafka import KafkaBroker, own_broker
from deploy.parts.progress import say
from deploy.refusals import CannotStart
from deploy.supervisor import Supervisor

WRITTEN_WITHIN_S = 60.0


def ensure_kafka_classes(home: Home) -> None:
    """Make the file unless it is there. Where this Java can make none, an empty one says so."""
    broker = own_broker(home, port=free_port())
    if broker.classes.exists():
        return
    say("making one file of Kafka's classes, with which it starts in half the time")
    try:
        with tempfile.TemporaryDirectory(dir=home.cache, prefix="unfinished-") as temporary:
            made = asyncio.run(_make(broker, Path(temporary)))
            for old in home.cache.glob("kafka-classes-*"):
                old.unlink(missing_ok=True)
            made.rename(broker.classes)  # at once: brokers may be starting beside us
    except (OSError, CannotStart) as exc:
        say(f"none could be made ({type(exc).__name__}): Kafka starts without")


async def _make(broker: KafkaBroker, folder: Path) -> Path:
    """Written by the JVM when it ends, if it can at all."""
    made = folder / "classes"
    untrained = replace(broker, data=folder / "kafka", run=folder, logs=folder, classes=made)
    untrained.prepare()
    spec = untrained.spec(jvm=making_archive(broker.java, made))
    async with Supervisor(logs=folder, say=lambda _: None) as supervisor:
        await supervisor.start(replace(spec, stop_within_s=WRITTEN_WITHIN_S))
    made.touch()
    return made
