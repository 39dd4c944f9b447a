"""The command's page of bundles: who has which, propose, approve, back to a former one, the sheet to print."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response
from pydantic import TypeAdapter

from schemas.policy.change_sheet import change_sheet
from schemas.policy.in_force import policy_at
from schemas.policy.policy import Policy
from services.accounts.caller import Caller, with_right
from services.accounts.rights import Right
from services.centre import Centre
from services.database.connection import Conn
from services.errors import FieldError, NotValid
from services.policies import store
from services.registry.bodies import parsed

router = APIRouter(prefix="/policies", include_in_schema=False)
PolicyKeeper = Annotated[Caller, Depends(with_right(Right.POLICIES), scope="function")]
LARGEST = 1_000_000
_POLICY: TypeAdapter[Policy] = TypeAdapter(Policy)


@router.get("")
async def policies_page(request: Request, caller: PolicyKeeper, conn: Conn) -> Response:
    return await _page(request, caller, conn)


async def _page(
    request: Request, caller: Caller, conn: Any, *, draft: str = "", wrong: tuple[FieldError, ...] = ()
) -> Response:
    centre: Centre = request.app.state.centre
    known = await store.published(conn)
    in_force = policy_at(known, centre.clock.now())
    newest = {one.policy_id: one for one in sorted(known, key=lambda one: one.version)}
    return centre.pages.page(
        request,
        "policies.html",
        caller,
        status=422 if wrong else 200,
        names=await centre.names.all(conn),
        known=known,
        in_force=in_force,
        newest=newest,
        holders={policy_id: await store.holders(conn, policy_id) for policy_id in newest},
        waiting=await store.proposals(conn),
        draft=draft,
        wrong=wrong,
    )


@router.post("")
async def propose(
    request: Request,
    caller: PolicyKeeper,
    conn: Conn,
    draft: Annotated[str, Form(max_length=LARGEST)] = "",
    accept_past: Annotated[bool, Form()] = False,
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """A wrong draft is shown again with what is wrong with it."""
    uploaded = await file.read(LARGEST + 1) if file is not None else b""
    try:
        policy: Policy = parsed(_POLICY, uploaded or draft.encode())
        await store.propose(request.app.state.centre, conn, policy, caller.name, accept_past=accept_past)
    except NotValid as exc:
        return await _page(request, caller, conn, draft=draft, wrong=exc.fields)
    return RedirectResponse("/policies", status_code=303)


@router.post("/proposals/{proposal_id}/{decision}")
async def decide(
    request: Request, proposal_id: UUID, decision: Literal["approve", "refuse"], caller: PolicyKeeper, conn: Conn
) -> Response:
    approved = decision == "approve"
    await store.decide(request.app.state.centre, conn, proposal_id, caller.name, approved=approved)
    return RedirectResponse("/policies", status_code=303)


@router.post("/{policy_id}/{version}/back")
async def back(request: Request, policy_id: str, version: int, caller: PolicyKeeper, conn: Conn) -> Response:
    """One action: the content of ``version`` is in force again at once, everywhere."""
    former = await store.version_of(conn, policy_id, version)
    await store.back_to(request.app.state.centre, conn, former, caller.name)
    return RedirectResponse("/policies", status_code=303)


@router.get("/{policy_id}/{version}/sheet")
async def sheet(request: Request, policy_id: str, version: int, caller: PolicyKeeper, conn: Conn) -> Response:
    """The one page to print and pin up at the lane."""
    centre: Centre = request.app.state.centre
    policy = await store.version_of(conn, policy_id, version)
    others = [one for one in await store.published(conn) if one != policy and not one.areas]
    before = policy_at([one for one in others if one.effective_at <= policy.effective_at], policy.effective_at)
    return centre.pages.page(
        request, "policy_sheet.html", caller, sheet=change_sheet(before, policy), policy=policy
    )
