"""The programs as child processes: command, environment, and how each is known to be ready. Starts none."""

import os
import ssl
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from deploy.child_process import ChildSpec
from deploy.home import CHECKOUT, Home
from deploy.keys import Lane
from deploy.parts.beside_us import Parts
from deploy.running.ports import Ports

HOST = "127.0.0.1"
ANSWERS_WITHIN_S = 8.0
NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients of our own programs on loopback, where nothing is encrypted. To read the list of whom one trusts
elsewhere takes 20 ms, more than any question asked here, and was done for each."""
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Each program is a process of its own; libraries that start a thread a core only get in each other's way."""


@dataclass(frozen=True)
class Machine:
    """Everything that the programs are told."""

    home: Home
    parts: Parts = field(repr=False)
    ports: Ports
    front_end: Path
    scrape_key_sha256: str | None = field(default=None, repr=False)
    """Hex, of the key by which the programs' metrics are read."""

    @property
    def common(self) -> dict[str, str]:
        return {
            "CHOTXANH_KAFKA_BOOTSTRAP": self.parts.kafka_bootstrap,
            "CHOTXANH_DATABASE_URL": self.parts.database_url,
            "CHOTXANH_KEYS": str(self.home.keys),
            "PYTHONUNBUFFERED": "1",
            **ONE_THREAD,
        }

    @property
    def services_url(self) -> str:
        return f"http://{HOST}:{self.ports.services}"

    def worker_url(self, number: int) -> str:
        return f"http://{HOST}:{self.ports.worker(number)}"

    def station_url(self, lane: Lane) -> str:
        return f"http://{HOST}:{self.ports.stations[lane.station_id]}"

    def station_home(self, lane: Lane) -> Path:
        return self.home.data / "stations" / lane.station_id

    def sheets(self, lane: Lane) -> Path:
        """The simulated camera's pictures and the officer's sheets: the simulator's folder, not the station's."""
        return simulator_folder(self.home) / "sheets" / lane.station_id

    def camera(self, lane: Lane) -> Path:
        """Where a person puts pictures in front of the camera of a lane that no sheets drive."""
        return simulator_folder(self.home) / "camera" / lane.station_id


def simulator_folder(home: Home) -> Path:
    """All that names the simulated people in the clear."""
    return home.data / "simulator"


def migration(program: str, machine: Machine) -> tuple[tuple[str, ...], dict[str, str]]:
    """Command and environment of a program's own ``migrate``."""
    return _python(program, "migrate"), machine.common


def processors(machine: Machine, number: int) -> ChildSpec:
    name = f"processors-{number}"
    url = machine.worker_url(number)
    return ChildSpec(
        name=name,
        command=_python("stream_processors", "worker"),
        env={
            **machine.common,
            "CHOTXANH_WORKER_NAME": name,
            "CHOTXANH_WORKER_PORT": str(machine.ports.worker(number)),
            "CHOTXANH_SCRAPE_KEY_SHA256": machine.scrape_key_sha256 or "",
        },
        cwd=CHECKOUT,
        ready=lambda: answers(url),
        alive=lambda: is_live(url),
    )


def services(machine: Machine) -> ChildSpec:
    return ChildSpec(
        name="services",
        command=_python("services", "serve"),
        env={
            **machine.common,
            "CHOTXANH_SERVICES_HOST": HOST,
            "CHOTXANH_SERVICES_PORT": str(machine.ports.services),
            "CHOTXANH_FRONT_END": str(machine.front_end),
            "CHOTXANH_ISSUERS": str(machine.home.keys / "issuers"),
        },
        cwd=CHECKOUT,
        ready=lambda: answers(machine.services_url),
        alive=lambda: is_live(machine.services_url),
    )


def station(machine: Machine, lane: Lane) -> ChildSpec:
    """A headless station: its officer is the folder of sheets."""
    return _station(machine, lane, {"CHOTXANH_STATION_SHEETS": str(machine.sheets(lane))})


def station_by_hand(machine: Machine, lane: Lane) -> ChildSpec:
    """A station whose officer is a person at its page."""
    return _station(machine, lane, {"CHOTXANH_STATION_CAMERA": str(machine.camera(lane))})


def _station(machine: Machine, lane: Lane, sees: Mapping[str, str]) -> ChildSpec:
    """It holds its own key file and no other."""
    return ChildSpec(
        name=f"station-{lane.station_id}",
        command=_python("checkpoint_agent", "station"),
        env={
            **_only(machine.common, "CHOTXANH_KAFKA_BOOTSTRAP", "PYTHONUNBUFFERED", *ONE_THREAD),
            "CHOTXANH_STATION_HOME": str(machine.station_home(lane)),
            "CHOTXANH_STATION_KEYS": str(machine.home.keys / "stations" / f"{lane.station_id}.json"),
            "CHOTXANH_STATION_HOST": HOST,
            "CHOTXANH_STATION_PORT": str(machine.ports.stations[lane.station_id]),
            **sees,
            "CHOTXANH_FRONT_END": str(machine.front_end),
        },
        cwd=CHECKOUT,
        ready=lambda: answers(machine.station_url(lane)),
        alive=lambda: is_live(machine.station_url(lane)),
    )


async def answers(url: str) -> None:
    """Returns when the program at ``url`` says that it is ready; raises otherwise."""
    async with httpx.AsyncClient(timeout=2, trust_env=False, verify=NO_AUTHORITIES) as client:
        (await client.get(f"{url}/health")).raise_for_status()


async def is_live(url: str) -> bool:
    """False when the program says that it does not get on. Raises when it gives no answer."""
    async with httpx.AsyncClient(timeout=ANSWERS_WITHIN_S, trust_env=False, verify=NO_AUTHORITIES) as client:
        return bool((await client.get(f"{url}/health")).json()["live"])


def _python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", *arguments)


def _only(environment: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: environment[name] for name in names if name in environment}


def own_environment(extra: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, **extra}
