"""The duty officer's page of dead letters: list with filters in the address, one case, many at once. Live."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse

from services.accounts.caller import Caller, DeadLetterActor, DeskReader
from services.accounts.rights import Right
from services.alerts.routes import still_may
from services.centre import Centre
from services.database.connection import Conn
from services.dead_letters import acting, bulk, cases, listing
from services.dead_letters.bulk import Chosen
from services.dead_letters.listing import Wanted
from services.dead_letters.reasons import DISCARDS, PURPOSES
from services.dead_letters.routes import officer, seen
from services.dead_letters.states import State
from services.dead_letters.view import contents, lines, view
from services.errors import Conflict, FieldError, NotValid
from services.feed import sse
from services.feed import store as feed
from services.feed.cursors import cursor_in, cursor_of
from services.pages.render import is_part

router = APIRouter(prefix="/dead-letters", include_in_schema=False)

SHOWN = 100


@dataclass(frozen=True)
class Filters:
    """As they stand in the address; without any, those that wait for a person."""

    state: Annotated[str, Query(max_length=20)] = ""
    reason: Annotated[str, Query(max_length=60)] = ""
    topic: Annotated[str, Query(max_length=100)] = ""
    post: Annotated[str, Query(max_length=60)] = ""
    station: Annotated[str, Query(max_length=60)] = ""
    before: Annotated[str, Query(max_length=200)] = ""

    def wanted(self) -> Wanted:
        state = State(self.state) if self.state in frozenset(State) else None
        return Wanted(
            state,
            self.reason or None,
            self.topic or None,
            self.post or None,
            self.station or None,
            waiting_only=self.state == "",
            before=cursor_in(self.before) if self.before else None,
        )

    def address(self, **changes: str) -> str:
        return urlencode({name: value for name, value in (self.__dict__ | changes).items() if value})


@router.get("")
async def page(
    request: Request, filters: Annotated[Filters, Depends()], caller: DeskReader, conn: Conn
) -> Response:
    centre: Centre = request.app.state.centre
    position = await feed.head(conn)
    found = await listing.newest(conn, filters.wanted(), caller.areas, SHOWN + 1)
    names = await centre.names.all(conn)
    shown = found[:SHOWN]
    more = cursor_of(shown[-1].buried_at, shown[-1].case_id) if len(found) > SHOWN else None
    return centre.pages.page(
        request,
        "dead_letters.html",
        caller,
        rows=[view(case, names) for case in shown],
        counts=await listing.counts(conn, caller.areas),
        known=await listing.known_values(conn),
        states=list(State),
        filters=filters,
        next_page=filters.address(before=more) if more else None,
        first_page=filters.address(before="") if filters.before else None,
        names=names,
        position=position,
        discards=DISCARDS,
        may_act=caller.may(Right.DEAD_LETTERS),
    )


@router.get("/counts")
async def counts(request: Request, caller: DeskReader, conn: Conn) -> Response:
    centre: Centre = request.app.state.centre
    found = await listing.counts(conn, caller.areas)
    return centre.pages.page(
        request, "parts/dead_letter_counts.html", caller, counts=found, states=list(State), filters=Filters()
    )


@router.get("/live")
async def live(request: Request, caller: DeskReader, conn: Conn) -> StreamingResponse:
    """``case`` with its id, revision and by whom; resumes after ``Last-Event-ID``."""
    centre: Centre = request.app.state.centre
    position = sse.resume_from(request, otherwise=await feed.head(conn))
    return sse.stream(_messages(request, centre, caller, position))


async def _messages(request: Request, centre: Centre, caller: Caller, position: int) -> AsyncIterator[bytes]:
    yield sse.BEAT
    async for event in centre.live.follow(cases.STREAM, position):
        if event is None:
            if not await still_may(request, centre, Right.DESK_READ):
                return
            yield sse.BEAT
        elif caller.sees(event.content["post_id"]):
            yield sse.message(event.position, event.kind, event.content)


@router.get("/rows/{case_id}")
async def row(request: Request, case_id: UUID, caller: DeskReader, conn: Conn) -> Response:
    centre: Centre = request.app.state.centre
    case = await seen(conn, case_id, caller)
    shown = view(case, await centre.names.all(conn))
    return centre.pages.page(
        request, "parts/dead_letter_row.html", caller, row=shown, may_act=caller.may(Right.DEAD_LETTERS)
    )


@router.post("/bulk")
async def bulk_summary(
    request: Request,
    caller: DeadLetterActor,
    conn: Conn,
    act: Annotated[str, Form(max_length=20)] = "",
    reason: Annotated[str, Form(max_length=60)] = "",
    case: Annotated[list[str], Form()] = [],  # noqa: B006  FastAPI copies it
    confirmed: Annotated[bool, Form()] = False,
) -> Response:
    """What would happen, to be confirmed; confirmed, it happens and says what did."""
    centre: Centre = request.app.state.centre
    chosen = [_chosen(text) for text in case]
    what = bulk.check(act, reason, chosen)
    for one in chosen:
        await seen(conn, one.case_id, caller)
    done = None
    summary = await bulk.summary(conn, what, reason, chosen)
    if confirmed:
        done = await bulk.carry_out(conn, what, reason, chosen, officer(centre, caller))
    return centre.pages.page(
        request,
        "dead_letters_bulk.html",
        caller,
        summary=summary,
        done=done,
        names=await centre.names.all(conn),
        discards=DISCARDS,
    )


def _chosen(text: str) -> Chosen:
    """``<case>/<revision>``, as the boxes of the list carry it. Raises NotValid."""
    try:
        case_id, revision = text.split("/")
        return Chosen(UUID(case_id), int(revision))
    except ValueError:
        raise NotValid(FieldError("case", "form", "chưa đúng", "is not right")) from None


@router.get("/{case_id}")
async def one(request: Request, case_id: UUID, caller: DeskReader, conn: Conn) -> Response:
    await seen(conn, case_id, caller)
    return await _one(request, conn, caller, case_id)


@router.post("/{case_id}/open")
async def open_one(
    request: Request,
    case_id: UUID,
    caller: DeadLetterActor,
    conn: Conn,
    purpose: Annotated[str, Form(max_length=60)] = "",
) -> Response:
    await seen(conn, case_id, caller)
    centre: Centre = request.app.state.centre
    letter = await acting.open_record(conn, case_id, purpose, officer(centre, caller))
    return await _one(request, conn, caller, case_id, letter=letter)


@router.post("/{case_id}/{act}")
async def act_on(
    request: Request,
    case_id: UUID,
    act: str,
    caller: DeadLetterActor,
    conn: Conn,
    revision: Annotated[int, Form(ge=1)] = 1,
    reason: Annotated[str, Form(max_length=60)] = "",
    record: Annotated[str, Form(max_length=4_000_000)] = "",
    because: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    await seen(conn, case_id, caller)
    who = officer(request.app.state.centre, caller)
    match act:
        case "requeue":
            await acting.requeue(conn, case_id, revision, who)
        case "correct":
            await acting.correct(conn, case_id, revision, record.replace("\r\n", "\n"), because, who)
        case "discard":
            await acting.discard(conn, case_id, revision, reason, who)
        case "reopen":
            await acting.reopen(conn, case_id, revision, who)
        case _:
            raise NotValid(FieldError("act", "missing", "Chọn việc làm.", "Choose what to do."))
    if not is_part(request):
        return RedirectResponse(f"/dead-letters/{case_id}", status_code=303)
    return await _one(request, conn, caller, case_id)


async def _one(request: Request, conn: Any, caller: Caller, case_id: UUID, *, letter: Any = None) -> Response:
    """The case with its panel; with the contents where they were just opened."""
    centre: Centre = request.app.state.centre
    case = await cases.one(conn, case_id)
    at_fault: list[str] = []
    why_not: Conflict | None = None
    if letter is not None:
        try:
            at_fault = sorted((await acting.correctable_of(conn, case, letter, centre.keys)).at_fault)
        except Conflict as exc:
            why_not = exc
    return centre.pages.page(
        request,
        "parts/dead_letter.html" if is_part(request) else "dead_letter.html",
        caller,
        row=view(case, await centre.names.all(conn)),
        history=lines(await cases.history(conn, case_id)),
        corrections=await cases.corrections(conn, case_id),
        contents=contents(letter) if letter is not None else None,
        at_fault=at_fault,
        why_not=why_not,
        purposes=PURPOSES,
        discards=DISCARDS,
        may_act=caller.may(Right.DEAD_LETTERS),
    )
