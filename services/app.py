"""The FastAPI application over a centre that is given to it. Starts nothing and reads no setting."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from starlette.middleware.gzip import GZipMiddleware

from services.accounts.caller import AnyCaller
from services.alerts import page as alerts_page
from services.alerts import roster_page
from services.alerts import routes as alerts
from services.answers import SafeHeaders, answer_errors
from services.centre import Centre
from services.dead_letters import page as dead_letters_page
from services.dead_letters import routes as dead_letters
from services.desk import routes as desk
from services.inspections import routes as inspections
from services.pages import routes as pages
from services.passes import routes as passes
from services.policies import page as policies_page
from services.quarantine import routes as quarantine
from services.registry import notices_page, zones_page
from services.registry import routes as registry
from services.replay import page as replay_page
from services.replay import routes as replay
from services.seen import routes as seen
from services.self_checks import routes as self_checks
from services.shares import routes as shares
from services.whatif import page as whatif_page
from services.whatif import routes as whatif


def make_app(centre: Centre) -> FastAPI:
    app = FastAPI(title="Chốt Xanh", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.centre = centre
    for part in (
        pages,
        alerts,
        alerts_page,
        roster_page,
        shares,
        inspections,
        quarantine,
        passes,
        registry,
        zones_page,
        notices_page,
        whatif,
        whatif_page,
        replay,
        replay_page,
        policies_page,
        desk,
        seen,
        dead_letters,
        dead_letters_page,
        self_checks,
    ):
        app.include_router(part.router)
    app.add_api_route("/openapi.json", openapi, include_in_schema=False)
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    app.add_middleware(SafeHeaders)
    answer_errors(app)
    return app


async def openapi(request: Request, caller: AnyCaller) -> dict[str, Any]:
    """What the API takes and gives; for whoever has a login or a key."""
    document: dict[str, Any] = request.app.openapi()
    return document
