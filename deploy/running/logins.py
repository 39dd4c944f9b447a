"""The demonstration's logins and keys: made up at the first start, kept in one private file, printed at each.

None is built in. A login that the database or a station has forgotten is made again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg
from pydantic import BaseModel, ConfigDict, Field

from checkpoint_agent.outbox import Database
from checkpoint_agent.page.officers import LoginRefused, Officers, add_device, add_officer
from deploy.key_folder import make_folder, read_file, replace
from deploy.keys import Lane
from deploy.running.programs import Machine
from schemas.words import Force
from services.accounts.create import NameTaken, create_key, create_user, set_password, token_sha256
from services.clock import SystemClock
from services.database.connection import connect

FILE = "demo-logins.json"


@dataclass(frozen=True)
class WantedUser:
    name: str
    role: str
    does: str
    """What to tell whoever logs in."""


COORDINATOR = "dieu-phoi"
USERS = (
    WantedUser("canh-sat", "police", "alerts"),
    WantedUser(COORDINATOR, "coordinator", "quarantine queue and recalls"),
    WantedUser("chi-huy", "command", "command centre, alerts, dead letters and gaps"),
    WantedUser("pho-chi-huy", "command", "the second of two who publish a policy"),
    WantedUser("kiem-toan", "auditor", "audit"),
)
REGISTRY_KEY, ALERTS_KEY, DESK_KEY = "demo-registry", "demo-alerts", "demo-desk"
WHATIF_KEY, REPLAY_KEY, METRICS_KEY = "demo-whatif", "demo-replay", "demo-metrics"
KEYS = {
    REGISTRY_KEY: ("registry",),
    ALERTS_KEY: ("alerts:read",),
    DESK_KEY: ("desk:read",),
    WHATIF_KEY: ("whatif",),
    REPLAY_KEY: ("replay",),
    METRICS_KEY: ("metrics:read",),
}
OFFICER = "can-bo"
DEVICE = "demo-device"


class Secret(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class StationLogin(Secret):
    pin: str = Field(repr=False)
    device_key: str = Field(repr=False)


class Logins(Secret):
    passwords: dict[str, str] = Field(default={}, repr=False)
    keys: dict[str, str] = Field(default={}, repr=False)
    stations: dict[str, StationLogin] = Field(default={}, repr=False)


async def ensure_logins(machine: Machine, lanes: Sequence[Lane]) -> Logins:
    """Everyone who may log in here. Before the stations start, since their files are written."""
    path = machine.home.keys / FILE
    known = read_file(path, Logins) if path.exists() else Logins()
    conn = await connect(machine.parts.database_url)
    try:
        logins = Logins(
            passwords={user.name: await _password(conn, user, known.passwords.get(user.name)) for user in USERS},
            keys={name: await _key(conn, name, scopes, known.keys.get(name)) for name, scopes in KEYS.items()},
            stations={
                lane.station_id: _station(machine, lane, known.stations.get(lane.station_id)) for lane in lanes
            },
        )
    finally:
        await conn.close()
    if logins != known:
        replace(path, logins.model_dump_json(indent=2))
    return logins


async def _password(conn: asyncpg.Connection, user: WantedUser, known: str | None) -> str:
    there = await conn.fetchval("SELECT true FROM users WHERE name = $1 AND role = $2", user.name, user.role)
    if known and there:
        return known
    try:
        return await create_user(conn, user.name, user.role)
    except NameTaken:
        return await set_password(conn, user.name)


async def _key(conn: asyncpg.Connection, name: str, scopes: tuple[str, ...], known: str | None) -> str:
    """A key is told once: where ours is lost, another is made under the next free name."""
    digest = token_sha256(known) if known else b""
    if known and await conn.fetchval(
        "SELECT true FROM keys WHERE token_sha256 = $1 AND disabled_at IS NULL", digest
    ):
        return known
    taken = await conn.fetchval("SELECT count(*) FROM keys WHERE name = $1 OR name LIKE $1 || '-%'", name)
    return await create_key(conn, f"{name}-{taken + 1}" if taken else name, scopes)


def _station(machine: Machine, lane: Lane, known: StationLogin | None) -> StationLogin:
    home = machine.station_home(lane)
    make_folder(home)
    if known is not None and _still_right(machine, lane, known):
        return known
    return StationLogin(pin=add_officer(home, OFFICER, Force.POLICE), device_key=add_device(home, DEVICE))


def _still_right(machine: Machine, lane: Lane, known: StationLogin) -> bool:
    database = Database(machine.station_home(lane))
    try:
        officers = Officers(database)
        officers.logged_in(OFFICER, known.pin, at=SystemClock().now())
        return officers.is_device(known.device_key)
    except LoginRefused:
        return False
    finally:
        database.close()
