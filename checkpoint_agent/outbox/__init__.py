"""What the station wrote down and has not lost: its one SQLite file, on the disk before anybody says "written"."""

from checkpoint_agent.crossing.link import Link
from checkpoint_agent.outbox.crossings import CrossingRow, Crossings, Opening
from checkpoint_agent.outbox.database import Database, DiskFull, FileBroken, OutboxTrouble
from checkpoint_agent.outbox.records import KEPT_FOR, Head, Outbox, Waiting, Written

__all__ = [
    "KEPT_FOR",
    "CrossingRow",
    "Crossings",
    "Database",
    "DiskFull",
    "FileBroken",
    "Head",
    "Link",
    "Opening",
    "Outbox",
    "OutboxTrouble",
    "Waiting",
    "Written",
]
