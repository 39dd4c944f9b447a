"""``/health``, open to all, tells how we are and nothing else; ``/metrics`` needs a key of its own scope."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from schemas.bounded import instant_text
from services.accounts.caller import Caller, with_right
from services.accounts.rights import Right
from services.centre import Centre
from services.database.connection import Conn, is_away
from services.seen import metrics, tables

router = APIRouter(include_in_schema=False)
MetricsReader = Annotated[Caller, Depends(with_right(Right.METRICS_READ), scope="function")]


@router.get("/health")
async def health(request: Request) -> JSONResponse:
    """503 while the database is away: nothing can be answered then. Without Kafka pages and APIs still work."""
    centre: Centre = request.app.state.centre
    away = [part for part, reachable in centre.reachable.items() if not reachable()]
    if not await _database_answers(centre):
        away.append("database")
    for part in (*centre.reachable, "database"):
        metrics.AWAY.labels(part).set(part in away)
    ready = "database" not in away
    said = {
        "program": "services",
        "live": True,
        "ready": ready,
        "since": instant_text(centre.since),
        "away": sorted(away),
    }
    return JSONResponse(said, 200 if ready else 503)


@router.get("/metrics")
async def read_metrics(caller: MetricsReader, conn: Conn) -> Response:
    await tables.count(conn)
    return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)


async def _database_answers(centre: Centre) -> bool:
    try:
        async with centre.pool.acquire(timeout=2) as conn:
            await conn.execute("SELECT 1")
    except Exception as exc:
        if not is_away(exc):
            raise
        return False
    return True
