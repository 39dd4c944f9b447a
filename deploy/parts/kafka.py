"""One real Kafka broker (KRaft) on 127.0.0.1, its data in our folder. Creates no topic, and lets nobody create one
by using it.

``CHOTXANH_KAFKA_BOOTSTRAP`` set: that cluster is used and none is started.
"""

import asyncio
import logging
import os
import secrets
import shutil
import subprocess
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.checks import free_port, require_free_port
from deploy.child_process import ChildSpec, NotReadyYet
from deploy.home import Home
from deploy.parts.java import find_java, fingerprint, using_archive
from deploy.parts.kafka_jars import ensure_kafka_jars
from deploy.refusals import CannotStart

BOOTSTRAP_VARIABLE = "CHOTXANH_KAFKA_BOOTSTRAP"
JVM = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError")
FORMAT_WITHIN_S = 60


@dataclass(frozen=True)
class KafkaBroker:
    """A broker that can be started as often as wanted on the same data."""

    java: Path
    jars: Path
    data: Path
    run: Path
    logs: Path
    port: int
    classes: Path
    """Where its classes are in one file, if there is one (kafka_classes.py)."""

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    def spec(self, *, jvm: Sequence[str] = ()) -> ChildSpec:
        """The broker as a child process; formats its storage before the first start. ``jvm``: more for the JVM."""
        return ChildSpec(
            name="kafka",
            command=(*self._java("kafka.Kafka", *jvm), str(self._properties)),
            ready=lambda: answers_metadata(self.bootstrap),
            before_start=self.prepare,
            stop_within_s=20,
        )

    def prepare(self) -> None:
        require_free_port(self.port, "Kafka")
        for folder in (self.data.parent, self.run, self.logs):
            folder.mkdir(parents=True, exist_ok=True)
        self._log_settings.write_text(_LOG4J2)
        if not (self.data / "meta.properties").exists():
            self._format()
        # A new port for the controller each time: nothing remembers it.
        self._properties.write_text(_properties(self.data, self.port, free_port()))

    def _format(self) -> None:
        """Under another name first, so that an interrupted one leaves nothing half-made."""
        unfinished = self.data.with_name(f"{self.data.name}.unfinished")
        for folder in (unfinished, self.data):
            shutil.rmtree(folder, ignore_errors=True)
        settings = self.run / "kafka-format.properties"
        settings.write_text(_properties(unfinished, self.port, free_port()))
        said = subprocess.run(
            [
                *self._java("kafka.tools.StorageTool"),
                "format",
                "-t",
                cluster_id(secrets.token_bytes(16)),
                "-c",
                str(settings),
            ],
            capture_output=True,
            text=True,
            timeout=FORMAT_WITHIN_S,
        )
        if said.returncode != 0:
            raise CannotStart(f"Kafka's storage could not be formatted: {said.stderr.strip()[-500:]}")
        unfinished.rename(self.data)

    def _java(self, main_class: str, *more: str) -> tuple[str, ...]:
        log4j2 = (
            f"-Dlog4j2.configurationFile={self._log_settings}",
            f"-Dchotxanh.logs={self.logs}",
        )
        jvm = (*JVM, *using_archive(self.java, self.classes), *more)
        return (str(self.java), *jvm, *log4j2, "-cp", f"{self.jars}/*", main_class)

    @property
    def _properties(self) -> Path:
        return self.run / "kafka.properties"

    @property
    def _log_settings(self) -> Path:
        return self.run / "kafka-log4j2.xml"


def own_broker(home: Home, *, port: int) -> KafkaBroker:
    """Everything that the broker needs, fetched and checked. May take half a minute the first time."""
    java = find_java()
    jars = ensure_kafka_jars(home).resolve()  # one path for all homes that share them, as the JVM compares it
    classes = home.cache / f"kafka-classes-{fingerprint(java, jars)}"
    return KafkaBroker(java, jars, home.data / "kafka", home.run, home.logs, port, classes)


def given_bootstrap() -> str | None:
    return os.environ.get(BOOTSTRAP_VARIABLE) or None


async def require_cluster(bootstrap: str, *, within_s: float = 10.0) -> None:
    """The cluster that we were given answers."""
    try:
        async with asyncio.timeout(within_s):
            await answers_metadata(bootstrap)
    except Exception as exc:
        raise CannotStart(
            f"No Kafka answers at {bootstrap} ({type(exc).__name__}), as {BOOTSTRAP_VARIABLE} says."
        ) from exc


async def answers_metadata(bootstrap: str) -> None:
    """Returns when a real metadata request is answered with a broker; raises otherwise."""
    from aiokafka.client import AIOKafkaClient

    # While the broker is away it would fill the screen.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    client = AIOKafkaClient(bootstrap_servers=bootstrap, request_timeout_ms=5000)
    try:
        await client.bootstrap()
        if not client.cluster.brokers():
            raise NotReadyYet
    finally:
        await client.close()


def cluster_id(random: bytes) -> str:
    """Kafka's way to write 16 random bytes. Never begins with "-", which its tool would take for an option."""
    return urlsafe_b64encode(bytes([random[0] & 0x7F]) + random[1:]).decode().rstrip("=")


def _properties(data: Path, port: int, controller_port: int) -> str:
    return _PROPERTIES.format(data=data, port=port, controller_port=controller_port)


_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs={data}
# Topics are made by us, never by a typing error.
auto.create.topics.enable=false
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
# After a kill the controller refuses the broker until its old session is over (9 s unless told otherwise).
broker.session.timeout.ms=4000
broker.heartbeat.interval.ms=1000
"""

_LOG4J2 = """\
<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="error">
  <Appenders>
    <RollingFile name="file" fileName="${sys:chotxanh.logs}/kafka-broker.log"
                 filePattern="${sys:chotxanh.logs}/kafka-broker.log.%i">
      <PatternLayout pattern="%d{ISO8601} %p %m (%c)%n"/>
      <Policies><SizeBasedTriggeringPolicy size="10MB"/></Policies>
      <DefaultRolloverStrategy max="3"/>
    </RollingFile>
  </Appenders>
  <Loggers>
    <Root level="INFO"><AppenderRef ref="file"/></Root>
  </Loggers>
</Configuration>
"""
