"""What-if for people: paste or upload a draft, choose a period, watch it, stop it, read what it would do."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from schemas.policy.matters import Sentence
from services.accounts.caller import Caller, WhatIfAsker
from services.accounts.rights import Right
from services.centre import Centre
from services.database.connection import Conn
from services.errors import FieldError, NotValid
from services.pages.render import is_part
from services.questions.periods import yesterday
from services.questions.store import LARGEST
from services.whatif import store
from services.whatif.asking import asked_by_form
from services.whatif.store import WhatIf

router = APIRouter(prefix="/whatif", include_in_schema=False)


@router.get("")
async def whatif_page(request: Request, caller: WhatIfAsker, conn: Conn) -> Response:
    centre: Centre = request.app.state.centre
    begins_at, ends_at = yesterday(centre.clock.now())
    return await _form(request, caller, conn, draft="", begins_at=begins_at, ends_at=ends_at)


@router.post("")
async def ask(
    request: Request,
    caller: WhatIfAsker,
    conn: Conn,
    draft: Annotated[str, Form(max_length=LARGEST)] = "",
    begins_at: Annotated[str, Form(max_length=40)] = "",
    ends_at: Annotated[str, Form(max_length=40)] = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """A wrong draft is shown again, with what is wrong with it."""
    centre: Centre = request.app.state.centre
    uploaded = await file.read(LARGEST + 1) if file is not None else b""
    try:
        asked = asked_by_form(uploaded or draft.encode(), begins_at, ends_at)
        begun = await store.ask(conn, asked, caller.name, centre.clock.now())
    except NotValid as exc:
        return await _form(
            request, caller, conn, draft=draft, begins_at=begins_at, ends_at=ends_at, wrong=exc.fields
        )
    return RedirectResponse(f"/whatif/{begun.whatif_id}", status_code=303)


@router.get("/{whatif_id}")
async def one_page(request: Request, whatif_id: UUID, caller: WhatIfAsker, conn: Conn) -> Response:
    return await _shown(request, caller, conn, await store.one(conn, whatif_id))


@router.post("/{whatif_id}/stop")
async def stop(request: Request, whatif_id: UUID, caller: WhatIfAsker, conn: Conn) -> Response:
    centre: Centre = request.app.state.centre
    stopped = await store.stop(conn, whatif_id, caller.name, centre.clock.now())
    if is_part(request):
        return await _shown(request, caller, conn, stopped)
    return RedirectResponse(f"/whatif/{whatif_id}", status_code=303)


async def _form(
    request: Request,
    caller: Caller,
    conn: Any,
    *,
    draft: str,
    begins_at: str,
    ends_at: str,
    wrong: tuple[FieldError, ...] = (),
) -> Response:
    centre: Centre = request.app.state.centre
    return centre.pages.page(
        request,
        "whatif.html",
        caller,
        status=422 if wrong else 200,
        draft=draft,
        begins_at=begins_at,
        ends_at=ends_at,
        wrong=wrong,
        newest=await store.newest(conn, most=20),
    )


async def _shown(request: Request, caller: Caller, conn: Any, one: WhatIf) -> Response:
    """The whole page, or what changes of it while it runs."""
    centre: Centre = request.app.state.centre
    template = "parts/whatif_state.html" if is_part(request) else "whatif_one.html"
    return centre.pages.page(
        request,
        template,
        caller,
        whatif=one,
        names=await centre.names.all(conn),
        may_propose=caller.may(Right.POLICIES) and one.draft_sha256 is not None,
        own=await _own_sentences(conn, one),
    )


async def _own_sentences(conn: Any, one: WhatIf) -> dict[str, Sentence]:
    """What the draft says of the codes that it decides by; nobody else has words for a code of its own."""
    if one.comparison is None or one.draft_sha256 is None:
        return {}
    draft = await store.draft_of(conn, one.whatif_id)
    codes = {rule["code"] for rule in one.comparison["rules"]}
    return {code: own for code in codes if (own := draft.sentence_of(code)) is not None}
