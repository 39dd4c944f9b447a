"""What an officer can do at the page: each route is one act at the lane, and says plainly when it cannot be."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import StringConstraints, TypeAdapter, ValidationError

from checkpoint_agent.crossing.building import (
    Crossing,
    ReasonNeeded,
    TooMany,
    changed,
    with_same_person,
    without_reading,
)
from checkpoint_agent.crossing.records import Desk
from checkpoint_agent.crossing.states import IN_HAND, Act, NotNow, State
from checkpoint_agent.lane.lane import ScreenChanged
from checkpoint_agent.lane.shown import NotKnownHere
from checkpoint_agent.outbox import OutboxTrouble
from checkpoint_agent.page.access import AtStation, Pressing
from checkpoint_agent.page.catalogue import words
from checkpoint_agent.page.sessions import Session
from checkpoint_agent.station import Station
from schemas.bounded import Code, SmallCount, Text40, Text100
from schemas.events.crossing import ChangeOrdered, EmergencyPassThrough, HeadCount
from schemas.words import CargoSpace, Direction, OrderedChange, Outcome, Purpose, Source, VehicleClass

router = APIRouter()

FORMS: dict[str, TypeAdapter[Any]] = {
    "plate": TypeAdapter(Text40),
    "telephone": TypeAdapter(Text40),
    "vehicle_class": TypeAdapter(VehicleClass),
    "cargo_space": TypeAdapter(CargoSpace),
    "seal": TypeAdapter(Text40),
    "trip": TypeAdapter(Text40),
    "ordered_change": TypeAdapter(OrderedChange),
    "direction": TypeAdapter(Direction),
    "purpose": TypeAdapter(Purpose),
    "count": TypeAdapter(SmallCount),
    "code": TypeAdapter(Code),
    "name": TypeAdapter(Text100),
    "unit": TypeAdapter(Annotated[str, StringConstraints(pattern=r"^([0-9]{2,3}|[0-9]{5})$")]),
    "commune": TypeAdapter(Annotated[str, StringConstraints(pattern=r"^[0-9]{5}$")]),
}
REFUSALS = (NotNow, ReasonNeeded, TooMany, ScreenChanged, NotKnownHere, OutboxTrouble)
EMERGENCY = "EMERGENCY"
Field = Annotated[str | None, Form(max_length=4096)]


class FieldWrong(Exception):
    """What was typed cannot be taken; ``field`` says where, and never what."""

    code = "FIELD_WRONG"

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class BySheets(Exception):
    """The sheets build the crossings here; a person may look, decide and correct."""

    code = "BY_SHEETS"


async def answered(request: Request, station: Station, act: Awaitable[Any]) -> Response:
    """Do it, and tell a script in JSON or a plain form by the page itself."""
    scripted = "application/json" in request.headers.get("accept", "")
    try:
        await act
    except (*REFUSALS, FieldWrong, BySheets) as exc:
        code = exc.code
        station.lane.says(code)
        said = words(code)
        status = 507 if isinstance(exc, OutboxTrouble) else 409
        body = {"code": code, "vi": said.vi, "en": said.en, "field": getattr(exc, "field", None)}
        return JSONResponse(body, status) if scripted else RedirectResponse("/", 303)
    station.lane.says(None)
    return JSONResponse({"done": True}) if scripted else RedirectResponse("/", 303)


def desk_of(station: Station, session: Session) -> Desk:
    return station.lane.desk(session.officer.officer_id, force=session.officer.force)


def parsed(kind: str, field: str, value: str | None) -> Any:
    """The field's value, None when it was left empty. Raises FieldWrong."""
    text = (value or "").strip()
    if not text:
        return None
    try:
        return FORMS[kind].validate_python(int(text) if kind == "count" else text)
    except (ValidationError, ValueError):
        raise FieldWrong(field) from None


def _by_hand(station: Station) -> None:
    if station.sheet_clock is not None:
        raise BySheets


async def ensure_open(station: Station) -> None:
    _by_hand(station)
    current = station.lane.current
    if current is None or current.state in (State.DECIDED, State.ABANDONED):
        await station.lane.open()


@router.post("/crossing/scan")
async def scan(
    request: Request,
    station: AtStation,
    _: Pressing,
    text: Annotated[str, Form(max_length=5000)],
    typed: Field = None,
) -> Response:
    """A code from the hand scanner, or typed in."""
    source = Source.TYPED if typed else Source.HAND_SCANNER

    async def act() -> None:
        _by_hand(station)
        if text.strip():
            await station.lane.scan(text, source)

    return await answered(request, station, act())


@router.post("/crossing/open")
async def open_crossing(request: Request, station: AtStation, _: Pressing) -> Response:
    return await answered(request, station, ensure_open(station))


@router.post("/crossing/fields")
async def fields(request: Request, station: AtStation, _: Pressing) -> Response:
    """What was typed, chosen or counted; a field that is not in the form stays as it is.

    ``crossing`` is the one in hand on the page. What was meant for it is nothing of the next one: ScreenChanged.
    """
    form = {name: str(value) for name, value in (await request.form()).items()}
    meant = form.pop("crossing", "")

    async def act() -> None:
        changes = fields_of(form)
        _by_hand(station)
        if not meant:
            await ensure_open(station)
        await station.lane.change(lambda crossing: _with_fields(_still(crossing, meant), form, changes))
        if "direction" in changes:
            station.lane.direction = changes["direction"]

    return await answered(request, station, act())


def _still(crossing: Crossing, meant: str) -> Crossing:
    if meant and (str(crossing.crossing_id) != meant or crossing.state not in IN_HAND):
        raise ScreenChanged
    return crossing


def fields_of(form: dict[str, str]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for name in ("plate", "telephone"):
        if name in form:
            changes[name] = parsed(name, name, form[name])
    if "destination_commune" in form:
        changes["destination_commune"] = parsed("commune", "destination_commune", form["destination_commune"])
    if "origin_unit" in form:
        changes["origin_unit"] = parsed("unit", "origin_unit", form["origin_unit"])
    for name in ("vehicle_class", "cargo_space", "direction", "purpose"):
        if form.get(name):
            changes[name] = parsed(name, name, form[name])
    for name, what in (("seal_number", "seal"), ("trip_id", "trip")):
        if name in form:
            changes[name] = parsed(what, name, form[name])
    for name in ("cab", "cargo"):
        parsed("count", name, form.get(name))
    return changes


def _with_fields(crossing: Crossing, form: dict[str, str], changes: dict[str, Any]) -> Crossing:
    """Each part of the head-count and of an order by itself; an emptied count is unknown, which is not zero."""
    before = crossing.head_count or HeadCount()
    cab = parsed("count", "cab", form["cab"]) if "cab" in form else before.cab
    cargo = parsed("count", "cargo", form["cargo"]) if "cargo" in form else before.cargo
    counted = HeadCount(cab=cab, cargo=cargo) if cab is not None or cargo is not None else None
    return changed(crossing, head_count=counted, ordered_change=_ordered(crossing.ordered_change, form), **changes)


def _ordered(before: ChangeOrdered | None, form: dict[str, str]) -> ChangeOrdered | None:
    """A change that is taken back takes its document. Raises FieldWrong for a document that orders nothing."""
    change, document = (before.change, before.document) if before else (None, None)
    if "ordered_change" in form:
        change = parsed("ordered_change", "ordered_change", form["ordered_change"])
    if "ordered_document" in form:
        document = parsed("name", "ordered_document", form["ordered_document"])
    if change is not None:
        return ChangeOrdered(change=change, document=document)
    if document is not None and before is None:
        raise FieldWrong("ordered_change")
    return None


@router.post("/crossing/same-person")
async def same_person(
    request: Request, station: AtStation, _: Pressing, keep: Annotated[int, Form()], other: Annotated[int, Form()]
) -> Response:
    act = station.lane.change(lambda crossing: with_same_person(crossing, keep, other))
    return await answered(request, station, act)


@router.post("/crossing/undo-reading")
async def undo_reading(
    request: Request, station: AtStation, _: Pressing, index: Annotated[int, Form()]
) -> Response:
    return await answered(request, station, station.lane.change(lambda crossing: without_reading(crossing, index)))


@router.post("/crossing/close")
async def close(request: Request, station: AtStation, session: Pressing) -> Response:
    async def act() -> None:
        _by_hand(station)
        await station.lane.close(desk_of(station, session))

    return await answered(request, station, act())


@router.post("/crossing/abandon")
async def abandon(request: Request, station: AtStation, session: Pressing) -> Response:
    async def act() -> None:
        _by_hand(station)
        await station.lane.abandon(desk_of(station, session))

    return await answered(request, station, act())


@router.post("/crossing/decide")
async def decide(
    request: Request,
    station: AtStation,
    session: Pressing,
    outcome: Annotated[Outcome, Form()],
    reason: Field = None,
    seen: Field = None,
    crossing_id: Annotated[UUID | None, Form()] = None,
) -> Response:
    """Close the crossing if it is open, and decide it; ``seen`` is what the page showed."""

    async def act() -> None:
        why, desk = parsed("code", "reason", reason), desk_of(station, session)
        if crossing_id is not None:
            await station.lane.decide(crossing_id, outcome, desk, reason=why, seen=seen or None)
            return
        _by_hand(station)
        await station.lane.close_and_decide(outcome, desk, reason=why, seen=seen or None)

    return await answered(request, station, act())


@router.post("/crossing/emergency")
async def emergency(request: Request, station: AtStation, session: Pressing, bound_for: Field = None) -> Response:
    """One key, no reading: let through now, checked afterwards."""

    async def act() -> None:
        where_to = parsed("name", "bound_for", bound_for)
        await ensure_open(station)
        await station.lane.set(emergency=EmergencyPassThrough(reason=EMERGENCY, bound_for=where_to))
        await station.lane.close_and_decide(Outcome.LET_THROUGH, desk_of(station, session), reason=EMERGENCY)

    return await answered(request, station, act())


@router.post("/crossing/correct")
async def correct(
    request: Request,
    station: AtStation,
    session: Pressing,
    crossing_id: Annotated[UUID, Form()],
    reason: Field = None,
    plate: Field = None,
    cab: Field = None,
    cargo: Field = None,
) -> Response:
    """Only what is filled in is changed."""

    async def act() -> None:
        why = parsed("code", "reason", reason)
        if why is None:
            raise ReasonNeeded
        known = station.lane.known(crossing_id)
        if known is None:
            raise NotKnownHere
        changes: dict[str, Any] = {}
        if (typed := parsed("plate", "plate", plate)) is not None:
            changes["plate"] = typed
        counted = known.head_count or HeadCount()
        cab_now, cargo_now = parsed("count", "cab", cab), parsed("count", "cargo", cargo)
        if cab_now is not None or cargo_now is not None:
            changes["head_count"] = HeadCount(
                cab=counted.cab if cab_now is None else cab_now,
                cargo=counted.cargo if cargo_now is None else cargo_now,
            )
        await station.lane.correct(crossing_id, why, desk_of(station, session), **changes)

    return await answered(request, station, act())


@router.post("/crossing/next")
async def next_crossing(request: Request, station: AtStation, _: Pressing) -> Response:
    """Clear the screen for the next; an open crossing must be closed or given up first."""

    async def act() -> None:
        if station.lane.current is not None and station.lane.current.state is State.CLOSED:
            raise NotNow(State.CLOSED, Act.CHANGE)
        await station.lane.leave()

    return await answered(request, station, act())
