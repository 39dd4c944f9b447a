"""The registry API: machines with a key enter results, passes, notices, policies, posts, stations and lists.

Idempotent by the caller's own id: the same again answers ``created: false``; other content under the same
revision is refused. Answers when it is committed; the outbox does the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, TypeAdapter

from schemas.canonical import canonical
from schemas.policy.limits import Limits
from services.accounts.caller import Caller, RegistryReader, with_right
from services.accounts.rights import Right
from services.audit import chain
from services.centre import Centre
from services.database.connection import Conn
from services.errors import FieldError, NotFound, NotValid
from services.policies import entry, limits
from services.quarantine import places
from services.registry import store
from services.registry.bodies import one_of, one_or_many
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
from services.registry.store import Entry

router = APIRouter(prefix="/v1/registry", tags=["registry"])


def _body(model: Any) -> dict[str, Any]:
    """For the OpenAPI document: we read bodies ourselves."""
    schema = TypeAdapter(model).json_schema()
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


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
            entered = Entry(event, centre.keys.content_mac(canonical(one)), one.family)
            created = await store.publish(self.conn, entered, caller.name, at)
            results.append({"event_id": str(event.event_id), "revision": event.revision, "created": created})
        self.response.status_code = 201 if any(result["created"] for result in results) else 200
        return results


def desk(request: Request, response: Response, conn: Conn) -> Desk:
    return Desk(request, response, conn)


AtDesk = Annotated[Desk, Depends(desk, scope="function")]


def _with(right: Right) -> Any:
    return Depends(with_right(right), scope="function")


@router.post("/test-results", openapi_extra=_body(TestResultSent | list[TestResultSent]))
async def post_test_results(
    caller: Annotated[Caller, _with(Right.TEST_RESULTS)],
    sent: Annotated[tuple[TestResultSent, ...], Depends(one_or_many(TestResultSent))],
    at_desk: AtDesk,
) -> dict[str, Any]:
    """Results of tests, one or a list; all of a list are recorded, or none."""
    return {"results": await at_desk.publish(sent, caller)}


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
    return {"results": await at_desk.publish(sent, caller)}


@router.post("/policies", openapi_extra=_body(PolicySent))
async def post_policy(
    caller: Annotated[Caller, _with(Right.POLICIES)],
    sent: Annotated[PolicySent, Depends(one_of(PolicySent))],
    at_desk: AtDesk,
    accept_past: bool = False,
) -> dict[str, Any]:
    """A version of a policy. ``accept_past``: its effect on crossings already judged was looked at."""
    centre: Centre = at_desk.request.app.state.centre
    await entry.refuse_unfit(at_desk.conn, sent.policy, centre.clock.now(), accept_past=accept_past)
    return {"results": await at_desk.publish([sent], caller)}


@router.post("/limits", openapi_extra=_body(Limits))
async def post_limits(
    caller: Annotated[Caller, _with(Right.POLICIES)],
    sent: Annotated[Limits, Depends(one_of(Limits))],
    at_desk: AtDesk,
) -> dict[str, Any]:
    """What a higher level leaves to the province; it stays with the services and travels on no topic."""
    centre: Centre = at_desk.request.app.state.centre
    created = await limits.keep(at_desk.conn, sent, caller.name, centre.clock.now())
    at_desk.response.status_code = 201 if created else 200
    return {"limits_id": sent.limits_id, "version": sent.version, "created": created}


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
    return {"results": await at_desk.publish(sent, caller)}


@router.post("/lists", openapi_extra=_body(ListSent))
async def post_list(
    caller: Annotated[Caller, _with(Right.LISTS)],
    sent: Annotated[ListSent, Depends(one_of(ListSent))],
    at_desk: AtDesk,
) -> dict[str, Any]:
    return {"results": await at_desk.publish([sent], caller)}


@router.post("/zones", openapi_extra=_body(ZonesSent))
async def post_zones(
    caller: Annotated[Caller, _with(Right.ZONES)],
    sent: Annotated[ZonesSent, Depends(one_of(ZonesSent))],
    at_desk: AtDesk,
) -> dict[str, Any]:
    return {"results": await at_desk.publish([sent], caller)}


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
