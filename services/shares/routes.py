"""The table of shares: a page for the command, and the same as JSON. Periods are whole local days."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from schemas.bounded import instant_text
from services.accounts.caller import ShareReader
from services.centre import Centre
from services.database.connection import Conn
from services.errors import FieldError, NotValid
from services.pages.words import LOCAL
from services.shares.store import By, Share, shares

router = APIRouter()

USUAL = timedelta(days=30)
LONGEST = timedelta(days=366)
FEW = 50
"""Under so many crossings a share says little, and the page says so."""

First = Annotated[date | None, Query(alias="from", description="first local day, 2021-10-06")]
Last = Annotated[date | None, Query(alias="to", description="last local day, included")]


def period(first: date | None, last: date | None, now: datetime) -> tuple[date, date]:
    """First and last local day, both included. Raises NotValid."""
    today = now.astimezone(LOCAL).date()
    last = last or max(today, first or today)
    first = first or last - USUAL + timedelta(days=1)
    if not timedelta(0) <= last - first < LONGEST:
        raise NotValid(
            FieldError(
                "from", "period", "từ ngày phải trước đến ngày, không quá một năm", "is before to, within a year"
            )
        )
    return first, last


def instants(first: date, last: date) -> tuple[datetime, datetime]:
    midnight = [datetime.combine(day, time(), tzinfo=LOCAL) for day in (first, last + timedelta(days=1))]
    return midnight[0], midnight[1]


@router.get("/v1/shares", tags=["alerts"])
async def shares_of(
    request: Request, caller: ShareReader, conn: Conn, by: By = By.CARRIER, first: First = None, last: Last = None
) -> dict[str, Any]:
    """Crossings in the green lane, suspected and confirmed misuse, by carrier or issuer of the pass."""
    centre: Centre = request.app.state.centre
    begins_at, ends_at = instants(*period(first, last, centre.clock.now()))
    return {
        "by": by,
        "begins_at": instant_text(begins_at),
        "ends_at": instant_text(ends_at),
        "shares": [_plain(one) for one in await shares(conn, by, begins_at, ends_at)],
    }


def _plain(one: Share) -> dict[str, Any]:
    return one.__dict__ | {"confirmed_permille": one.permille}


@router.get("/shares", include_in_schema=False)
async def page(
    request: Request, caller: ShareReader, conn: Conn, by: By = By.CARRIER, first: First = None, last: Last = None
) -> Response:
    centre: Centre = request.app.state.centre
    first, last = period(first, last, centre.clock.now())
    return centre.pages.page(
        request,
        "shares.html",
        caller,
        by=by,
        first=first.isoformat(),
        last=last.isoformat(),
        rows=await shares(conn, by, *instants(first, last)),
        few=FEW,
    )
