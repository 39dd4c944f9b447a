"""A whole small province of real processes in a home of its own, started as ``chotxanh up`` starts them.

Nothing is replaced: PostgreSQL, Kafka, a processor, the services and two headless stations, each a process.
Tests look at it from outside only: HTTP, topics, files, process ids.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx
import pytest
from aiokafka import ConsumerRecord

from deploy.chaos_run.outages import kill
from deploy.checking.sightings import Sightings
from deploy.checking.topics_read import all_records, behind, topic_names
from deploy.checking.watching import look
from deploy.child_process import State
from deploy.demo.policy import demo_policy
from deploy.demo.posts import LANES, SIMULATED
from deploy.keys import KeyFolder, Lane
from deploy.running.logins import ALERTS_KEY, REGISTRY_KEY, Logins
from deploy.running.ports import ports_from
from deploy.running.programs import NO_AUTHORITIES, Machine, simulator_folder
from deploy.running.system import System, enter_plan, start_system
from deploy.simulator.issuing import Issuers
from deploy.simulator.plan import plan
from deploy.simulator.plan_model import Counts, Plan
from deploy.simulator.send import send
from deploy.simulator.stream import Record
from deploy.simulator.truth import CrossingTruth, truths_of, write_truth
from deploy.supervisor import Child, Supervisor
from tests.real_parts import Background, a_home

T = TypeVar("T")

BRIDGE, FERRY = SIMULATED
"""Lanes with a station's process."""
CO_CHIEN, DINH_KHAO = (lane for lane in LANES if lane not in SIMULATED)
"""Lanes for records that tests send by themselves."""
WORKER = "processors-1"
PROCESSORS_GROUP, SERVICES_GROUP = "chotxanh-processors", "services"
PROCESSORS_READ = r"(crossings|decisions|test-results|posts|stations|policies|notices|vehicle-passes)\.v1"
SERVICES_READ = PROCESSORS_READ + r"|(findings|referrals|recalls|dead-letters|verdicts\.[a-z-]+)\.v1"
PATIENCE_S = 60.0
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 0.5
"""Between two looks: those who look often keep the services from what they wait for."""


class Province:
    """Made by ``a_province``. Its methods are called from a test without a loop of its own."""

    def __init__(self, background: Background, system: System) -> None:
        self._background, self.system = background, system
        self.plans: list[Plan] = []
        """Everything that was ever planted here."""
        self.issuers = Issuers.of(self.keys)
        self._clients: dict[str, httpx.Client] = {}

    @property
    def machine(self) -> Machine:
        return self.system.machine

    @property
    def keys(self) -> KeyFolder:
        return self.system.keys

    @property
    def logins(self) -> Logins:
        return self.system.logins

    @property
    def supervisor(self) -> Supervisor:
        return self._background.supervisor

    @property
    def bootstrap(self) -> str:
        return self.machine.parts.kafka_bootstrap

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._background.run(work)

    def begin(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Goes on beside the test."""
        return self._background.begin(work)

    def child(self, name: str) -> Child:
        return self.supervisor.children[name]

    def kill(self, name: str) -> int:
        """SIGKILL; the supervisor starts it again. The process id that it had."""
        return kill(self.supervisor, name)

    def is_up_again(self, name: str, *, other_than: int) -> bool:
        child = self.child(name)
        return child.state is State.READY and child.pid not in (None, other_than)

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    # What is planted.

    def planted(self, seed: int, lanes: Sequence[Lane], counts: Counts, *, over: timedelta) -> Plan:
        """A plan whose times end now, known to registry and stations; its truth beside the camera's pictures."""
        end = datetime.now(UTC) - timedelta(seconds=5)
        made = plan(seed, lanes, demo_policy(), end - over, end, counts)
        self.plans.append(made)
        write_truth(made, simulator_folder(self.machine.home) / "truth" / f"{made.run_id}.jsonl")
        self.run(self._enter(made))
        return made

    async def _enter(self, made: Plan) -> None:
        stations = self.system.stations()
        try:
            await enter_plan(self.system, made, stations)
        finally:
            for station in stations.values():
                await station.close()

    def report(self, made: Plan) -> None:
        """Every result of the plan, by the registry API, as a laboratory does."""

        async def enter() -> None:
            async with self.system.registry() as registry:
                for result in made.results:
                    await registry.enter_result(result)

        self.run(enter())

    async def sending(self, records: Iterable[Record], *, per_second: float | None = None) -> int:
        """Straight to Kafka, as a station that is not one of the two real ones."""
        return await send(records, self.bootstrap, per_second=per_second)

    # What is seen from outside.

    def seen(self, truths: Sequence[CrossingTruth]) -> Sightings:
        """At the stations, in the alert API and on the queue page, as ``up --check`` looks."""

        async def everywhere() -> Sightings:
            stations = self.system.stations()
            try:
                async with self.system.centre() as centre:
                    return await look(truths, stations, centre)
            finally:
                for station in stations.values():
                    await station.close()

        return self.run(everywhere())

    def with_key(self, name: str) -> httpx.Client:
        return self._client(name, headers=self.key_header(name))[0]

    def key_header(self, name: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.logins.keys[name]}"}

    @property
    def police(self) -> httpx.Client:
        return self.with_key(ALERTS_KEY)

    @property
    def laboratory(self) -> httpx.Client:
        return self.with_key(REGISTRY_KEY)

    @property
    def coordinator(self) -> httpx.Client:
        return self._logged_in("dieu-phoi")

    @property
    def command_centre(self) -> httpx.Client:
        return self._logged_in("chi-huy")

    def _logged_in(self, name: str) -> httpx.Client:
        client, is_new = self._client(name)
        if is_new:
            answer = client.post("/login", data={"name": name, "password": self.logins.passwords[name]})
            assert answer.status_code == 303, answer.status_code
        return client

    def _client(self, who: str, **more: Any) -> tuple[httpx.Client, bool]:
        """One for each who looks; whether it is new."""
        is_new = who not in self._clients
        if is_new:
            url = self.machine.services_url
            self._clients[who] = httpx.Client(base_url=url, timeout=30, trust_env=False, **more)
        return self._clients[who], is_new

    def at_station(self, lane: Lane, path: str) -> Any:
        """A station's JSON, as a device sees it."""
        key = self.logins.stations[lane.station_id].device_key
        headers, url = {"Authorization": f"Bearer {key}"}, f"{self.machine.station_url(lane)}{path}"
        answer = httpx.get(url, headers=headers, timeout=30, trust_env=False, verify=NO_AUTHORITIES)
        return answer.raise_for_status().json()

    def crossings_at(self, lane: Lane) -> dict[str, dict[str, Any]]:
        """The station's list by sheet."""
        return {row["sheet_id"]: row for row in self.at_station(lane, "/api/crossings?limit=10000")}

    def alerts(self) -> list[dict[str, Any]]:
        """All of them, newest first."""
        found: list[dict[str, Any]] = []
        query = {"limit": "500"}
        while True:
            page = self.police.get("/v1/alerts", params=query).raise_for_status().json()
            found += page["alerts"]
            if page["next"] is None:
                return found
            query["before"] = page["next"]

    def desk(self) -> dict[str, Any]:
        found: dict[str, Any] = self.command_centre.get("/v1/desk").raise_for_status().json()
        return found

    def is_settled(self) -> bool:
        """Nothing is on its way any more: whatever has not come out by now never will."""
        return self.desk()["waiting"] == 0 and self.run(self._behind()) == 0

    async def _behind(self) -> int:
        processors = await behind(self.bootstrap, PROCESSORS_GROUP, PROCESSORS_READ)
        return processors or await behind(self.bootstrap, SERVICES_GROUP, SERVICES_READ)

    def records(self, names: Iterable[str] | None = None) -> list[ConsumerRecord]:
        """All that the topics hold; of every topic when none is named."""
        return self.run(self._records(names))

    async def _records(self, names: Iterable[str] | None) -> list[ConsumerRecord]:
        return await all_records(self.bootstrap, names or await topic_names(self.bootstrap))


@contextmanager
def a_province() -> Iterator[Province]:
    """Started, and afterwards stopped with every process and file of it."""
    with a_home() as home:
        background = Background(home)
        background.run(background.supervisor.__aenter__())
        try:
            ports = ports_from(0, SIMULATED)
            system = background.run(start_system(background.supervisor, home, ports, kafka_port=0))
            province = Province(background, system)
            yield province
            province.close()
        finally:
            background.run(background.supervisor.__aexit__(None, None, None))
            background.close()


def eventually(read: Callable[[], T], holds: Callable[[T], object], *, within_s: float = PATIENCE_S) -> T:
    """What ``read`` gives as soon as it ``holds``. Fails with the last thing that was read."""
    give_up_at, pause_s = time.monotonic() + within_s, SHORTEST_PAUSE_S
    while True:
        found = read()
        if holds(found):
            return found
        if time.monotonic() > give_up_at:
            pytest.fail(f"not so within {within_s:g} s; last seen: {found!r}"[:4000])
        time.sleep(pause_s)
        pause_s = min(pause_s * 1.5, LONGEST_PAUSE_S)


def truths(made: Plan) -> list[CrossingTruth]:
    return list(truths_of(made))
