"""What is done when the world is away: retried in place, said once. And how a bug ends the process.

The database or the broker being away is nobody's fault and passes. Anything else is ours and is loud.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import asyncpg
from aiokafka.errors import KafkaError

from stream_processors.seen import metrics
from stream_processors.stopping import NeedsAPerson, ends_if_told_to_stop

log = logging.getLogger(__name__)
T = TypeVar("T")

FIRST_WAIT_S = 0.05
LONGEST_WAIT_S = 5.0

COLLISIONS = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
"""Two workers met; the one that lost begins again."""

_DATABASE_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
    # What asyncpg says when a connection dies between two of its own steps (seen when a database was stopped
    # while the pool reset a connection).
    asyncpg.InternalClientError,
)


def database_is_away(exc: Exception) -> bool:
    """Not reachable, shutting down, starting up, full; a connection that was closed under our hands."""
    if isinstance(exc, asyncpg.InterfaceError):
        return "clos" in str(exc)
    return isinstance(exc, _DATABASE_AWAY)


async def in_place(name: str, action: Callable[[], Awaitable[T]]) -> T:
    """The action's value, however long the database is away; until we are told to stop. Any other exception is the
    caller's."""
    wait_s, away = FIRST_WAIT_S, False
    while True:
        try:
            value = await action()
        except COLLISIONS:
            ends_if_told_to_stop()
            log.info("collision in the database, tried again", extra={"work": name})
        except Exception as exc:
            if not database_is_away(exc):
                raise
            ends_if_told_to_stop()
            if not away:  # say it once, not every retry of a long night
                log.warning("the database is away, work waits", extra={"work": name, "error": type(exc).__name__})
            away = True
        else:
            if away:
                log.info("the database is back", extra={"work": name})
            return value
        metrics.RETRIES.labels(name).inc()
        await asyncio.sleep(wait_s)
        wait_s = min(wait_s * 2, LONGEST_WAIT_S)


@contextmanager
def ends_the_process_on_a_bug() -> Iterator[None]:
    """Stop the process, loudly, before anything later is acknowledged.

    Faust would restart the agent and go on behind the failed batch, losing it; ``app.crash`` hangs
    (ENGINE.md). The supervisor starts us again, and Kafka sends the batch again.
    """
    try:
        yield
    except NeedsAPerson as exc:
        log.critical(exc.message, extra={"facts": exc.facts})
        logging.shutdown()
        os._exit(os.EX_CONFIG)
    except Exception as exc:
        log.critical("a bug, not the world: stopping", exc_info=_without_values(exc))
        logging.shutdown()
        os._exit(os.EX_SOFTWARE)


def _without_values(exc: Exception) -> Exception:
    """The same traceback; a message could quote what stood in a record, so it is left out."""
    return RuntimeError(type(exc).__name__).with_traceback(exc.__traceback__)


def broker_is_away(exc: BaseException) -> bool:
    return isinstance(exc, KafkaError | OSError | TimeoutError)
