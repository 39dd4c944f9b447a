"""Being woken by PostgreSQL. One connection listens; whoever waits is also woken when it was lost.

A wake-up says "look again", never what happened: one too many does no harm, one too few must not happen.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging

from services.database.connection import Connection, connect, is_away

log = logging.getLogger(__name__)

FEED_WRITTEN = "services_feed_written"
"""A row of the feed was committed and has no position yet."""
FEED_PLACED = "services_feed_placed"
"""Rows of the feed have a position now."""
OUTBOX_WRITTEN = "services_outbox_written"
TIMERS_CHANGED = "services_timers_changed"

CHANNELS = (FEED_WRITTEN, FEED_PLACED, OUTBOX_WRITTEN, TIMERS_CHANGED)


class Bell:
    """Rings for everyone who waits. A ring before the waiting began is not lost to ``after``."""

    def __init__(self) -> None:
        self.rings = 0
        self._changed = asyncio.Event()

    def ring(self) -> None:
        self.rings += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def after(self, rings: int, *, at_most_s: float) -> None:
        """Return when it rang since ``rings`` was read, or after ``at_most_s``."""
        if self.rings != rings:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), at_most_s)


class Bells:
    """One bell a channel."""

    def __init__(self) -> None:
        self._bells = {channel: Bell() for channel in CHANNELS}

    def __getitem__(self, channel: str) -> Bell:
        return self._bells[channel]

    def ring_all(self) -> None:
        for bell in self._bells.values():
            bell.ring()


async def ring(conn: Connection, channel: str) -> None:
    """Wake the listeners of every process when the caller's transaction is committed."""
    await conn.execute("SELECT pg_notify($1, '')", channel)


async def listen_forever(url: str, bells: Bells, *, retry_s: float = 1.0) -> None:
    """Ring the bells as PostgreSQL notifies; while it is away, keep trying and say so once."""
    reachable = True
    while True:
        try:
            await _listen(url, bells)
        except Exception as exc:
            if not is_away(exc):
                raise
        if reachable:
            log.warning("the database cannot be listened to; trying again")
        reachable = False
        await asyncio.sleep(retry_s)
        with contextlib.suppress(Exception):
            probe = await connect(url)
            await probe.close()
            reachable = True
            log.info("the database can be listened to again")


async def _listen(url: str, bells: Bells) -> None:
    """Until the connection is lost."""
    connection = await connect(url)
    lost = asyncio.Event()
    try:
        connection.add_termination_listener(lambda _: lost.set())
        for channel in CHANNELS:
            await connection.add_listener(channel, lambda _conn, _pid, name, _text: bells[name].ring())
        bells.ring_all()  # whatever was said while nobody listened
        await lost.wait()
    finally:
        connection.terminate()
