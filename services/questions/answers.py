"""Whose answer it is that came: a what-if's, a replay's, or nobody's here."""

from __future__ import annotations

from schemas.events.operations import CommandAnswered
from services.database.connection import Connection
from services.questions import store
from services.replay.store import REPLAYS
from services.whatif.store import WHATIFS


async def take_answer(conn: Connection, event: CommandAnswered) -> None:
    """Nothing for another kind of command, or one asked for before this database was lost. Raises Unreadable."""
    if not await store.take_answer(conn, WHATIFS, event):
        await store.take_answer(conn, REPLAYS, event)
