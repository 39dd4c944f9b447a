"""Fetches all that is fetched, before anything starts: so a missing network stops a start while nothing runs. And
makes what is made once from what was fetched."""

import sys

from deploy.checks import prepare
from deploy.home import Home, home_from_environment
from deploy.parts.front_end import ensure_front_end
from deploy.parts.kafka import given_bootstrap
from deploy.parts.kafka_classes import ensure_kafka_classes
from deploy.refusals import CannotStart


def fetch_all(home: Home) -> None:
    """Quick when it is all there. Raises CannotStart. A Kafka that was given needs neither Java nor jars."""
    ensure_front_end(home)
    if not given_bootstrap():
        ensure_kafka_classes(home)


def main() -> int:
    home = home_from_environment()
    try:
        prepare(home)
        fetch_all(home)
    except CannotStart as refusal:
        print(f"✗ {refusal}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
