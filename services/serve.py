"""Run the services: HTTP, intake, publisher, sequencer, live feed. What ends one of them ends the process.

The supervisor starts us again, and everything goes on from what is committed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from services.alerts import falling_due
from services.answers import log_bug, quiet
from services.app import make_app
from services.centre import Centre
from services.clock import Clock, SystemClock
from services.database.connection import Pool, is_away, open_pool
from services.database.listening import (
    FEED_PLACED,
    FEED_WRITTEN,
    OUTBOX_WRITTEN,
    TIMERS_CHANGED,
    Bells,
    listen_forever,
)
from services.feed.live import Live
from services.feed.sequencer import place_forever
from services.intake.batch import Batches
from services.intake.consumer import Intake
from services.keys import CentreKeys, read_keys
from services.outbox.publisher import Publisher
from services.pages.render import Pages
from services.passes.issuing_keys import IssuingKeys
from services.registry.names import PostNames
from services.registry.topics import TopicMaker
from services.settings import Settings
from services.timers.running import Timers

log = logging.getLogger(__name__)


async def serve(settings: Settings) -> None:
    """Until SIGTERM or SIGINT. Raises KeysMissing, FrontEndMissing before anything is started."""
    keys, pages = read_keys(settings.keys), Pages(settings.front_end)
    async with running(settings, keys, pages, SystemClock()) as centre:
        config = uvicorn.Config(
            quiet(make_app(centre)),
            host=settings.host,
            port=settings.port,
            access_log=False,  # addresses may carry what nobody should keep
            log_config=None,
            ssl_certfile=settings.tls_certificate,
            ssl_keyfile=settings.tls_key,
            timeout_graceful_shutdown=2,
        )
        log.info("serving", extra={"host": settings.host, "port": settings.port})
        await uvicorn.Server(config).serve()


@asynccontextmanager
async def running(settings: Settings, keys: CentreKeys, pages: Pages, clock: Clock) -> AsyncIterator[Centre]:
    """The centre with everything that runs behind the pages."""
    pool = await _pool(settings.database_url)
    bells = Bells()
    live = Live(pool, bells[FEED_PLACED])
    bootstrap = settings.kafka_bootstrap
    publisher = Publisher(settings.database_url, bootstrap, keys.signer, clock, bells[OUTBOX_WRITTEN])
    intake = Intake(bootstrap, settings.group, Batches(pool, keys), clock)
    works = (
        listen_forever(settings.database_url, bells),
        place_forever(pool, bells[FEED_WRITTEN]),
        live.run(),
        publisher.run(),
        intake.run(),
        Timers(pool, bells[TIMERS_CHANGED], clock, falling_due.HANDLERS).run(),
    )
    tasks = [asyncio.create_task(_ends_the_process_on_a_bug(work)) for work in works]
    try:
        issuing = IssuingKeys(settings.issuers, settings.keys / "centre" / "passes.json")
        yield Centre(
            pool,
            keys,
            clock,
            live,
            pages,
            TopicMaker(bootstrap),
            PostNames(pool),
            issuing,
            reachable={"broker": lambda: intake.reachable and publisher.reachable},
            since=clock.now(),
        )
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(pool.close(), 5)


async def _pool(url: str, *, retry_s: float = 1.0) -> Pool:
    """Waits for a database that is away; says so once."""
    said = False
    while True:
        try:
            return await open_pool(url)
        except Exception as exc:
            if not is_away(exc):
                raise
            if not said:
                log.warning("the database is out of reach, waiting for it")
            said = True
            await asyncio.sleep(retry_s)


async def _ends_the_process_on_a_bug(work: Coroutine[Any, Any, None]) -> None:
    """A program that goes on with a part of it dead looks well and is not.

    A cancellation that nobody asked for is such a death too: a library's stop can raise one out of turn.
    """
    try:
        await work
    except asyncio.CancelledError as exc:
        this = asyncio.current_task()
        if this is None or this.cancelling():
            raise
        log_bug(exc)
    except Exception as exc:
        log_bug(exc)
    else:
        return
    logging.shutdown()
    os._exit(os.EX_SOFTWARE)
