"""``/health``, open, tells how the station is; ``/metrics`` is for an officer's session or a device's key."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from checkpoint_agent.page.access import AtStation, may_look
from checkpoint_agent.station import Station
from schemas.bounded import instant_text

router = APIRouter(include_in_schema=False)


@router.get("/health")
async def health(station: AtStation) -> dict[str, Any]:
    """That the process lives. Trouble with the disk is told, and is no reason to be started again."""
    return {
        "program": "station",
        "name": station.identity.station_id,
        "live": True,
        "ready": True,
        "since": instant_text(station.since),
        "away": [] if station.reach.online else ["broker"],
        "trouble": station.lane.trouble.code if station.lane.trouble else None,
    }


@router.get("/metrics", dependencies=[Depends(may_look)])
async def metrics(station: AtStation) -> Response:
    return Response(await asyncio.to_thread(_text, station), media_type=CONTENT_TYPE_LATEST)


def _text(station: Station) -> bytes:
    """Read when asked for: a station has a handful of numbers, and all of them stand somewhere already."""
    registry = CollectorRegistry()
    for name, (says, value) in _numbers(station).items():
        Gauge(f"chotxanh_station_{name}", says, ["station"], registry=registry).labels(
            station.identity.station_id
        ).set(value)
    return generate_latest(registry)


def _numbers(station: Station) -> dict[str, tuple[str, float]]:
    decoder = station.decoder.state
    age, error = station.lists_age_s(), station.clock_error.in_ms()
    found: dict[str, tuple[str, float | None]] = {
        "online": ("1 while Kafka is in reach.", station.reach.online),
        "unsent_records": ("Records that Kafka does not have yet.", station.outbox.unsent()),
        "unsent_oldest_seconds": (
            "Since the oldest of them was written.",
            station.outbox.oldest_unsent_s(),
        ),
        "refused_records": ("Records that Kafka will never take.", station.outbox.refused_count()),
        "last_number": ("The newest number of the chain.", station.outbox.head().number),
        "lists_age_seconds": ("Since the centre was last heard to its end.", age),
        "clock_error_seconds": ("The most that the clock can be wrong.", None if error is None else error / 1000),
        "decoder_restarts": ("How often the decoder was started again.", decoder.restarts),
        "camera_online": ("1 while pictures come.", station.camera_state() == "online"),
        "trouble": ("1 while nothing can be written.", station.lane.trouble is not None),
    }
    return {name: (says, float(value)) for name, (says, value) in found.items() if value is not None}
