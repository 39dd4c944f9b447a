"""Serves the page on loopback beside the station's loops, and ends both cleanly. Logs no request."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Iterator
from types import FrameType

import uvicorn
from fastapi import FastAPI
from fastapi.responses import JSONResponse, PlainTextResponse

from checkpoint_agent.identity import Identity
from checkpoint_agent.outbox import OutboxTrouble
from checkpoint_agent.page.app import station_app
from checkpoint_agent.page.catalogue import words
from checkpoint_agent.settings import StationSettings
from checkpoint_agent.station import Station

log = logging.getLogger(__name__)


class PageServer(uvicorn.Server):
    """Leaves the signals to us."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.should_exit = True


def a_server(app: FastAPI, settings: StationSettings) -> PageServer:
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        # A line a request would hold nothing personal, but it would hold everything else.
        access_log=False,
        log_config=None,
        lifespan="off",
        timeout_graceful_shutdown=2,
        server_header=False,
    )
    return PageServer(config)


async def run_station(settings: StationSettings, identity: Identity) -> None:
    """Until SIGTERM or SIGINT. Raises what is a bug; trouble with the disk is shown, not died of."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    try:
        station = Station(settings, identity)
    except OutboxTrouble as exc:
        log.error("the station's file cannot be used, nothing can be written", extra={"error": exc.code})
        await _until(stop, _serve(a_server(trouble_app(exc), settings)))
        return
    try:
        server = a_server(station_app(station), settings)
        await _until(stop, station.run(), _serve(server))
    finally:
        station.database.close()


async def _serve(server: PageServer) -> None:
    try:
        await server.serve()
    except asyncio.CancelledError:
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError, TimeoutError):
            await asyncio.wait_for(server.shutdown(), 3)
        raise


async def _until(stop: asyncio.Event, *works: object) -> None:
    """Run ``works`` until ``stop``; the first that fails ends them all and is raised."""
    tasks = [asyncio.ensure_future(work) for work in works]  # type: ignore[call-overload]
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
    failed = [task for task in tasks if task.done() and not task.cancelled() and task.exception()]
    for task in [*tasks, stopping]:
        task.cancel()
    await asyncio.gather(*tasks, stopping, return_exceptions=True)
    for task in failed:
        task.result()
    if not stop.is_set():
        raise RuntimeError("a part of the station ended by itself")


def trouble_app(trouble: OutboxTrouble) -> FastAPI:
    """All that can be done without the file: say so, clearly, at the page and to whoever asks for our health."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    said = words(trouble.code)

    @app.get("/health")
    async def health() -> JSONResponse:
        return JSONResponse({"program": "station", "live": True, "ready": False, "trouble": trouble.code}, 503)

    @app.get("/{rest:path}")
    async def page(rest: str) -> PlainTextResponse:
        return PlainTextResponse(f"{said.vi}\n{said.en}\n{trouble.code}\n", 503)

    return app
