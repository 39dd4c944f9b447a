"""The dead-letter API: list, one, open with a purpose, send again, correct, discard, reopen, many at once."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from services.accounts.caller import Caller, DeadLetterActor, DeskReader
from services.centre import Centre
from services.database.connection import Conn
from services.dead_letters import acting, bulk, cases, listing
from services.dead_letters.acting import Officer
from services.dead_letters.bulk import Chosen
from services.dead_letters.listing import Wanted
from services.dead_letters.states import State
from services.dead_letters.view import contents, lines, view
from services.errors import Conflict, NotAllowed
from services.feed.cursors import cursor_in, cursor_of
from services.registry.bodies import one_of

router = APIRouter(prefix="/v1/dead-letters", tags=["dead letters"])


class Sent(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class Opening(Sent):
    purpose: Annotated[str, Field(max_length=60)]


class Seen(Sent):
    """``revision``: of the case as whoever acts saw it."""

    revision: Annotated[int, Field(ge=1, le=2**31 - 1)]


class Discarding(Seen):
    reason: Annotated[str, Field(max_length=60)]


class Correcting(Seen):
    record: Annotated[str, Field(max_length=4_000_000)]
    """The whole JSON text; only what is at fault may differ from the original."""
    because: Annotated[str, Field(min_length=1, max_length=300)]


class ChosenSent(Seen):
    case_id: UUID


class BulkSent(Sent):
    act: Annotated[str, Field(max_length=20)]
    reason: Annotated[str, Field(max_length=60)] | None = None
    cases: tuple[ChosenSent, ...]
    carry_out: bool = False
    """False: only say what would happen."""


@router.get("")
async def list_cases(
    request: Request,
    caller: DeskReader,
    conn: Conn,
    state: State | None = None,
    reason: Annotated[str | None, Query(max_length=60)] = None,
    topic: Annotated[str | None, Query(max_length=100)] = None,
    post: Annotated[str | None, Query(max_length=60)] = None,
    station: Annotated[str | None, Query(max_length=60)] = None,
    waiting: bool = False,
    before: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Newest first; ``waiting`` are those that wait for a person. ``next`` continues the list."""
    centre: Centre = request.app.state.centre
    wanted = Wanted(state, reason, topic, post, station, waiting, cursor_in(before) if before else None)
    found = await listing.newest(conn, wanted, caller.areas, limit)
    names = await centre.names.all(conn)
    return {
        "dead_letters": [view(case, names) for case in found],
        "counts": await listing.counts(conn, caller.areas),
        "next": cursor_of(found[-1].buried_at, found[-1].case_id) if len(found) == limit else None,
    }


@router.post("/bulk")
async def many(
    request: Request, caller: DeadLetterActor, sent: Annotated[BulkSent, Depends(one_of(BulkSent))], conn: Conn
) -> dict[str, Any]:
    """First what would happen; with ``carry_out`` it does, to those that nobody changed in between."""
    centre: Centre = request.app.state.centre
    act = bulk.check(sent.act, sent.reason, sent.cases)
    chosen = [Chosen(one.case_id, one.revision) for one in sent.cases]
    for one in chosen:
        await seen(conn, one.case_id, caller)
    if not sent.carry_out:
        found = await bulk.summary(conn, act, sent.reason, chosen)
        return {
            "act": act,
            "ready": [str(case.case_id) for case in found.ready],
            "not_possible": [str(case.case_id) for case in found.not_possible],
            "by_reason": dict(found.by("reason")),
            "by_station": dict(found.by("station_id")),
        }
    done = await bulk.carry_out(conn, act, sent.reason, chosen, officer(centre, caller))
    return {
        "act": act,
        "done": [str(one) for one in done.done],
        "skipped": [{"case_id": str(one), "why": why} for one, why in done.skipped],
    }


@router.get("/{case_id}")
async def one_case(request: Request, case_id: UUID, caller: DeskReader, conn: Conn) -> dict[str, Any]:
    """With who did what when; the contents are opened with a purpose, at ``open``."""
    case = await seen(conn, case_id, caller)
    return {
        **await _view(request, conn, case),
        "history": lines(await cases.history(conn, case_id)),
        "corrections": [
            {
                "attempt": one["attempt"],
                "fields": one["fields"],
                "because": one["because"],
                "by": one["corrected_by"],
            }
            for one in await cases.corrections(conn, case_id)
        ],
    }


@router.post("/{case_id}/open")
async def open_one(
    request: Request,
    case_id: UUID,
    caller: DeadLetterActor,
    sent: Annotated[Opening, Depends(one_of(Opening))],
    conn: Conn,
) -> dict[str, Any]:
    """The contents, as JSON, text or a dump of bytes. Who looked, and why, is recorded."""
    centre: Centre = request.app.state.centre
    case = await seen(conn, case_id, caller)
    letter = await acting.open_record(conn, case_id, sent.purpose, officer(centre, caller))
    try:
        at_fault = sorted((await acting.correctable_of(conn, case, letter, centre.keys)).at_fault)
    except Conflict as exc:
        return contents(letter) | {"at_fault": [], "not_correctable": exc.code}
    return contents(letter) | {"at_fault": at_fault, "not_correctable": None}


@router.post("/{case_id}/requeue")
async def requeue(
    request: Request,
    case_id: UUID,
    caller: DeadLetterActor,
    sent: Annotated[Seen, Depends(one_of(Seen))],
    conn: Conn,
) -> dict[str, Any]:
    """Send it again, unchanged. What was taken before has no second effect."""
    await seen(conn, case_id, caller)
    case = await acting.requeue(conn, case_id, sent.revision, _who(request, caller))
    return await _view(request, conn, case)


@router.post("/{case_id}/correct")
async def correct(
    request: Request,
    case_id: UUID,
    caller: DeadLetterActor,
    sent: Annotated[Correcting, Depends(one_of(Correcting))],
    conn: Conn,
) -> dict[str, Any]:
    """Send what was corrected; the original is kept. Errors name the field."""
    await seen(conn, case_id, caller)
    who = _who(request, caller)
    case = await acting.correct(conn, case_id, sent.revision, sent.record, sent.because, who)
    return await _view(request, conn, case)


@router.post("/{case_id}/discard")
async def discard(
    request: Request,
    case_id: UUID,
    caller: DeadLetterActor,
    sent: Annotated[Discarding, Depends(one_of(Discarding))],
    conn: Conn,
) -> dict[str, Any]:
    """Put aside with a reason. Nothing is deleted."""
    await seen(conn, case_id, caller)
    case = await acting.discard(conn, case_id, sent.revision, sent.reason, _who(request, caller))
    return await _view(request, conn, case)


@router.post("/{case_id}/reopen")
async def reopen(
    request: Request,
    case_id: UUID,
    caller: DeadLetterActor,
    sent: Annotated[Seen, Depends(one_of(Seen))],
    conn: Conn,
) -> dict[str, Any]:
    await seen(conn, case_id, caller)
    return await _view(request, conn, await acting.reopen(conn, case_id, sent.revision, _who(request, caller)))


async def seen(conn: Any, case_id: UUID, caller: Caller) -> cases.Case:
    """Raises NotFound, and NotAllowed for what lies outside the caller's areas."""
    case = await cases.one(conn, case_id)
    if not caller.sees(case.post_id):
        raise NotAllowed
    return case


def officer(centre: Centre, caller: Caller) -> Officer:
    return Officer(caller.name, centre.keys, centre.clock.now())


def _who(request: Request, caller: Caller) -> Officer:
    return officer(request.app.state.centre, caller)


async def _view(request: Request, conn: Any, case: cases.Case) -> dict[str, Any]:
    centre: Centre = request.app.state.centre
    return view(case, await centre.names.all(conn))
