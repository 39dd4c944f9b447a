"""The page of risk levels: which unit has which level at an instant, and a table of new ones taken whole."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Query, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from schemas.canonical import canonical
from schemas.csv_rows import CsvRefused, RowError
from schemas.units import Units
from schemas.zones import Zones
from services.accounts.caller import Caller, with_right
from services.accounts.rights import Right
from services.centre import Centre
from services.database.connection import Conn
from services.errors import FieldError, NotValid
from services.pages.words import LOCAL
from services.registry import store, zones
from services.registry.bodies import LARGEST
from services.registry.store import Entry

router = APIRouter(prefix="/zones", include_in_schema=False)
Keeper = Annotated[Caller, Depends(with_right(Right.ZONES), scope="function")]

MOST_SHOWN = 500
LONGEST_LINE = 200


@router.get("")
async def zones_page(
    request: Request,
    caller: Keeper,
    conn: Conn,
    at: Annotated[str, Query(max_length=40)] = "",
    unit: Annotated[str, Query(max_length=40)] = "",
    taken: Annotated[int | None, Query(ge=0)] = None,
) -> Response:
    """Levels as of ``at`` (local time where it has no zone; now when empty), and one unit looked up."""
    return await _page(request, caller, conn, at=_instant(request, at), unit=unit.strip(), taken=taken)


@router.post("")
async def upload(request: Request, caller: Keeper, conn: Conn, file: Annotated[UploadFile, File()]) -> Response:
    """The table of a form. With a wrong row nothing is taken, and the page shows each beside what is wrong."""
    centre: Centre = request.app.state.centre
    content = await _uploaded(file)
    try:
        sent = await zones.from_table(conn, content, await centre.units.tree(conn))
    except CsvRefused as exc:
        refused = _beside(content, exc.errors)
        return await _page(request, caller, conn, at=centre.clock.now(), refused=refused, status=422)
    now = centre.clock.now()
    for one in sent:
        entry = Entry(one.event(centre.keys.sealer, now), centre.keys.content_mac(canonical(one)))
        await store.publish(conn, entry, caller.name, now)
    return RedirectResponse(f"/zones?taken={len(sent)}", status_code=303)


async def _page(
    request: Request,
    caller: Caller,
    conn: Any,
    *,
    at: datetime,
    unit: str = "",
    taken: int | None = None,
    refused: list[dict[str, Any]] | None = None,
    status: int = 200,
) -> Response:
    centre: Centre = request.app.state.centre
    units: Units = await centre.units.tree(conn)
    assignments = await store.newest(conn, "zones")
    rows = zones.shown(assignments, units, at)
    return centre.pages.page(
        request,
        "zones.html",
        caller,
        status=status,
        at=at,
        at_local=at.astimezone(LOCAL).strftime("%Y-%m-%dT%H:%M"),
        rows=rows[:MOST_SHOWN],
        more=max(0, len(rows) - MOST_SHOWN),
        counts=sorted(Counter(row.level for row in rows).items(), reverse=True),
        units=units,
        known=len(units),
        unit_asked=unit,
        found=Zones.of(assignments, units).found_at(unit, at) if unit else None,
        taken=taken,
        refused=refused or [],
    )


def _instant(request: Request, text: str) -> datetime:
    if not text:
        now: datetime = request.app.state.centre.clock.now()
        return now
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=LOCAL) if at.tzinfo is None else at
    except ValueError:
        raise NotValid(FieldError("at", "datetime", "thời điểm ghi như 2021-10-06T00:00", "an instant")) from None


async def _uploaded(file: UploadFile) -> bytes:
    content = await file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise NotValid(FieldError("file", "too_large", "tệp quá lớn", "the file is too large"))
    return content


def _beside(content: bytes, errors: tuple[RowError, ...]) -> list[dict[str, Any]]:
    """Each wrong line as it was sent, with what is wrong in it. A table of units names nobody."""
    lines = content.decode("utf-8-sig", "replace").splitlines()
    by_line: dict[int, list[RowError]] = defaultdict(list)
    for error in errors:
        by_line[error.line].append(error)
    return [
        {"line": line, "text": lines[line - 1][:LONGEST_LINE] if line <= len(lines) else "", "errors": found}
        for line, found in sorted(by_line.items())
    ]
