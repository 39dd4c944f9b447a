"""Writes records into the outbox of the folder in argv until it is killed. A line for each one on the disk."""

import sys
from pathlib import Path
from uuid import uuid4

from checkpoint_agent.clock import SystemClock
from checkpoint_agent.crossing.records import Desk, abandoned_id, abandoned_record
from checkpoint_agent.identity import read_identity
from checkpoint_agent.outbox import Crossings, Database, Outbox
from schemas.topics import CROSSINGS


def main() -> None:
    home = Path(sys.argv[1])
    clock, database = SystemClock(), Database(home)
    outbox = Outbox(database, read_identity(home / "keys.json"), clock)
    crossings, desk = Crossings(database), Desk("rach-mieu-1", "rach-mieu", 1, 1)
    while True:
        crossing_id, at = uuid4(), clock.now()
        opening = crossings.open(crossing_id, at)
        written = outbox.add(
            CROSSINGS,
            abandoned_id(crossing_id),
            lambda link, crossing_id=crossing_id, at=at, counter=opening.counter: abandoned_record(
                crossing_id,
                desk,
                link=link,
                opened_at=at,
                counter=counter,
                at=at,
                clock_error_ms=None,
                reason="OFFICER",
            ),
        )
        sys.stdout.write(f"{written.number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
