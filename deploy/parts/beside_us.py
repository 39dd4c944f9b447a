"""PostgreSQL and Kafka, ours or those we were given, ready to be used. Creates no table and no topic."""

from dataclasses import dataclass

from deploy.checks import free_port
from deploy.home import Home
from deploy.parts import kafka, postgres
from deploy.supervisor import Supervisor

KAFKA_PORT = 19092


@dataclass(frozen=True)
class Parts:
    database_url: str
    """May hold a password when it was given to us: hand it on in the environment, never print it."""
    kafka_bootstrap: str
    own_database: bool
    own_kafka: bool


async def start_parts(supervisor: Supervisor, home: Home, *, kafka_port: int = KAFKA_PORT) -> Parts:
    """Start what was not given, both side by side; returns when both answer. Raises CannotStart.

    They are stopped last, since what is started first is stopped last.
    """
    given_url, given_kafka = postgres.given_url(), kafka.given_bootstrap()
    server = None if given_url else postgres.own_server(home)
    broker = None if given_kafka else kafka.own_broker(home, port=kafka_port or free_port())
    begun = [supervisor.begin(each.spec()) for each in (server, broker) if each]
    for child in begun:
        await child.wait_until_ready()
    if given_url:
        await postgres.require_database(given_url)
    if given_kafka:
        await kafka.require_cluster(given_kafka)
    url = given_url or (await postgres.ensure_database(server) if server else "")
    bootstrap = given_kafka or (broker.bootstrap if broker else "")
    return Parts(url, bootstrap, own_database=server is not None, own_kafka=broker is not None)
