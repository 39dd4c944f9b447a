"""The page of notices: which stand, a road, ferry or post closed by a form, one action that ends any of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from schemas.canonical import canonical
from schemas.events.registry import NoticePublished
from services.accounts.caller import Caller, with_right
from services.accounts.rights import Right
from services.centre import Centre
from services.database.connection import Conn
from services.errors import Conflict, FieldError, NotFound, NotValid
from services.registry import notices, store
from services.registry.notices import NoticeForm, Standing
from services.registry.store import Entry
from services.registry.to_be_checked import ON_THE_LIST, publish_short_list

router = APIRouter(prefix="/notices", include_in_schema=False)
Keeper = Annotated[Caller, Depends(with_right(Right.NOTICES), scope="function")]

MOST_SHOWN = 300
_Text = Annotated[str, Form(max_length=400)]


@router.get("")
async def notices_page(request: Request, caller: Keeper, conn: Conn) -> Response:
    return await _page(request, caller, conn)


@router.post("")
async def publish(
    request: Request,
    caller: Keeper,
    conn: Conn,
    notice_id: _Text = "",
    notice: _Text = "",
    post_id: _Text = "",
    other_post_id: _Text = "",
    road: _Text = "",
    document: _Text = "",
    issuer: _Text = "",
    effective_at: _Text = "",
    ends_at: _Text = "",
) -> Response:
    """A wrong one is shown again with what is wrong, and nothing is published. The id was made with the form, so
    that a form that is sent twice is one notice."""
    centre: Centre = request.app.state.centre
    form = NoticeForm(notice_id, notice, post_id, other_post_id, road, document, issuer, effective_at, ends_at)
    now = centre.clock.now()
    try:
        sent = notices.sent_by_form(form, await centre.names.all(conn), now)
    except NotValid as exc:
        return await _page(request, caller, conn, form=form, wrong=exc.fields)
    known = notices.one_of(await store.newest(conn, "notices"), sent.notice_id)
    if known is None:
        entry = Entry(sent.event(centre.keys.sealer, now), centre.keys.content_mac(canonical(sent)))
        await store.publish(conn, entry, caller.name, now)
    return RedirectResponse("/notices", status_code=303)


@router.post("/{notice_id}/{action}")
async def end(
    request: Request,
    notice_id: UUID,
    action: Literal["end", "withdraw"],
    caller: Keeper,
    conn: Conn,
    revision: Annotated[int, Form(ge=1)],
) -> Response:
    """``revision``: that was seen. Raises Conflict when somebody changed it since, or it is over already."""
    centre: Centre = request.app.state.centre
    now = centre.clock.now()
    known = notices.one_of(await store.newest(conn, "notices"), notice_id)
    if known is None:
        raise NotFound
    if known.revision != revision or notices.standing(known, now) is Standing.WITHDRAWN:
        raise _changed_since()
    if action == "end" and notices.standing(known, now) is Standing.OVER:
        raise _changed_since()
    changed = notices.ended(known, now) if action == "end" else notices.withdrawn(known, now)
    await store.publish(conn, Entry(changed, centre.keys.content_mac(canonical(changed))), caller.name, now)
    if changed.notice in ON_THE_LIST:
        await publish_short_list(conn, centre.keys, caller.name, now)
    return RedirectResponse("/notices", status_code=303)


def _changed_since() -> Conflict:
    return Conflict(
        "NOTICE_CHANGED",
        "Thông báo này vừa được thay đổi, chưa ghi gì. Tải lại trang rồi xem lại.",
        "This notice was changed meanwhile and nothing was recorded. Load the page again and look.",
    )


async def _page(
    request: Request,
    caller: Caller,
    conn: Any,
    *,
    form: NoticeForm | None = None,
    wrong: tuple[FieldError, ...] = (),
) -> Response:
    centre: Centre = request.app.state.centre
    known: list[NoticePublished] = await store.newest(conn, "notices")
    rows = notices.in_order(known, centre.clock.now())
    blank = {kind: NoticeForm(str(uuid4()), kind) for kind in ("road_closed", "post_closed")}
    return centre.pages.page(
        request,
        "notices.html",
        caller,
        status=422 if wrong else 200,
        names=dict(sorted((await centre.names.all(conn)).items(), key=lambda pair: pair[1])),
        rows=rows[:MOST_SHOWN],
        more=max(0, len(rows) - MOST_SHOWN),
        forms=_filled(blank, form),
        wrong=wrong,
        wrong_at={(_form_of(form), field.field) for field in wrong} if form else set(),
    )


def _form_of(form: NoticeForm) -> str:
    return "road_closed" if form.notice == "road_closed" else "post_closed"


def _filled(blank: dict[str, NoticeForm], form: NoticeForm | None) -> dict[str, NoticeForm]:
    return blank if form is None else blank | {_form_of(form): form}
