"""The duty roster for the command: a page, and the same as JSON. Only the command sees the telephone."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from schemas.bounded import instant_text
from services.accounts.caller import AlertReader, Caller, RosterKeeper
from services.accounts.rights import Right
from services.alerts import roster_store, waiting
from services.alerts.roster import Roster, steps_of
from services.alerts.roster_store import InForce
from services.centre import Centre
from services.database.connection import Conn
from services.errors import FieldError, NotValid
from services.registry.bodies import one_of, words_of

router = APIRouter()

LINES = 6
_TELEPHONE = r"^[0-9+][0-9 .]{2,39}$"


class RosterSent(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)
    roster: Roster
    telephone: Annotated[str, Field(pattern=_TELEPHONE)]
    """Rung at the last step; it is sealed."""
    version: Annotated[int, Field(ge=0, le=2**31 - 1)]
    """That was seen; 0 for the standard one."""


_SENT: TypeAdapter[RosterSent] = TypeAdapter(RosterSent)


@router.get("/v1/duty-roster", tags=["alerts"])
async def roster(caller: AlertReader, conn: Conn) -> dict[str, Any]:
    """Who is told when nobody acknowledges an alert in time, and when alerts expire."""
    return _shown(await roster_store.in_force(conn))


@router.put("/v1/duty-roster", tags=["alerts"])
async def put_roster(
    request: Request, caller: RosterKeeper, sent: Annotated[RosterSent, Depends(one_of(RosterSent))], conn: Conn
) -> dict[str, Any]:
    """In force at once, for alerts that wait already too."""
    return _shown(await _change(request, conn, caller, sent))


def _shown(found: InForce) -> dict[str, Any]:
    return {
        "version": found.version,
        "roster": found.roster.model_dump(mode="json"),
        "has_telephone": found.sealed is not None,
        "changed_by": found.changed_by,
        "changed_at": instant_text(found.changed_at) if found.changed_at else None,
    }


async def _change(request: Request, conn: Any, caller: Caller, sent: RosterSent) -> InForce:
    centre: Centre = request.app.state.centre
    changed = await roster_store.change(
        conn, sent.roster, sent.telephone, sent.version, centre.keys.sealer, caller.name, centre.clock.now()
    )
    await waiting.roster_changed(conn)
    return changed


@router.get("/duty-roster", include_in_schema=False)
async def page(request: Request, caller: AlertReader, conn: Conn) -> Response:
    return await _page(request, conn, caller)


async def _page(request: Request, conn: Any, caller: Caller, *, wrong: tuple[FieldError, ...] = ()) -> Response:
    centre: Centre = request.app.state.centre
    found = await roster_store.in_force(conn)
    may_act = caller.may(Right.ROSTER)
    return centre.pages.page(
        request,
        "duty_roster.html",
        caller,
        status=422 if wrong else 200,
        found=found,
        telephone=found.telephone(centre.keys.opener) if may_act else None,
        lines=LINES,
        wrong=wrong,
        may_act=may_act,
    )


@router.post("/duty-roster", include_in_schema=False)
async def change(
    request: Request,
    caller: RosterKeeper,
    conn: Conn,
    version: Annotated[int, Form(ge=0)] = 0,
    after: Annotated[list[str], Form()] = [],  # noqa: B006  FastAPI copies it
    to: Annotated[list[str], Form()] = [],  # noqa: B006
    severity: Annotated[list[str], Form()] = [],  # noqa: B006
    telephone: Annotated[str, Form(max_length=60)] = "",
    misuse_hours: Annotated[str, Form(max_length=10)] = "",
    health_hours: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """A wrong one is shown with what is wrong; nothing was changed then."""
    try:
        sent = _SENT.validate_python(
            {
                "version": version,
                "telephone": telephone.strip(),
                "roster": {
                    "steps": steps_of(list(zip(after, to, strict=False))),
                    "severities": severity,
                    "misuse_expires_after_hours": misuse_hours,
                    "health_expires_after_hours": health_hours,
                },
            }
        )
    except ValidationError as exc:
        return await _page(request, conn, caller, wrong=_wrong(exc))
    try:
        await _change(request, conn, caller, sent)
    except NotValid as exc:
        return await _page(request, conn, caller, wrong=exc.fields)
    return RedirectResponse("/duty-roster", status_code=303)


def _wrong(exc: ValidationError) -> tuple[FieldError, ...]:
    found = []
    for error in exc.errors(include_url=False, include_context=False, include_input=False)[:20]:
        vi, en = words_of(error["type"])
        if error["type"] == "value_error":
            vi, en = "bước sau phải muộn hơn bước trước", "each step comes later than the one before"
        found.append(FieldError(".".join(str(part) for part in error["loc"]), error["type"], vi, en))
    return tuple(found)
