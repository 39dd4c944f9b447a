"""``chotxanh up``: starts PostgreSQL and Kafka, says where they are, and stops them at Ctrl-C."""

import argparse
import asyncio
from collections.abc import Sequence

from deploy.checks import only_run_on, prepare
from deploy.home import Home, home_from_environment
from deploy.parts.beside_us import KAFKA_PORT, start_parts
from deploy.parts.fetch import fetch_all
from deploy.parts.progress import say
from deploy.stop_signals import stop_requested
from deploy.supervisor import Supervisor


def main(arguments: Sequence[str]) -> int:
    given = _parser().parse_args(arguments)
    home = home_from_environment()
    prepare(home)
    with only_run_on(home):
        fetch_all(home)
        return asyncio.run(_run(home, kafka_port=given.kafka_port))


async def _run(home: Home, *, kafka_port: int) -> int:
    with stop_requested() as stop:
        async with Supervisor(logs=home.logs, say=say) as supervisor:
            starting = asyncio.create_task(start_parts(supervisor, home, kafka_port=kafka_port))
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not starting.done():
                starting.cancel()
                return 130
            parts = starting.result()
            say(f"PostgreSQL and Kafka ({parts.kafka_bootstrap}) are ready; Ctrl-C stops them")
            await stopping
            say("stopping")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="chotxanh up", description=__doc__)
    parser.add_argument(
        "--kafka-port", type=int, default=KAFKA_PORT, metavar="PORT", help="default: %(default)s; 0: any free one"
    )
    return parser
