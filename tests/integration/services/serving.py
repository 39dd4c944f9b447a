"""The services as they really run, in this process: HTTP on a free port, intake, publisher, feed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from deploy.checks import free_port
from services.answers import quiet
from services.app import make_app
from services.centre import Centre
from services.clock import SystemClock
from services.keys import CentreKeys
from services.pages.render import Pages
from services.serve import running
from services.settings import Settings


@dataclass(frozen=True)
class Served:
    url: str
    centre: Centre


@asynccontextmanager
async def served(
    database_url: str, kafka_bootstrap: str, front_end: Path, keys: CentreKeys
) -> AsyncIterator[Served]:
    port = free_port()
    settings = Settings(kafka_bootstrap, database_url, Path("unused"), front_end, "127.0.0.1", port)
    async with running(settings, keys, Pages(front_end), SystemClock()) as centre:
        config = uvicorn.Config(
            quiet(make_app(centre)), port=port, access_log=False, log_config=None, timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        async with asyncio.timeout(10):
            while not server.started:  # noqa: ASYNC110  uvicorn tells it by nothing else
                await asyncio.sleep(0.02)
        try:
            yield Served(f"http://127.0.0.1:{port}", centre)
        finally:
            server.should_exit = True
            await serving
