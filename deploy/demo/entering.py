"""Enters the province by the registry API, with a key, as a province's own systems would. Twice does no harm."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any, Self

import httpx

from deploy.demo.policy import demo_policy
from deploy.demo.posts import POSTS
from deploy.key_rotation import merged, sealing_keys_in, trust_list_in
from deploy.keys import GREEN_LANE, KeyFolder, Lane
from deploy.refusals import CannotStart
from deploy.simulator.issuing import claims_of, token_list_of
from deploy.simulator.plan_model import GreenLanePass, Plan, PlannedResult
from deploy.simulator.registry_stream import enrolment_of
from schemas.bounded import instant_text
from schemas.ids import derived_id
from schemas.passes.revocations import Revocations
from schemas.passes.trust_list import TrustList
from schemas.words import TestOutcome, TestStanding

PLACES: tuple[dict[str, Any], ...] = (
    {"place_id": "tai-nha", "name": "Cách ly tại nhà", "kind": "home"},
    {
        "place_id": "ktx-cao-dang",
        "name": "Ký túc xá Trường Cao đẳng Bến Tre",
        "kind": "centre",
        "capacity": 240,
        "commune": "28783",
    },
    {
        "place_id": "trung-doan-895",
        "name": "Trung đoàn 895",
        "kind": "centre",
        "capacity": 320,
        "commune": "28858",
    },
    {
        "place_id": "bv-dieu-tri-1",
        "name": "Bệnh viện điều trị số 1",
        "kind": "treatment",
        "capacity": 150,
        "commune": "28756",
    },
)
AT_ONCE = 500
WHATIF_WITHIN_S = 300.0


class NotNow(CannotStart):
    """The registry is there and its database is not: the same request may well be taken later."""


class RegistryClient:
    """``async with RegistryClient(url, key) as registry: ...``. Raises CannotStart when the registry refuses."""

    def __init__(self, services_url: str, key: str, *, whatif_key: str | None = None) -> None:
        self._whatif_url = f"{services_url}/v1/whatif"
        self._as_whatif = {"Authorization": f"Bearer {whatif_key or key}"}
        self._client = httpx.AsyncClient(
            base_url=f"{services_url}/v1/registry",
            headers={"Authorization": f"Bearer {key}"},
            timeout=30,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def enter_province(self, keys: KeyFolder, lanes: Sequence[Lane]) -> None:
        """Units and levels, posts, stations, policy, trust list, revocations and places."""
        for what, table in (("units", "units.csv"), ("zones", "levels.csv")):
            await self._send_table(what, (files("deploy.demo") / table).read_bytes())
        for post in POSTS:
            await self._send("posts", {"post_id": post["post_id"], **post})
        await self._send("stations", [enrolment_of(keys.read_station(lane.station_id)) for lane in lanes])
        await self._enter_policy(demo_policy().model_dump(mode="json"))
        await self.enter_keys(keys)
        if "revocations" not in await self.revisions():
            await self._enter_list("revocations", "revocations", Revocations().model_dump(mode="json"))
        for place in PLACES:
            await self._send("places", place)

    async def enter_keys(self, keys: KeyFolder) -> None:
        """The trust list, our keys as they are now and others' as they were; and what stations seal to."""
        published = TrustList.model_validate(await self._newest_list("trust", "trust_list") or {"entries": []})
        trust_list = merged(published, trust_list_in(keys))
        await self._enter_list("trust", "trust_list", trust_list.model_dump(mode="json"))
        sealing = [key.model_dump(mode="json") for key in sealing_keys_in(keys)]
        if len(sealing) > 1 or "sealing-keys" in await self.revisions():
            await self._enter_list("sealing-keys", "sealing_keys", sealing)

    async def enter_plan(self, plan: Plan) -> None:
        """The passes and cards of this morning's vehicles."""
        passes = [_pass(paper) for paper in plan.passes]
        for start in range(0, len(passes), AT_ONCE):
            await self._send("vehicle-passes", passes[start : start + AT_ONCE])
        await self._enter_list("tokens", "token_list", token_list_of(plan.cards).model_dump(mode="json"))

    async def enter_result(self, result: PlannedResult) -> None:
        """A laboratory's positive result."""
        await self._send(
            "test-results",
            {
                "result_id": str(result.result_id),
                "source": "cdc-ben-tre",
                "person": result.person.claims.model_dump(mode="json", exclude_none=True),
                "kind": result.kind.value,
                "standing": TestStanding.CONFIRMED.value,
                "outcome": TestOutcome.POSITIVE.value,
                "sampled_at": instant_text(result.sampled_at),
                "resulted_at": instant_text(result.resulted_at),
            },
        )

    async def revisions(self) -> dict[str, int]:
        """List id to its newest revision."""
        answer = await self._client.get("/lists")
        _refuse_unless_well(answer, "lists")
        return {entry["list_id"]: entry["revision"] for entry in answer.json()["lists"]}

    async def _enter_policy(self, policy: dict[str, Any]) -> None:
        """As a next version, where an earlier start of this machine entered another one."""
        answer = await self._client.get("/policies")
        _refuse_unless_well(answer, "policies")
        known = [entry["policy"] for entry in answer.json().get("policies", ())]
        newest = next((one for one in known if one["policy_id"] == policy["policy_id"]), None)
        if newest is not None and newest != policy | {"version": newest["version"]}:
            policy = policy | {"version": newest["version"] + 1}
        elif newest is not None:
            policy = newest
        # The demonstration begins in 2021, on a machine of today: at the first start nothing was judged before it.
        answer = await self._client.post("/policies?accept_past=true", json={"policy": policy})
        if answer.status_code == 422 and _codes(answer) == ["TAKES_EFFECT_IN_PAST"]:
            whatif_id = await self._effect_on_past(policy)
            answer = await self._client.post(f"/policies?whatif={whatif_id}", json={"policy": policy})
        _refuse_unless_well(answer, "policies")

    async def _effect_on_past(self, policy: dict[str, Any]) -> str:
        """The id of a what-if of ``policy`` from its instant until now, when it has come to its end."""
        until = instant_text(datetime.now(UTC) + timedelta(days=1))
        asked = {"policy": policy, "begins_at": policy["effective_at"], "ends_at": until}
        answer = await self._client.post(self._whatif_url, json=asked, headers=self._as_whatif)
        _refuse_unless_well(answer, "whatif")
        whatif_id = str(answer.json()["whatif_id"])
        try:
            async with asyncio.timeout(WHATIF_WITHIN_S):
                while answer.json()["answered_at"] is None:
                    await asyncio.sleep(0.2)
                    answer = await self._client.get(f"{self._whatif_url}/{whatif_id}", headers=self._as_whatif)
                    _refuse_unless_well(answer, "whatif")
        except TimeoutError as exc:
            raise CannotStart(f"The what-if of the changed policy took over {WHATIF_WITHIN_S:g} s.") from exc
        return whatif_id

    async def _newest_list(self, list_id: str, field: str) -> Any:
        answer = await self._client.get("/lists")
        _refuse_unless_well(answer, "lists")
        return next((entry[field] for entry in answer.json()["lists"] if entry["list_id"] == list_id), None)

    async def _enter_list(self, list_id: str, field: str, content: dict[str, Any] | list[Any]) -> None:
        """A new revision, unless the newest is the same."""
        answer = await self._client.get("/lists")
        _refuse_unless_well(answer, "lists")
        newest = next((entry for entry in answer.json()["lists"] if entry["list_id"] == list_id), None)
        if newest is not None and newest[field] == content:
            return
        revision = newest["revision"] + 1 if newest else 1
        await self._send("lists", {"list_id": list_id, "revision": revision, field: content})

    async def _send(self, what: str, body: object) -> None:
        _refuse_unless_well(await self._client.post(f"/{what}", json=body), what)

    async def _send_table(self, what: str, table: bytes) -> None:
        answer = await self._client.post(f"/{what}", content=table, headers={"Content-Type": "text/csv"})
        _refuse_unless_well(answer, what)


def _refuse_unless_well(answer: httpx.Response, what: str) -> None:
    """Says which fields are wrong, never what stood in them: the registry's answer repeats nothing."""
    if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        raise NotNow(f"The registry cannot take {what} now.")
    if answer.is_error:
        raise CannotStart(f"The registry refused {what} ({answer.status_code}): {answer.text[:300]}")


def _pass(paper: GreenLanePass) -> dict[str, Any]:
    claims = claims_of(paper)
    return {
        "pass_id": str(derived_id("pass", paper.pass_number)),
        "pass_number": paper.pass_number,
        "plate": paper.plate,
        "vehicle_class": paper.vehicle_class.value,
        "registered_crew": paper.registered_crew,
        "crew": [person.model_dump(mode="json", exclude_none=True) for person in claims.crew],
        "carrier": paper.carrier,
        "issuer": GREEN_LANE.issuer,
        "route": list(paper.route),
        "valid_from": instant_text(paper.issued_at),
        "valid_until": instant_text(paper.valid_until),
    }


def _codes(answer: httpx.Response) -> list[str]:
    return [field["code"] for field in answer.json().get("fields", ())]
