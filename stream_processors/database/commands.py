"""SQL of what the services' people ask of the processors, once for each command: questions, and timers to try."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from schemas.events.operations import CommandGiven
from schemas.timers_to_try import TRY_AGAIN, timers_in
from stream_processors.database import questions, timers
from stream_processors.database.pool import Connection

log = logging.getLogger(__name__)


async def take(connection: Connection, commands: Sequence[CommandGiven]) -> None:
    """Runs inside the transaction that stores the commands, which are new."""
    await questions.take(connection, commands)
    for one in commands:
        if one.command == TRY_AGAIN:
            tried = await timers.try_these_again(connection, timers_in(one.arguments))
            log.warning("timers that were put aside are tried again", extra={"timers": tried})
