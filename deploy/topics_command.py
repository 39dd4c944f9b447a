"""``chotxanh topics``: makes the topics on a cluster, or says which ones a province needs."""

import argparse
import asyncio
import os
from collections.abc import Sequence

from deploy.demo.posts import POSTS
from deploy.parts.kafka import BOOTSTRAP_VARIABLE
from deploy.refusals import CannotStart
from deploy.topics import WantedTopic, ensure_topics, wanted


def main(arguments: Sequence[str]) -> int:
    given = _parser().parse_args(arguments)
    topics = wanted(given.post or [post["post_id"] for post in POSTS])
    if given.action == "list":
        _list(topics)
        return 0
    bootstrap = given.bootstrap or os.environ.get(BOOTSTRAP_VARIABLE)
    if not bootstrap:
        raise CannotStart(f"Say which cluster: --bootstrap HOST:PORT, or set {BOOTSTRAP_VARIABLE}.")
    made = asyncio.run(ensure_topics(bootstrap, topics, copies=given.copies))
    print(f"{len(made)} topics made, {len(topics) - len(made)} were there")
    return 0


def _list(topics: Sequence[WantedTopic]) -> None:
    for topic in topics:
        settings = ", ".join(f"{name}={value}" for name, value in sorted(topic.settings.items()))
        print(f"{topic.name:40} {topic.partitions} partitions, {settings}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chotxanh topics",
        description="Make every topic of the system on a Kafka cluster, or list them. Deletes nothing.",
    )
    parser.add_argument("action", choices=("make", "list"))
    parser.add_argument("--bootstrap", metavar="HOST:PORT", help=f"default: {BOOTSTRAP_VARIABLE}")
    parser.add_argument("--copies", type=int, default=1, help="replicas of each partition; 3 in production")
    parser.add_argument(
        "--post",
        action="append",
        metavar="POST",
        help="a post that has topics of its own; may be repeated (default: the four posts of Bến Tre)",
    )
    return parser
