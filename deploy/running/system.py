"""Starts the whole system in its order and hands over what is needed to use it. Stopping is the supervisor's."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import httpx

from deploy.child_process import ChildSpec
from deploy.demo.entering import RegistryClient
from deploy.demo.posts import BY_HAND, LANES, POSTS, SIMULATED
from deploy.home import Home
from deploy.keys import KeyFolder, Lane, make_keys
from deploy.parts.beside_us import start_parts
from deploy.parts.progress import say
from deploy.refusals import CannotStart
from deploy.running import programs
from deploy.running.eyes import CentreEye, CentreLogin, StationEye
from deploy.running.front_end import laid_front_end
from deploy.running.logins import (
    ALERTS_KEY,
    COORDINATOR,
    DESK_KEY,
    METRICS_KEY,
    REGISTRY_KEY,
    WHATIF_KEY,
    Logins,
    ensure_logins,
)
from deploy.running.migrating import migrate_all
from deploy.running.ports import Ports
from deploy.running.programs import Machine
from deploy.running.traffic import clear
from deploy.simulator.plan_model import Plan
from deploy.supervisor import Supervisor
from deploy.topics import ensure_topics, wanted
from services.accounts.create import token_sha256

LISTS_WITHIN_S = 60.0
LISTS = ("trust", "tokens", "revocations")
"""What a station must hold before its first crossing, or it says, rightly, that it could not check."""


@dataclass(frozen=True)
class System:
    """Everything runs and answers."""

    machine: Machine
    keys: KeyFolder
    logins: Logins = field(repr=False)
    by_hand: Lane | None = None
    """The lane of a person at its page, where there is one."""

    def registry(self) -> RegistryClient:
        keys = self.logins.keys
        return RegistryClient(self.machine.services_url, keys[REGISTRY_KEY], whatif_key=keys.get(WHATIF_KEY))

    def stations(self) -> dict[str, StationEye]:
        return {
            lane.station_id: StationEye(
                self.machine.station_url(lane), self.logins.stations[lane.station_id].device_key
            )
            for lane in SIMULATED
        }

    def centre(self) -> CentreEye:
        keys, passwords = self.logins.keys, self.logins.passwords
        login = CentreLogin(keys[ALERTS_KEY], keys[DESK_KEY], COORDINATOR, passwords[COORDINATOR])
        return CentreEye(self.machine.services_url, login)


async def start_system(
    supervisor: Supervisor,
    home: Home,
    ports: Ports,
    *,
    kafka_port: int,
    workers: int = 1,
    by_hand: bool = False,
    enrolled: Sequence[Lane] = LANES,
    stations: Sequence[Lane] = SIMULATED,
) -> System:
    """Returns when every program is ready and the province is entered. Raises CannotStart.

    ``by_hand`` starts one more station, for a person. Of the lanes ``enrolled`` those of ``stations`` get a
    process that sees the simulated camera.
    """
    keys = KeyFolder(home.keys)
    made = make_keys(keys, enrolled)
    if made:
        say(f"{len(made)} key files made in {home.keys}")
    machine = Machine(
        home, await start_parts(supervisor, home, kafka_port=kafka_port), ports, laid_front_end(home)
    )
    say(f"PostgreSQL and Kafka ({machine.parts.kafka_bootstrap}) are ready")
    topics = wanted(post["post_id"] for post in POSTS)
    made_topics, _ = await asyncio.gather(
        ensure_topics(machine.parts.kafka_bootstrap, topics), migrate_all(machine)
    )
    if made_topics:
        say(f"{len(made_topics)} topics made")
    logins = await ensure_logins(machine, (*stations, BY_HAND) if by_hand else stations)
    machine = replace(machine, scrape_key_sha256=token_sha256(logins.keys[METRICS_KEY]).hex())
    for lane in stations:
        clear(machine.sheets(lane))
    if by_hand:
        clear(machine.camera(BY_HAND))
    system = System(machine, keys, logins, BY_HAND if by_hand else None)
    say("starting the services and the processors, then the stations")
    workers_of = [programs.processors(machine, number) for number in range(1, workers + 1)]
    await _start(supervisor, programs.services(machine), *workers_of)
    async with system.registry() as registry:
        await registry.enter_province(keys, enrolled)
    # After their enrolment: what a station says before is refused, and shown to whoever watches the system.
    seeing = [programs.station(machine, lane) for lane in stations]
    await _start(supervisor, *seeing, *([programs.station_by_hand(machine, BY_HAND)] if by_hand else []))
    say("all programs are ready; posts, stations, policy, lists and places are entered")
    return system


async def _start(supervisor: Supervisor, *specs: ChildSpec) -> None:
    """Side by side."""
    for child in [supervisor.begin(spec) for spec in specs]:
        await child.wait_until_ready()


async def enter_plan(system: System, plan: Plan, stations: dict[str, StationEye]) -> None:
    """The morning's passes and cards; returns when the stations hold the lists as they are now."""
    async with system.registry() as registry:
        await registry.enter_plan(plan)
        newest = {name: revision for name, revision in (await registry.revisions()).items() if name in LISTS}
    try:
        async with asyncio.timeout(LISTS_WITHIN_S):
            await asyncio.gather(*(_until_held(station, newest) for station in stations.values()))
    except TimeoutError as exc:
        raise CannotStart(f"The stations did not get their lists within {LISTS_WITHIN_S:g} s.") from exc


async def _until_held(station: StationEye, newest: dict[str, int]) -> None:
    while True:
        try:
            state = await station.state()
        except httpx.TransportError:
            state = {"policies": 0, "lists": {}}
        if state["policies"] and all(state["lists"].get(name, 0) >= newest[name] for name in newest):
            return
        await asyncio.sleep(0.2)
