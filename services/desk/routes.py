"""The read-only desk: one page, and the same as JSON for whoever counts."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from schemas.bounded import instant_text
from services.accounts.caller import DeskReader
from services.centre import Centre
from services.database.connection import Conn
from services.desk import store

router = APIRouter()


async def _everything(conn: Any) -> dict[str, list[Any]]:
    return {
        "dead_letters": await store.dead_letters(conn),
        "conflicts": await store.conflicts(conn),
        "gaps": await store.gaps(conn),
        "refused_stations": await store.refused_stations(conn),
        "station_health": await store.station_health(conn),
        "refused_events": await store.refused_events(conn),
        "timers_set_aside": await store.timers_set_aside(conn),
        "traffic": await store.traffic(conn),
    }


@router.get("/desk", include_in_schema=False)
async def desk_page(request: Request, caller: DeskReader, conn: Conn) -> Response:
    centre: Centre = request.app.state.centre
    return centre.pages.page(
        request,
        "desk.html",
        caller,
        names=await centre.names.all(conn),
        waiting=await store.waiting(conn),
        shown=await _everything(conn),
    )


@router.get("/v1/desk", tags=["desk"])
async def desk(caller: DeskReader, conn: Conn) -> dict[str, Any]:
    """Dead letters, conflicts, gaps, refused stations, health and traffic."""
    found = await _everything(conn)
    return {name: [_plain(row) for row in rows] for name, rows in found.items()} | {
        "waiting": await store.waiting(conn)
    }


def _plain(row: Any) -> dict[str, Any]:
    return {name: instant_text(value) if hasattr(value, "tzinfo") else value for name, value in row.items()}
