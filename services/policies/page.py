"""The command's page of bundles: who has which, propose, approve, back to a former one, the sheet to print."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response
from pydantic import TypeAdapter

from schemas.canonical import canonical
from schemas.policy.change_sheet import change_sheet
from schemas.policy.in_force import policy_at
from schemas.policy.policy import Policy
from services.accounts.caller import Caller, with_right
from services.accounts.rights import Right
from services.centre import Centre
from services.database.connection import Conn
from services.errors import FieldError, NotValid
from services.policies import limits, store
from services.policies.past import TAKES_EFFECT_IN_PAST, Past
from services.registry.bodies import parsed
from services.whatif import store as whatifs
from services.whatif.asking import bundle_in
from services.whatif.store import draft_of

router = APIRouter(prefix="/policies", include_in_schema=False)
PolicyKeeper = Annotated[Caller, Depends(with_right(Right.POLICIES), scope="function")]
LARGEST = 1_000_000
_POLICY: TypeAdapter[Policy] = TypeAdapter(Policy)


@router.get("")
async def policies_page(request: Request, caller: PolicyKeeper, conn: Conn) -> Response:
    return await _page(request, caller, conn)


async def _page(
    request: Request,
    caller: Caller,
    conn: Any,
    *,
    draft: str = "",
    wrong: tuple[FieldError, ...] = (),
    past: Policy | None = None,
) -> Response:
    """``past``: a draft that takes effect in the past, whose effect nobody has seen yet."""
    centre: Centre = request.app.state.centre
    now = centre.clock.now()
    known = await store.published(conn)
    in_force = policy_at(known, now)
    waiting = await store.proposals(conn)
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
        waiting=waiting,
        shown={
            one.past.whatif_id: await whatifs.one(conn, one.past.whatif_id)
            for one in waiting
            if one.past.whatif_id is not None
        },
        breaks=await limits.breaks(conn, await store.published(conn, most=None), now),
        draft=draft,
        wrong=wrong,
        past=past,
        until=now + timedelta(days=1),
    )


@router.post("")
async def propose(
    request: Request,
    caller: PolicyKeeper,
    conn: Conn,
    draft: Annotated[str, Form(max_length=LARGEST)] = "",
    whatif: Annotated[UUID | None, Form()] = None,
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """A wrong draft is shown again with what is wrong with it.

    ``whatif``: the draft as that what-if tried it, which also shows its effect on the past.
    """
    uploaded = await file.read(LARGEST + 1) if file is not None else b""
    policy: Policy | None = None
    try:
        policy = (
            parsed(_POLICY, bundle_in(uploaded or draft.encode()))
            if whatif is None
            else await draft_of(conn, whatif)
        )
        # Where nothing was judged since it takes effect there is nothing to show; our own records decide that.
        past = Past(whatif, nothing_judged=whatif is None)
        await store.propose(request.app.state.centre, conn, policy, caller.name, past)
    except NotValid as exc:
        unseen = policy if TAKES_EFFECT_IN_PAST in exc.fields else None
        shown = canonical(policy).decode() if policy is not None and not draft else draft
        return await _page(request, caller, conn, draft=shown, wrong=exc.fields, past=unseen)
    return RedirectResponse("/policies", status_code=303)


@router.post("/proposals/{proposal_id}/{decision}")
async def decide(
    request: Request, proposal_id: UUID, decision: Literal["approve", "refuse"], caller: PolicyKeeper, conn: Conn
) -> Response:
    approved = decision == "approve"
    try:
        await store.decide(request.app.state.centre, conn, proposal_id, caller.name, approved=approved)
    except NotValid as exc:
        return await _page(request, caller, conn, wrong=exc.fields)
    return RedirectResponse("/policies", status_code=303)


@router.post("/{policy_id}/{version}/back")
async def back(request: Request, policy_id: str, version: int, caller: PolicyKeeper, conn: Conn) -> Response:
    """One action: the content of ``version`` is in force again at once, everywhere."""
    former = await store.version_of(conn, policy_id, version)
    try:
        await store.back_to(request.app.state.centre, conn, former, caller.name)
    except NotValid as exc:
        return await _page(request, caller, conn, wrong=exc.fields)
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
