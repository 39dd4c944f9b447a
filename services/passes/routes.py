"""The registry API for passes: issue one (text, PNG, page to print), and revoke it."""

from __future__ import annotations

from base64 import b64encode
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import ConfigDict, TypeAdapter

from schemas.bounded import Slug, Text300, Wire, instant_text
from schemas.passes.asked import AnyAsked
from services.accounts.caller import Caller, with_right
from services.accounts.rights import Right
from services.centre import Centre
from services.database.connection import Conn
from services.passes import issuing
from services.passes.code_picture import code_picture
from services.passes.printing import page_of
from services.registry.bodies import one_of

router = APIRouter(prefix="/v1/registry/passes", tags=["passes"])
Issuer = Annotated[Caller, Depends(with_right(Right.PASSES), scope="function")]


class RevocationSent(Wire):
    model_config = ConfigDict(extra="forbid")
    reason: Text300
    """For those who read the audit trail; it stands on no list and names nobody."""


def _body(model: Any) -> dict[str, Any]:
    """For the OpenAPI document: we read bodies ourselves."""
    schema = TypeAdapter(model).json_schema()
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


@router.post("", openapi_extra=_body(AnyAsked))
async def post_pass(
    request: Request,
    response: Response,
    caller: Issuer,
    order: Annotated[Any, Depends(one_of(AnyAsked))],
    conn: Conn,
    issuer: Annotated[Slug | None, Query()] = None,
) -> dict[str, Any]:
    """A signed pass; the same order again gives the same pass, to be printed again.

    ``issuer`` names the key to sign with, where several may.
    """
    centre: Centre = request.app.state.centre
    given = await issuing.issue(conn, centre, order, issuer=issuer, by=caller.name)
    picture = code_picture(given.made.text)
    response.status_code = 201 if given.created else 200
    return {
        "pass_id": str(order.pass_id),
        "created": given.created,
        "text": given.made.text,
        "png": b64encode(picture.png).decode("ascii"),
        "page": page_of(order.asked, given.made, picture),
        "code": {"level": picture.level, "modules": picture.modules, "module_mm": picture.module_mm},
        "issuer": given.made.issuer,
        "valid_from": instant_text(given.made.valid_from),
        "valid_until": instant_text(given.made.valid_until),
        "revocation": given.made.revocation,
    }


@router.post("/{pass_id}/revoke", openapi_extra=_body(RevocationSent))
async def revoke_pass(
    request: Request,
    response: Response,
    pass_id: UUID,
    caller: Issuer,
    sent: Annotated[RevocationSent, Depends(one_of(RevocationSent))],
    conn: Conn,
) -> dict[str, Any]:
    """Stations refuse it as soon as they have heard the list, and offline from then on."""
    centre: Centre = request.app.state.centre
    result = await issuing.revoke(conn, centre, pass_id, because=sent.reason, by=caller.name)
    response.status_code = 201 if result["created"] else 200
    return result
