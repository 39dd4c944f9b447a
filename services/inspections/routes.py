"""The yield of random inspections: a page for the command, and the same as JSON. Periods are whole local days."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from schemas.bounded import instant_text
from services.accounts.caller import ShareReader
from services.centre import Centre
from services.database.connection import Conn
from services.inspections.store import Yield, yields
from services.shares.routes import First, Last, instants, period

router = APIRouter()

FEW = 50
"""Under so many inspections a yield says little, and the page says so."""


@router.get("/v1/inspections", tags=["alerts"])
async def yields_of(
    request: Request, caller: ShareReader, conn: Conn, first: First = None, last: Last = None
) -> dict[str, Any]:
    """Random inspections per post and shift: drawn, done, skipped, found."""
    centre: Centre = request.app.state.centre
    begins_at, ends_at = instants(*period(first, last, centre.clock.now()))
    return {
        "begins_at": instant_text(begins_at),
        "ends_at": instant_text(ends_at),
        "inspections": [_plain(one) for one in await yields(conn, begins_at, ends_at)],
    }


def _plain(one: Yield) -> dict[str, Any]:
    return asdict(one) | {"skipped": one.skipped, "found_permille": one.permille}


@router.get("/inspections", include_in_schema=False)
async def page(
    request: Request, caller: ShareReader, conn: Conn, first: First = None, last: Last = None
) -> Response:
    centre: Centre = request.app.state.centre
    first, last = period(first, last, centre.clock.now())
    return centre.pages.page(
        request,
        "inspections.html",
        caller,
        first=first.isoformat(),
        last=last.isoformat(),
        rows=await yields(conn, *instants(first, last)),
        names=await centre.names.all(conn),
        few=FEW,
    )
