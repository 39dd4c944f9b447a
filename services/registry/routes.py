"""The registry API: machines with a key enter results, passes, notices, policies, posts, stations and lists.

Idempotent by the caller's own id: the same again answers ``created: false``; other content under the same
revision is refused. Answers when it is committed; the outbox does the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, TypeAdapter

from schemas.canonical import canonical
from schemas.csv_rows import CsvRefused
from schemas.policy.limits import Limits
from schemas.zone_files import units_from
from services.accounts.caller import Caller, RegistryReader, with_right
from services.accounts.rights import Right
from services.audit import chain
from services.centre import Centre
from services.database.connection import Conn
from services.errors import FieldError, NotFound, NotValid
from services.policies import limits
from services.policies import store as policies
from services.policies.past import Past
from services.quarantine import places
from services.registry import store, units, zones
from services.registry.bodies import bytes_of, one_of, one_or_many
from services.registry.requests import (
    ListSent,
    NoticeSent,
    PlaceSent,
    PolicySent,
    PostSent,
    Publishable,
    StationSent,
    TestResultSent,
    VehiclePassSent,
    ZonesSent,
)
from services.registry.result_rows import results_from
from services.registry.store import Entry
from services.registry.tables import is_csv, refused
from services.registry.to_be_checked import ON_THE_LIST, publish_short_list

router = APIRouter(prefix="/v1/registry", tags=["registry"])


def _body(model: Any, *, table: bool = False) -> dict[str, Any]:
    """For the OpenAPI document: we read bodies ourselves."""
    content: dict[str, Any] = {"application/json": {"schema": TypeAdapter(model).json_schema()}}
    return {"requestBody": {"required": True, "content": content | (_TABLE if table else {})}}


_TABLE = {"text/csv": {"schema": {"type": "string"}}}


@dataclass(frozen=True)
class Desk:
    """A request at the registry: who sends it, and the transaction that it is written in."""

    request: Request
    response: Response
    conn: Any

    async def publish(self, sent: Sequence[Publishable], caller: Caller) -> list[dict[str, Any]]:
        centre: Centre = self.request.app.state.centre
        at = centre.clock.now()
        results = []
        for one in sent:
            event = one.event(centre.keys.sealer, at)
            entry = Entry(event, centre.keys.content_mac(canonical(one)), one.family)
            created = await store.publish(self.conn, entry, caller.name, at)
            results.append({"event_id": str(event.event_id), "revision": event.revision, "created": created})
        self._answer_created(results)
        return results

    async def publish_at_once(self, sent: Sequence[Publishable], caller: Caller) -> list[dict[str, Any]]:
        """As ``publish`` for thousands of one kind, in a fixed number of statements."""
        centre: Centre = self.request.app.state.centre
        at = centre.clock.now()
        entries = [
            Entry(one.event(centre.keys.sealer, at), centre.keys.content_mac(canonical(one))) for one in sent
        ]
        created = await store.publish_many(self.conn, entries, caller.name, at)
        results = [
            {"event_id": str(entry.event.event_id), "revision": entry.event.revision, "created": new}
            for entry, new in zip(entries, created, strict=True)
        ]
        self._answer_created(results)
        return results

    async def publish_short_list(self, caller: Caller) -> None:
        """Plates to be checked, sealed for each station as it is enrolled now."""
        centre: Centre = self.request.app.state.centre
        await publish_short_list(self.conn, centre.keys, caller.name, centre.clock.now())

    def _answer_created(self, results: Sequence[dict[str, Any]]) -> None:
        self.response.status_code = 201 if any(result["created"] for result in results) else 200


def desk(request: Request, response: Response, conn: Conn) -> Desk:
    return Desk(request, response, conn)


AtDesk = Annotated[Desk, Depends(desk, scope="function")]


def _with(right: Right) -> Any:
    return Depends(with_right(right), scope="function")


async def sent_results(request: Request) -> tuple[TestResultSent, ...]:
    """From JSON (one or a list) or from a table. Raises NotValid."""
    if not is_csv(request):
        return await one_or_many(TestResultSent)(request)
    try:
        return tuple(results_from(await bytes_of(request)))
    except CsvRefused as exc:
        raise refused(exc) from None


@router.post("/test-results", openapi_extra=_body(TestResultSent | list[TestResultSent], table=True))
async def post_test_results(
    caller: Annotated[Caller, _with(Right.TEST_RESULTS)],
    sent: Annotated[tuple[TestResultSent, ...], Depends(sent_results)],
    at_desk: AtDesk,
) -> dict[str, Any]:
    """Results of tests, one, a list or a CSV table; all of them are recorded, or none."""
    return {"results": await at_desk.publish_at_once(sent, caller)}


@router.post("/vehicle-passes", openapi_extra=_body(VehiclePassSent | list[VehiclePassSent]))
async def post_vehicle_passes(
    caller: Annotated[Caller, _with(Right.VEHICLE_PASSES)],
    sent: Annotated[tuple[VehiclePassSent, ...], Depends(one_or_many(VehiclePassSent))],
    at_desk: AtDesk,
) -> dict[str, Any]:
    return {"results": await at_desk.publish(sent, caller)}


@router.post("/notices", openapi_extra=_body(NoticeSent | list[NoticeSent]))
async def post_notices(
    caller: Annotated[Caller, _with(Right.NOTICES)],
    sent: Annotated[tuple[NoticeSent, ...], Depends(one_or_many(NoticeSent))],
    at_desk: AtDesk,
) -> dict[str, Any]:
    results = await at_desk.publish(sent, caller)
    if any(one.notice in ON_THE_LIST for one in sent):
        await at_desk.publish_short_list(caller)
    return {"results": results}


@router.post("/policies", openapi_extra=_body(PolicySent))
async def post_policy(
    caller: Annotated[Caller, _with(Right.POLICIES)],
    sent: Annotated[PolicySent, Depends(one_of(PolicySent))],
    at_desk: AtDesk,
    whatif: UUID | None = None,
    accept_past: bool = False,
) -> dict[str, Any]:
    """A version of a policy. One that takes effect in the past needs ``whatif``: the id of a what-if of the very
    same content that came to its end, from its instant until now. ``accept_past`` is enough where nothing was
    judged in that time."""
    centre: Centre = at_desk.request.app.state.centre
    past = Past(whatif, nothing_judged=accept_past)
    created = await policies.publish(centre, at_desk.conn, sent.policy, caller.name, past)
    at_desk.response.status_code = 201 if created else 200
    result = {"event_id": str(sent.event_id), "revision": sent.policy.version, "created": created}
    return {"results": [result]}


@router.post("/limits", openapi_extra=_body(Limits))
async def post_limits(
    caller: Annotated[Caller, _with(Right.POLICIES)],
    sent: Annotated[Limits, Depends(one_of(Limits))],
    at_desk: AtDesk,
) -> dict[str, Any]:
    """What a higher level leaves to the province; it stays with the services and travels on no topic.

    ``broken_by`` names the bundles in force or to come that break it. They stay in force, and a warning to the
    command, until somebody replaces them; what breaks it from now on is refused.
    """
    centre: Centre = at_desk.request.app.state.centre
    at = centre.clock.now()
    created = await limits.keep(at_desk.conn, sent, caller.name, at)
    published = await policies.published(at_desk.conn, most=None)
    broken_by = await limits.note_breaks(at_desk.conn, sent, published, at)
    at_desk.response.status_code = 201 if created else 200
    return {"limits_id": sent.limits_id, "version": sent.version, "created": created, "broken_by": broken_by}


@router.post("/posts", openapi_extra=_body(PostSent))
async def post_post(
    request: Request,
    caller: Annotated[Caller, _with(Right.POSTS)],
    sent: Annotated[PostSent, Depends(one_of(PostSent))],
    at_desk: AtDesk,
) -> dict[str, Any]:
    """A post; its topics are there before it is known to anybody."""
    centre: Centre = request.app.state.centre
    made = await centre.topics.make_for_post(sent.post_id)
    return {"results": await at_desk.publish([sent], caller), "topics_made": made}


@router.post("/stations", openapi_extra=_body(StationSent | list[StationSent]))
async def post_stations(
    caller: Annotated[Caller, _with(Right.STATIONS)],
    sent: Annotated[tuple[StationSent, ...], Depends(one_or_many(StationSent))],
    at_desk: AtDesk,
) -> dict[str, Any]:
    """Enrolments of stations at posts that are known."""
    for station in sent:
        if not await store.post_exists(at_desk.conn, station.post_id):
            raise NotValid(FieldError("post_id", "unknown", "chưa có chốt này", "there is no such post yet"))
    results = await at_desk.publish(sent, caller)
    if any(result["created"] for result in results):
        await at_desk.publish_short_list(caller)
    return {"results": results}


@router.post("/lists", openapi_extra=_body(ListSent))
async def post_list(
    caller: Annotated[Caller, _with(Right.LISTS)],
    sent: Annotated[ListSent, Depends(one_of(ListSent))],
    at_desk: AtDesk,
) -> dict[str, Any]:
    return {"results": await at_desk.publish([sent], caller)}


@router.post("/zones", openapi_extra=_body(ZonesSent, table=True))
async def post_zones(
    request: Request, caller: Annotated[Caller, _with(Right.ZONES)], at_desk: AtDesk
) -> dict[str, Any]:
    """Risk levels from an instant: one assignment as JSON, or a CSV table of any number of them."""
    if not is_csv(request):
        return {"results": await at_desk.publish([await one_of(ZonesSent)(request)], caller)}
    centre: Centre = request.app.state.centre
    try:
        sent = await zones.from_table(at_desk.conn, await bytes_of(request), await centre.units.tree(at_desk.conn))
    except CsvRefused as exc:
        raise refused(exc) from None
    return {"results": await at_desk.publish(sent, caller)}


@router.post("/units", openapi_extra={"requestBody": {"required": True, "content": _TABLE}})
async def post_units(
    request: Request, caller: Annotated[Caller, _with(Right.ZONES)], at_desk: AtDesk
) -> dict[str, Any]:
    """Administrative units as CSV; those that are not in it stay as they are."""
    published = await store.newest(at_desk.conn, "units")
    try:
        rows = units_from(await bytes_of(request), units.joined(published))
    except CsvRefused as exc:
        raise refused(exc) from None
    return {"results": await at_desk.publish(units.to_publish(rows, published), caller)}


@router.post("/places", openapi_extra=_body(PlaceSent))
async def post_place(
    request: Request,
    caller: Annotated[Caller, _with(Right.PLACES)],
    sent: Annotated[PlaceSent, Depends(one_of(PlaceSent))],
    at_desk: AtDesk,
) -> dict[str, Any]:
    """A place of quarantine; it stays with the services and travels on no topic."""
    centre: Centre = request.app.state.centre
    at = centre.clock.now()
    created = await places.put(
        at_desk.conn,
        sent.place_id,
        sent.name,
        sent.kind,
        sent.capacity,
        commune=sent.commune,
        by=caller.name,
        at=at,
    )
    await chain.record(at_desk.conn, at, caller.name, "place_confirmed", sent.place_id)
    at_desk.response.status_code = 201 if created else 200
    return {"place_id": sent.place_id, "created": created}


@router.get("/{kind}")
async def list_kind(kind: str, caller: RegistryReader, conn: Conn) -> dict[str, Any]:
    """The newest revision of each thing of a kind; what names anybody is in its box."""
    if kind not in store.KINDS or kind == "test-results":
        raise NotFound
    entries: list[BaseModel] = await store.newest(conn, kind)
    return {kind: [entry.model_dump(mode="json") for entry in entries]}
